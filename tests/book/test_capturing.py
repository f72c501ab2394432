"""Many captures at once: what they leave is what the same captures leave one by one, to the last column."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.engine import Connection

from ledger.book import holds
from ledger.book.account_status import freeze
from ledger.book.capturing import Capture, capture, capture_many
from ledger.book.errors import HoldEnded, HoldTooSmall, PostingMalformed, UnknownAccount
from ledger.book.models import HoldEnd
from ledger.book.rules import AccountId
from ledger.check_books import check_books
from ledger.store import reading, unit_of_work
from ledger.tables import table_of
from tests.book.test_post_many import MISSING, UndoneOnPurpose, books
from tests.book.town import NOON, new_id, open_rollup, open_strict, pay, posting

PURSES, HOLDS = 4, 30


def whole(hold: holds.NewHold, credit: AccountId) -> Capture:
    """All that a hold holds."""
    amount = sum(amount for _account, amount in hold.lines)
    return Capture(hold_id=hold.id, amount=amount, credit=credit, posting=posting())


def held(connection: Connection, source: Random) -> tuple[AccountId, list[holds.NewHold]]:
    """A shop, and holds of one purse or two, some of which are frozen, expire later, or were credited late."""
    issuance, shop = open_rollup(connection), open_rollup(connection, "shop")
    purses = [open_strict(connection) for _ in range(PURSES)]
    for number, purse in enumerate(purses, start=1):
        pay(connection, issuance, purse, 10_000, at=NOON - timedelta(minutes=number))
    placed = []
    for _ in range(HOLDS):
        lines = [(purse, source.randint(1, 90)) for purse in source.sample(purses, source.choice([1, 2]))]
        expires_at = source.choice([None, NOON + timedelta(hours=1)])
        placed.append(holds.NewHold(id=new_id(), reason="test", lines=lines, at=NOON, expires_at=expires_at))
    holds.place_many(connection, placed)
    freeze(connection, account_id=purses[0], at=NOON)
    return shop, placed


def endings(connection: Connection) -> list[tuple[object, ...]]:
    """How each hold ended."""
    return [tuple(row) for row in connection.execute(select(table_of(HoldEnd)).order_by(HoldEnd.hold_id))]


@pytest.mark.parametrize("seed", range(3))
def test_many_at_once_leave_what_they_leave_one_by_one(engine: Engine, seed: int) -> None:
    source = Random(seed)
    with unit_of_work(engine) as session:
        shop, placed = held(session.connection(), source)
    captures = [whole(hold, shop) for hold in source.sample(placed, HOLDS - 5)]

    with pytest.raises(UndoneOnPurpose), unit_of_work(engine) as session:
        connection = session.connection()
        expected = [
            capture(connection, hold_id=one.hold_id, amount=one.amount, credit=one.credit, posting=one.posting)
            for one in captures
        ]
        expected_books = (books(connection), endings(connection))
        raise UndoneOnPurpose
    with unit_of_work(engine) as session:
        assert capture_many(session.connection(), captures) == expected
        assert (books(session.connection()), endings(session.connection())) == expected_books
    with reading(engine) as session:
        assert {finding.id for finding in check_books(session)} <= {"I-07"}, "a hold that no council-tax item placed"


def test_whole_holds_are_captured_without_being_read(engine: Engine) -> None:
    """Else the rules would have decided them one by one."""
    with unit_of_work(engine) as session:
        shop, placed = held(session.connection(), Random(0))
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *of: statements.append(of[2]))

    with unit_of_work(engine) as session:
        capture_many(session.connection(), [whole(hold, shop) for hold in placed])

    assert not [one for one in statements if one.startswith("SELECT hold_lines")]


def test_a_part_among_them_is_captured_too(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        shop, (first, *others) = held(session.connection(), Random(0))
    part = replace(whole(first, shop), amount=1)

    with unit_of_work(engine) as session:
        posted = capture_many(session.connection(), [*(whole(hold, shop) for hold in others), part])

    assert len(posted) == HOLDS
    with reading(engine) as session:
        assert {finding.id for finding in check_books(session)} <= {"I-07"}


def refused(engine: Engine, captures: Sequence[Capture], error: type[Exception]) -> None:
    """None of these is captured, for this reason."""
    with reading(engine) as session:
        before = (books(session.connection()), endings(session.connection()))
    with unit_of_work(engine) as session, pytest.raises(error):
        capture_many(session.connection(), captures)
    with reading(engine) as session:
        assert (books(session.connection()), endings(session.connection())) == before


def test_one_refusal_refuses_them_all(engine: Engine) -> None:
    """Each kind of it, after many that may be."""
    with unit_of_work(engine) as session:
        shop, (other, ended, *good) = held(session.connection(), Random(1))
        holds.void(session.connection(), hold_id=ended.id, at=NOON)
    may_be, one = [whole(hold, shop) for hold in good], whole(other, shop)

    refused(engine, [*may_be, whole(ended, shop)], HoldEnded)
    refused(engine, [*may_be, replace(one, amount=one.amount + 1)], HoldTooSmall)
    refused(engine, [*may_be, replace(one, credit=other.lines[0][0])], PostingMalformed)
    refused(engine, [*may_be, replace(one, credit=MISSING)], UnknownAccount)


def test_an_expired_hold_refuses_them_all(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        shop, placed = held(session.connection(), Random(2))
    late = [
        replace(one, posting=replace(one.posting, at=NOON + timedelta(hours=1)))
        for one in (whole(hold, shop) for hold in placed)
    ]

    refused(engine, late, HoldEnded)


def test_nothing_at_all_is_captured(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        assert capture_many(session.connection(), []) == []
