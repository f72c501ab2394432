"""Two things at the same moment: a till takes a code while its resident asks for another, or sets credits aside."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine

from ledger.book.holds import NewHold, place
from ledger.errors import LedgerError
from ledger.store import reading, run
from ledger.wallets.operations import draw_lines
from ledger.wallets.queries import wallet_of
from tests.redemption.town import MAY, NOON, Town, make_town, occasion_at

TURNS = 8


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What becomes of acts that begin together: "done", or the refusal's code."""
    together = Barrier(len(acts), timeout=30)

    def begin(act: Callable[[], object]) -> str:
        together.wait()
        try:
            act()
        except LedgerError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(begin, acts))


def set_aside(town: Town, amount: int) -> None:
    """Credits are held, as for council tax."""

    def hold(session: object) -> None:
        lines = draw_lines(session, resident_id=town.resident_id, amount=amount, now=NOON)
        new = NewHold(id=occasion_at(NOON).new_id(), reason="council_tax", lines=lines, at=NOON)
        place(session.connection(), new)

    run(town.engine, hold)


def test_a_code_is_either_taken_or_superseded(engine: Engine) -> None:
    town = make_town(engine)
    town.award(100_000)
    for _turn in range(TURNS):
        code, before = town.issue(), town.purses()[MAY]

        took, asked = at_once(lambda code=code: town.take(code.token, 100), town.issue)

        taken = before - town.purses()[MAY]
        assert asked == "done"
        assert (took, town.state(code), taken) in {("done", "redeemed", 100), ("superseded", "superseded", 0)}


def test_what_is_set_aside_meanwhile_is_not_taken(engine: Engine) -> None:
    town = make_town(engine)
    for _turn in range(TURNS):
        town.award(1000)
        code = town.issue(cap=1000)

        outcomes = at_once(lambda code=code: town.take(code.token, 1000), lambda: set_aside(town, 1000))

        assert sorted(outcomes) == ["done", "insufficient_credits"]
        with reading(engine) as session:
            assert wallet_of(session, resident_id=town.resident_id, now=NOON).available == 0
