"""A closed month stays as it was frozen: the book refuses, the database refuses, and only two people open it again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.book.deciding import Posted
from ledger.book.errors import EarlierMonthOpen, MonthClosed, MonthNotClosed, MonthNotEnded
from ledger.book.models import Transaction
from ledger.book.periods import Reopening, closings, period_lines, reopen_period
from ledger.book.posting import post, post_each, post_many
from ledger.book.reversal import reverse
from ledger.book.rules import AccountId
from ledger.check_books import check_books
from ledger.close_month import ClosedMonth, close_month
from ledger.store import constraint_name, reading, unit_of_work
from tests.book.town import NOON, balance, new_id, open_rollup, open_strict, pay, posting
from tests.factories import occasion_at

pytestmark = pytest.mark.slow

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
IN_OCTOBER = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
TWO_PEOPLE = Reopening(reason="an award was missed", proposed_by="officer:a", approved_by="officer:b", at=NOON)


class Books:
    """An issuance account and a purse that got 10 credits in October."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with unit_of_work(engine) as session:
            connection = session.connection()
            self.issuance: AccountId = open_rollup(connection)
            self.purse: AccountId = open_strict(connection)
            self.award: Posted = pay(connection, self.issuance, self.purse, 1_000, at=IN_OCTOBER)

    def close(self, month: date = OCTOBER, *, now: datetime = NOON) -> ClosedMonth:
        """Close a month."""
        return close_month(self.engine, month=month, occasion=occasion_at(now))

    def frozen(self) -> dict[str, int]:
        """What the latest closing holds, by kind of account."""
        with reading(self.engine) as session:
            connection = session.connection()
            return {line.kind: line.balance for line in period_lines(connection, closings(connection)[0].id)}


@pytest.fixture
def books(engine: Engine) -> Books:
    return Books(engine)


def test_a_month_is_frozen_with_what_every_kind_of_account_came_to(books: Books) -> None:
    with unit_of_work(books.engine) as session:
        pay(session.connection(), books.issuance, books.purse, 77, at=NOON)

    closed = books.close()

    assert {line.kind: line.balance for line in closed.lines} == {"issuance": -1_000, "purse": 1_000}
    assert books.frozen() == {"issuance": -1_000, "purse": 1_000}
    with reading(books.engine) as session:
        assert check_books(session) == []


def test_nothing_is_posted_into_a_closed_month(books: Books) -> None:
    books.close()
    late = replace(posting((books.issuance, books.purse, 5)), effective_on=date(2026, 10, 31))

    with pytest.raises(MonthClosed) as refused, unit_of_work(books.engine) as session:
        post(session.connection(), late)
    assert refused.value.month == OCTOBER
    for post_some in (post_many, post_each):
        with pytest.raises(MonthClosed), unit_of_work(books.engine) as session:
            post_some(session.connection(), [posting((books.issuance, books.purse, 5)), late])

    assert balance(books.engine, books.purse) == 1_000
    assert books.frozen() == {"issuance": -1_000, "purse": 1_000}


def test_the_database_itself_refuses_a_day_of_a_closed_month(books: Books) -> None:
    books.close()
    row = {"id": new_id(), "kind": "move", "posted_at": NOON, "actor": "x", "narrative": "", "details": {}}

    with pytest.raises(IntegrityError) as refused, unit_of_work(books.engine) as session:
        session.connection().execute(insert(Transaction), {**row, "effective_on": date(2026, 10, 31)})
    assert constraint_name(refused.value) == "ck_transactions_open_month"
    with unit_of_work(books.engine) as session:
        session.connection().execute(insert(Transaction), {**row, "effective_on": NOVEMBER})


def test_late_on_31_march_in_utc_is_april_and_open(books: Books) -> None:
    for month in range(10, 16):
        books.close(date(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 1), now=datetime(2027, 4, 2, tzinfo=UTC))

    with unit_of_work(books.engine) as session:
        connection = session.connection()
        pay(connection, books.issuance, books.purse, 5, at=datetime(2027, 3, 31, 23, 0, tzinfo=UTC))
    with pytest.raises(MonthClosed), unit_of_work(books.engine) as session:
        post(
            session.connection(),
            replace(posting((books.issuance, books.purse, 5)), at=NOON, effective_on=date(2027, 3, 31)),
        )


