"""What an account held, and its statement, at any time: across the clocks' changes and the financial year's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from ledger.book.balances_at import balance_at, balance_on
from ledger.book.errors import UnknownAccount
from ledger.book.posting import post
from ledger.book.queries import trial_balance
from ledger.book.rules import AccountId
from ledger.book.statements import PageLine, StatementPage, statement_page
from ledger.clock import london_date
from ledger.errors import NotFound
from ledger.store import reading, unit_of_work
from tests.book.town import NOON, open_rollup, open_strict, pay, posting, purse_of

pytestmark = pytest.mark.slow

MOMENT = timedelta(microseconds=1)
PLACES = ("issuance", "takings", "amina", "dev")
STRICT = ("amina", "dev")
CORNERS = (
    datetime(2026, 10, 24, 23, 0, tzinfo=UTC),
    datetime(2026, 10, 26, 0, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 23, 0, tzinfo=UTC),
    datetime(2027, 3, 31, 23, 0, tzinfo=UTC),
)
"""In UTC: the 25-hour day begins and ends, the 23-hour day begins and ends, the financial year 2027 begins."""
INSTANTS = st.builds(
    lambda corner, step: corner + step,
    st.sampled_from(CORNERS),
    st.sampled_from([-MOMENT, timedelta(0), MOMENT, timedelta(hours=1), timedelta(hours=-1)]),
)
POSTINGS = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(1, 900), INSTANTS).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=14,
)
ON_BOTH_ENGINES = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_numbers = count(1)


class Change(NamedTuple):
    """What the model remembers of one side of one transfer."""

    place: str
    at: datetime
    change: int


def _open(connection: Connection) -> dict[str, AccountId]:
    number = next(_numbers)
    rollups = {kind: open_rollup(connection, kind=f"{kind}-{number}") for kind in ("issuance", "takings")}
    return rollups | {name: open_strict(connection) for name in STRICT}


def _post_all(engine: Engine, asked: list[tuple[str, str, int, datetime]]) -> tuple[dict[str, AccountId], list[Change]]:
    """Post what no purse refuses, and what a plain list makes of it."""
    changes: list[Change] = []
    with unit_of_work(engine) as session:
        connection = session.connection()
        accounts = _open(connection)
        for debit, credit, amount, at in asked:
            if debit in STRICT and sum(one.change for one in changes if one.place == debit) < amount:
                continue
            touched = [one.at for one in changes if one.place in STRICT and one.place in (debit, credit)]
            recorded = max([at, *touched])
            posted = pay(connection, accounts[debit], accounts[credit], amount, at=at)
            assert posted.posted_at == recorded
            changes += [Change(debit, recorded, -amount), Change(credit, recorded, amount)]
    return accounts, changes


@ON_BOTH_ENGINES
@given(asked=POSTINGS)
def test_what_an_account_held_at_any_instant_and_day_is_what_a_plain_list_says(
    engine: Engine, asked: list[tuple[str, str, int, datetime]]
) -> None:
    accounts, changes = _post_all(engine, asked)
    instants = {corner + step for corner in CORNERS for step in (-MOMENT, 0 * MOMENT)} | {one.at for one in changes}

    with reading(engine) as session:
        connection = session.connection()
        for place, account in accounts.items():
            own = [one for one in changes if one.place == place]
            for at in instants:
                by_then = sum(one.change for one in own if one.at <= at)
                assert balance_at(connection, account, recorded=at) == by_then
                day = london_date(at)
                by_day = sum(one.change for one in own if london_date(one.at) <= day)
                assert balance_on(connection, account, effective=day) == by_day


def _walk(connection: Connection, account: AccountId, size: int) -> tuple[list[PageLine], list[PageLine]]:
    """All lines on the way to the oldest page, and on the way back to the newest; newest first both."""
    page = statement_page(connection, account, size=size)
    there = [*page.lines]
    while page.earlier:
        page = statement_page(connection, account, cursor=page.earlier, size=size)
        there += page.lines
    back = [*page.lines]
    while page.later:
        page = statement_page(connection, account, cursor=page.later, size=size)
        back = [*page.lines, *back]
    return there, back


@ON_BOTH_ENGINES
@given(asked=POSTINGS, size=st.integers(1, 5))
def test_paging_there_and_back_shows_every_line_once_with_the_balance_after_it(
    engine: Engine, asked: list[tuple[str, str, int, datetime]], size: int
) -> None:
    accounts, changes = _post_all(engine, asked)

    for place, account in accounts.items():
        with reading(engine) as session:
            there, back = _walk(session.connection(), account, size)
        own = [one for one in changes if one.place == place]
        assert there == back
        assert [(line.change, line.posted_at) for line in reversed(there)] == [(one.change, one.at) for one in own]
        assert [line.balance for line in reversed(there)] == [
            sum(one.change for one in own[: number + 1]) for number in range(len(own))
        ]


@pytest.mark.parametrize("strict", [True, False])
def test_a_page_stays_as_it_was_while_new_entries_arrive(engine: Engine, strict: bool) -> None:
    issuance, purse = purse_of(engine, 100)
    account = purse if strict else issuance
    with unit_of_work(engine) as session:
        for amount in (1, 2, 3, 4):
            pay(session.connection(), issuance, purse, amount)

    newest = _page(engine, account)
    before = _page(engine, account, newest.earlier)
    with unit_of_work(engine) as session:
        pay(session.connection(), issuance, purse, 5)

    assert newest.later is None
    assert _page(engine, account, newest.earlier) == before
    again = _page(engine, account, before.later)
    assert again.lines == newest.lines
    assert [abs(line.change) for line in _page(engine, account, again.later).lines] == [5]


def _page(engine: Engine, account: AccountId, cursor: str | None = None) -> StatementPage:
    with reading(engine) as session:
        return statement_page(session.connection(), account, cursor=cursor, size=2)


def test_a_page_past_either_end_is_empty_and_leads_back(engine: Engine) -> None:
    _issuance, purse = purse_of(engine, 100)

    assert _page(engine, purse, "l1") == StatementPage(lines=(), earlier="e2", later=None)
    assert _page(engine, purse, "e1") == StatementPage(lines=(), earlier=None, later="l0")
    assert _page(engine, purse, "e2").lines == _page(engine, purse, "l0").lines != ()


@pytest.mark.parametrize("cursor", ["", "e", "x1", "e-1", "e1 ", "e1\n", "l٣", "e" + "9" * 30])
def test_a_cursor_that_no_page_gave_is_refused(engine: Engine, cursor: str) -> None:
    _issuance, purse = purse_of(engine, 100)

    with pytest.raises(NotFound):
        _page(engine, purse, cursor)


def test_an_account_that_does_not_exist_has_no_balance_and_no_statement(engine: Engine) -> None:
    with reading(engine) as session:
        connection = session.connection()
        with pytest.raises(UnknownAccount):
            balance_at(connection, 999, recorded=NOON)
        with pytest.raises(UnknownAccount):
            balance_on(connection, 999, effective=NOON.date())
        with pytest.raises(UnknownAccount):
            statement_page(connection, 999)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2027, 3, 31, 22, 59, 59, 999999, tzinfo=UTC), date(2027, 3, 31)),
        (datetime(2027, 3, 31, 23, 0, tzinfo=UTC), date(2027, 4, 1)),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 59, 59, 999999, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2027, 3, 28, 0, 0, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 22, 59, 59, 999999, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 23, 0, tzinfo=UTC), date(2027, 3, 29)),
    ],
)
def test_what_is_recorded_late_in_utc_counts_for_the_london_day(engine: Engine, instant: datetime, day: date) -> None:
    with unit_of_work(engine) as session:
        connection = session.connection()
        purse = open_strict(connection)
        pay(connection, open_rollup(connection), purse, 700, at=instant)

    with reading(engine) as session:
        connection = session.connection()
        held = [balance_on(connection, purse, effective=one) for one in (day - timedelta(days=1), day)]
        trial = [trial_balance(connection, effective=one) for one in (day - timedelta(days=1), day)]

    assert held == [0, 700]
    assert [{line.kind: line.balance for line in lines} for lines in trial] == [
        {"issuance": 0, "purse": 0},
        {"issuance": -700, "purse": 700},
    ]


def test_the_nightly_run_counts_for_its_own_day_and_was_recorded_the_next(engine: Engine) -> None:
    issuance, purse = purse_of(engine, 700)
    midnight = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)
    with unit_of_work(engine) as session:
        expiry = posting((purse, issuance, 700), at=midnight, kind="expire")
        post(session.connection(), replace(expiry, effective_on=date(2027, 3, 31)))

    with reading(engine) as session:
        connection = session.connection()
        assert balance_on(connection, purse, effective=date(2027, 3, 30)) == 700
        assert balance_on(connection, purse, effective=date(2027, 3, 31)) == 0
        assert balance_at(connection, purse, recorded=midnight - MOMENT) == 700
        assert balance_at(connection, purse, recorded=midnight) == 0


def test_the_entry_of_each_instant_is_found_among_many(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance, purse = open_rollup(connection), open_strict(connection)
        for number in range(300):
            pay(connection, issuance, purse, 1, at=NOON + timedelta(minutes=number // 2))

    with reading(engine) as session:
        connection = session.connection()
        found = [balance_at(connection, purse, recorded=NOON + timedelta(minutes=one)) for one in range(-1, 152)]

    assert found == [0, *(min(2 * number, 300) for number in range(1, 153))]
