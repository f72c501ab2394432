"""Organisers who confirm at the same instant: an allowance is never overdrawn, nobody is thanked twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine, event
from sqlalchemy.exc import TimeoutError as NoConnection

from ledger.earning import queries
from ledger.outages import Busy
from ledger.store import reading, run, unit_of_work
from tests import factories
from tests.earning.garden import award, counted, hold, wallet

Answer = TypeVar("Answer")


def at_once(works: list[Callable[[], Answer]]) -> list[Answer]:
    """What each work returns when all start together; one that found the database busy comes again."""
    gate = Barrier(len(works))

    def start(work: Callable[[], Answer]) -> Answer:
        gate.wait()
        while True:
            try:
                return work()
            except (Busy, NoConnection):
                continue

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        return list(pool.map(start, works))


def test_sixty_four_awards_against_an_allowance_for_ten_make_exactly_ten(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session, allowance_of=5_000)
        residents = [factories.resident(session) for _ in range(64)]
        session_id = hold(session, project, residents)

    def one(resident: UUID) -> Callable[[], bool]:
        return lambda: run(engine, lambda session: award(session, project, session_id, [resident])[0].refused is None)

    assert sum(at_once([one(resident) for resident in residents])) == 10
    wallets = [wallet(engine, resident) for resident in residents]
    assert sorted(wallets) == [0] * 54 + [500] * 10
    assert sum(counted(engine, resident)[1] for resident in residents) == 5_000
    with reading(engine) as session:
        (allowance,) = queries.organiser_allowances(session, organiser_id=project.organiser.id)
    assert (allowance.left, allowance.awarded) == (0, 5_000)


def test_eight_who_confirm_the_same_resident_make_one_award(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        resident = factories.resident(session)
        session_id = hold(session, project, [resident])

    def work() -> str:
        refused = run(engine, lambda session: award(session, project, session_id, [resident])[0].refused)
        return refused.code if refused else "awarded"

    assert sorted(at_once([work] * 8)) == ["already_awarded"] * 7 + ["awarded"]
    assert wallet(engine, resident) == 500
    assert counted(engine, resident) == (120, 500, 500)


def test_sessions_confirmed_together_in_opposite_orders_all_go_through(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        residents = [factories.resident(session) for _ in range(6)]
        projects = [factories.growing_project(session, tariff=100) for _ in range(4)]
        sessions = [hold(session, project, residents, hours=1) for project in projects]

    def one(number: int) -> Callable[[], int]:
        order = residents if number % 2 else residents[::-1]
        return lambda: run(
            engine,
            lambda session: sum(
                outcome.refused is None for outcome in award(session, projects[number], sessions[number], order)
            ),
        )

    assert at_once([one(number) for number in range(4)]) == [6] * 4
    assert [wallet(engine, resident) for resident in residents] == [400] * 6


def test_caps_are_locked_in_the_order_of_residents_and_before_any_account(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        residents = sorted(factories.resident(session) for _ in range(5))
        session_id = hold(session, project, residents)
    locked: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if statement.startswith("UPDATE cap_uses"):
            locked.extend(str(resident) for resident in residents if str(resident) in str(parameters))
        elif "UPDATE balances" in statement or ("FROM balances" in statement and "FOR UPDATE" in statement):
            locked.append("account")

    with unit_of_work(engine) as session:
        award(session, project, session_id, [residents[number] for number in (3, 0, 4, 2, 1)])
    caps = [str(resident) for resident in residents for _cap in range(3)]
    assert locked[: len(caps)] == caps
    assert set(locked[len(caps) :]) == {"account"}