def test_a_month_is_closed_after_it_ended_in_london_and_in_its_order(books: Books) -> None:
    with unit_of_work(books.engine) as session:
        pay(session.connection(), books.issuance, books.purse, 5, at=NOON)
    with pytest.raises(MonthNotEnded):
        books.close(NOVEMBER, now=datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC))
    with pytest.raises(EarlierMonthOpen) as refused:
        books.close(NOVEMBER, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert refused.value.month == OCTOBER

    books.close()
    books.close(NOVEMBER, now=datetime(2026, 12, 1, tzinfo=UTC))

    for month in (OCTOBER, NOVEMBER, date(2026, 9, 1)):
        with pytest.raises(MonthClosed):
            books.close(month, now=datetime(2026, 12, 1, tzinfo=UTC))


def test_a_correction_of_a_closed_month_lands_in_the_open_one_and_names_it(books: Books) -> None:
    books.close()
    with unit_of_work(books.engine) as session:
        connection = session.connection()
        part = post(connection, replace(posting((books.purse, books.issuance, 1)), corrects=books.award.id))
        (many,) = post_many(connection, [replace(posting((books.purse, books.issuance, 1)), corrects=books.award.id)])
        again = pay(connection, books.issuance, books.purse, 2)
        undone = reverse(connection, original=again.id, posting=posting())
        whole = pay(connection, books.issuance, books.purse, 2)
        reversal = reverse(connection, original=books.award.id, posting=posting())

    with reading(books.engine) as session:
        query = select(Transaction.id, Transaction.details, Transaction.effective_on)
        rows = {row.id: row for row in session.execute(query)}
    cites = {"corrects_month": "2026-10"}
    assert [rows[one.id].details for one in (part, many, reversal)] == [cites] * 3
    assert [rows[one.id].details for one in (again, undone, whole)] == [{}] * 3
    assert rows[reversal.id].effective_on == date(2026, 11, 23)


def test_two_people_open_a_month_again_and_it_is_closed_anew(books: Books) -> None:
    books.close()
    with unit_of_work(books.engine) as session:
        reopen_period(session.connection(), month=OCTOBER, reopening=TWO_PEOPLE)
    missed = replace(posting((books.issuance, books.purse, 5)), effective_on=date(2026, 10, 31))
    with unit_of_work(books.engine) as session:
        post(session.connection(), missed)

    closed = books.close()

    assert (closed.closing.month, closed.closing.number) == (OCTOBER, 2)
    assert books.frozen() == {"issuance": -1_005, "purse": 1_005}


def test_one_person_opens_no_month(books: Books) -> None:
    books.close()
    alone = replace(TWO_PEOPLE, approved_by=TWO_PEOPLE.proposed_by)

    with pytest.raises(IntegrityError) as refused, unit_of_work(books.engine) as session:
        reopen_period(session.connection(), month=OCTOBER, reopening=alone)

    assert constraint_name(refused.value) == "ck_period_reopenings_two_people"


def test_only_the_latest_closed_month_is_opened_again(books: Books) -> None:
    with pytest.raises(MonthNotClosed), unit_of_work(books.engine) as session:
        reopen_period(session.connection(), month=OCTOBER, reopening=TWO_PEOPLE)
    books.close()
    books.close(NOVEMBER, now=datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(MonthNotClosed), unit_of_work(books.engine) as session:
        reopen_period(session.connection(), month=OCTOBER, reopening=TWO_PEOPLE)


def test_a_closing_that_stopped_halfway_is_finished_by_the_next(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("ledger.close_month.freeze_totals", stop)
        with pytest.raises(KeyboardInterrupt):
            books.close()
    with reading(books.engine) as session:
        assert [one.is_frozen for one in closings(session.connection())] == [False]

    assert books.close().closing.number == 1
    assert books.frozen() == {"issuance": -1_000, "purse": 1_000}


def test_what_is_being_posted_while_a_month_closes_is_counted(engine: Engine, books: Books) -> None:
    """A posting that began before the closing ends after it: the totals wait for it."""
    if engine.dialect.name == "sqlite":
        return  # one writer at a time: a closing waits for it whole
    slow = Session(engine)
    late = replace(posting((books.issuance, books.purse, 30)), effective_on=date(2026, 10, 31))
    post(slow.connection(), late)
    begun = threading.Event()

    def close() -> ClosedMonth:
        begun.set()
        return books.close()

    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(close)
        begun.wait(5)
        while True:
            with reading(engine) as session:
                if closings(session.connection()):
                    break
        slow.commit()
        slow.close()
        closed = closing.result(timeout=20)

    assert {line.kind: line.balance for line in closed.lines} == {"issuance": -1_030, "purse": 1_030}
    with reading(engine) as session:
        assert "I-39" not in {finding.id for finding in check_books(session)}
