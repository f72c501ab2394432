"""A redemption as one statement of PostgreSQL: the rows of the portable path, or no row at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg import _queries
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import psycopg

from ledger.book.account_status import freeze
from ledger.book.models import Account, Balance, Entry, Request, Transaction, Transfer
from ledger.book.requests import record_answer
from ledger.check_books import check_books
from ledger.redemption.at_once import _STATEMENTS, prepare, redeem_at_once
from ledger.redemption.models import Code, Redemption
from ledger.redemption.rules import PresentationKind
from ledger.store import make_engine, reading, unit_of_work
from tests.redemption.test_meanwhile import set_aside
from tests.redemption.town import ANSWER, AT_ONCE, JUNE, MAY, NOON, Town, make_town, new_request

pytestmark = pytest.mark.slow

DRAWN_ANEW = {"id", "seq", "xid", "transaction_id", "code_id", "reference", "details", "key", "public_id", "owner_id"}
TILLS = 16


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    made = make_engine(postgres_url)
    yield made
    made.dispose()


@pytest.fixture
def town(engine: Engine) -> Town:
    """A town of two purses whose shop has takings already."""
    made = make_town(engine)
    made.award(1000, MAY)
    made.award(1000, JUNE)
    made.take(made.issue().token, 100)
    return made


def at_once(town: Town, presented: str, amount: int, now: datetime = NOON) -> bool:
    """Whether one statement took it."""
    taking = prepare(**town.asked(presented, amount, now=now))
    return redeem_at_once(town.engine, taking, asked=new_request(), answer=ANSWER)


def rows(town: Town) -> dict[str, list[dict[str, Any]]]:
    """All that a redemption may write, as it stands."""
    tables = [model.__table__ for model in (Balance, Transaction, Transfer, Entry, Redemption, Code, Request)]
    with reading(town.engine) as session:
        return {
            table.name: sorted((dict(row._mapping) for row in session.execute(select(table))), key=str)
            for table in tables
        }


def written(town: Town, take: Callable[[], object]) -> dict[str, list[dict[str, Any]]]:
    """The rows that come or change with a taking, without what is drawn anew each time."""
    before = rows(town)
    take()
    return {
        name: sorted(
            ({column: value for column, value in row.items() if column not in DRAWN_ANEW} for row in after), key=str
        )
        for name, after in ((name, [row for row in now if row not in before[name]]) for name, now in rows(town).items())
    }


@pytest.mark.parametrize("amount", [450, 1900])
def test_it_writes_the_rows_that_the_portable_path_writes(town: Town, amount: int) -> None:
    code = town.issue()
    town.engine.dispose()
    portable = written(town, lambda: town.take(code.token, amount))
    with unit_of_work(town.engine) as session:
        before = dict(session.execute(select(Balance.account_id, Balance.version)).all())
    town.award(min(amount, 900), MAY)
    if amount > 900:
        town.award(amount - 900, JUNE)
    code = town.issue()

    one = written(town, lambda: at_once(town, code.token, amount))

    assert [len(one[name]) for name in ("transactions", "redemptions", "codes", "requests")] == [1, 1, 1, 1]
    for name in ("transactions", "transfers", "redemptions"):
        assert one[name] == portable[name], name
    for ours, theirs in zip(one["entries"], portable["entries"], strict=True):
        assert ours["version"] == theirs["version"] + 2
        assert {**ours, "version": 0} == {**theirs, "version": 0}
    for ours in one["balances"]:
        assert ours["version"] == before[ours["account_id"]] + 2
        assert (ours["posted_at"], ours["held"], ours["status"]) == (NOON, 0, "open")
    with reading(town.engine) as session:
        assert list(check_books(session)) == []


def test_it_takes_the_last_hundredth_and_not_one_more(town: Town) -> None:
    code = town.issue()
    set_aside(town, 1)
    before = rows(town)
    assert not at_once(town, code.token, 1900)
    assert rows(town) == before
    assert at_once(town, code.token, 1899)
    assert town.purses() == {MAY: 1, JUNE: 0}


def test_a_purse_past_its_last_day_is_not_drawn_on(engine: Engine, town: Town) -> None:
    now = datetime(2028, 5, 31, 23, 0, tzinfo=UTC)
    code = town.issue(now)
    assert code.cap == 1000
    assert at_once(town, code.token, 1000, now)
    assert town.purses() == {MAY: 900, JUNE: 0}


def frozen_purse(town: Town) -> None:
    with unit_of_work(town.engine) as session:
        purse = session.execute(select(Account.id).where(Account.expires_on == MAY)).scalar_one()
        freeze(session.connection(), purse, at=NOON)


@pytest.mark.parametrize("prevented", [frozen_purse, Town.freeze, Town.sign_out, Town.issue])
def test_what_prevents_it_leaves_nothing_written(town: Town, prevented: Callable[[Town], object]) -> None:
    code = town.issue()
    prevented(town)
    before = rows(town)
    assert not at_once(town, code.token, 100)
    assert rows(town) == before


def test_a_shop_without_takings_and_an_unknown_code_are_left_to_the_portable_path(engine: Engine) -> None:
    town = make_town(engine)
    town.award(1000)
    code = town.issue()
    before = rows(town)
    assert not at_once(town, code.token, 100)
    assert not at_once(town, "0" * 26, 100)
    assert rows(town) == before


def test_a_key_that_is_taken_undoes_the_whole(town: Town) -> None:
    asked, code = new_request(), town.issue()
    with unit_of_work(town.engine) as session:
        record_answer(session.connection(), asked, ANSWER, at=NOON)
    before = rows(town)
    assert not redeem_at_once(town.engine, prepare(**town.asked(code.token, 100)), asked=asked, answer=ANSWER)
    assert rows(town) == before


def test_a_clock_behind_the_purse_s_is_left_to_the_portable_path_which_moves_it_on(town: Town) -> None:
    code = town.issue()
    earlier = NOON - timedelta(seconds=1)
    assert not at_once(town, code.token, 100, earlier)
    assert town.take(code.token, 100, now=earlier).at == NOON


def test_the_day_that_counts_is_london_s(town: Town) -> None:
    instants = {
        datetime(2027, 3, 28, 0, 59, 59, 999999, tzinfo=UTC): date(2027, 3, 28),
        datetime(2027, 3, 31, 22, 59, 59, tzinfo=UTC): date(2027, 3, 31),
        datetime(2027, 3, 31, 23, 0, tzinfo=UTC): date(2027, 4, 1),
        datetime(2027, 10, 30, 23, 30, tzinfo=UTC): date(2027, 10, 31),
        datetime(2027, 10, 31, 23, 30, tzinfo=UTC): date(2027, 10, 31),
        datetime(2028, 2, 29, 12, 0, tzinfo=UTC): date(2028, 2, 29),
    }
    for now in instants:
        assert at_once(town, town.issue(now).token, 1, now)
    with reading(town.engine) as session:
        query = select(Transaction.posted_at, Transaction.effective_on).where(Transaction.posted_at > NOON)
        assert dict(session.execute(query).all()) == instants


def test_of_sixteen_tills_with_one_code_one_takes(town: Town) -> None:
    for _turn in range(5):
        code, before = town.issue(), sum(town.purses().values())
        with ThreadPoolExecutor(8) as threads:
            took = list(threads.map(lambda _till, code=code: at_once(town, code.token, 100), range(TILLS)))
        assert sorted(took) == [False] * (TILLS - 1) + [True]
        assert sum(town.purses().values()) == before - 100


def test_a_town_of_this_option_takes_by_it(town: Town) -> None:
    made = Town(
        engine=town.engine.execution_options(**AT_ONCE), resident_id=town.resident_id, deli=town.deli, baker=town.baker
    )
    before = len(rows(town)["requests"])
    made.take(town.issue().token, 100)
    assert len(rows(town)["requests"]) == before + 1


@pytest.mark.parametrize("kind", list(PresentationKind))
def test_the_statement_is_short_enough_for_the_driver_to_keep(kind: PresentationKind) -> None:
    """psycopg reads a longer one anew each time it is executed, which takes longer than all else in the process."""
    assert len(_STATEMENTS[kind].text(psycopg.dialect())) <= _queries.MAX_CACHED_STATEMENT_LENGTH
