"""The month-end pack: figures that agree with the books, kept once with their digests, the same bytes ever after."""

import csv
import hashlib
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from ledger.book.errors import MonthClosed
from ledger.book.models import Account
from ledger.book.packs import SUMS, pack_bytes, pack_files
from ledger.book.periods import Closing, Reopening, closings, closings_of, reopen_period
from ledger.book.posting import post
from ledger.book.reversal import reverse
from ledger.book.rules import Posting
from ledger.check_books import check_books
from ledger.close_month import close_month
from ledger.council_tax.batches import build_batch
from ledger.earning.awards import award_session
from ledger.earning.models import Award
from ledger.earning.rules import TariffPer
from ledger.month_pack import FACTS, WORKBOOK, read_tables
from ledger.store import reading, unit_of_work
from ledger.wallets.operations import expire_purses, purses_past
from tests import factories
from tests.book.town import new_id, posting
from tests.corrections.by_two import account_of, adjust, newest, undo
from tests.council_tax.town import RULES, SCHEME, apply, link
from tests.factories import occasion_at

pytestmark = pytest.mark.slow

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
BEFORE, DURING = datetime(2026, 9, 15, 12, 0, tzinfo=UTC), datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
CLOSING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def town(engine: Engine) -> Engine:
    """7.00 of September that end in October, 15.00 awarded in October, of which 5.00 leave for council tax."""
    with unit_of_work(engine) as session:
        resident = factories.resident(session)
        factories.purse(session, resident_id=resident, amount=700, expires_on=date(2026, 10, 31), at=BEFORE)
        award(session, resident, 1500, DURING)
    link(engine, resident, occasion=occasion_at(DURING))
    evening = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
    apply(engine, resident, 500, occasion_at(evening))
    with unit_of_work(engine) as session:
        night = occasion_at(datetime(2026, 10, 21, 1, 30, tzinfo=UTC))
        build_batch(session, business_date=date(2026, 10, 20), scheme=SCHEME, rules=RULES, occasion=night)
    last_night = occasion_at(datetime(2026, 11, 1, 1, 30, tzinfo=UTC))
    ended = date(2026, 10, 31)
    with unit_of_work(engine) as session:
        past = purses_past(session, business_date=ended)
        expire_purses(session, purses=past, business_date=ended, occasion=last_night)
    return engine


def award(session: Session, resident: UUID, amount: int, at: datetime) -> None:
    """Credits for a session of two hours from `at`, of a programme that was funded the day before."""
    day_before = occasion_at(at - timedelta(days=1))
    organiser = factories.organiser(session)
    programme = factories.programme(session, budget=amount, occasion=day_before)
    factories.allowance(session, programme_id=programme, organiser_id=organiser.id, amount=amount, occasion=day_before)
    activity = factories.activity(
        session, organiser_id=organiser.id, programme_id=programme, tariff=amount, tariff_per=TariffPer.SESSION
    )
    held = factories.activity_session(session, activity_id=activity, starts_at=at, occasion=day_before)
    factories.place(session, session_id=held, resident_id=resident, at=at)
    award_session(
        session,
        session_id=held,
        organiser_id=organiser.id,
        operator_id=organiser.owner_id,
        residents=[resident],
        rules=factories.RULES,
        occasion=occasion_at(at + timedelta(hours=2)),
    )


def close(engine: Engine, month: date = OCTOBER, at: datetime = CLOSING) -> Closing:
    """The months up to this one are closed; this one's closing."""
    if month == OCTOBER:
        close_month(engine, month=date(2026, 9, 1), occasion=occasion_at(at))
    return close_month(engine, month=month, occasion=occasion_at(at)).closing


def kept(engine: Engine, closing: Closing) -> dict[str, bytes]:
    """The files of a pack."""
    with reading(engine) as session:
        connection = session.connection()
        names = [file.name for file in pack_files(connection, closing_id=closing.id)]
        return {name: pack_bytes(connection, closing_id=closing.id, name=name) for name in names}


def test_the_pack_tells_how_the_month_opened_moved_and_closed(town: Engine) -> None:
    tables = read_tables(kept(town, close(town))[FACTS])
    assert list(tables) == [
        *("closing", "movement", "accounts", "ageing", "council-tax", "reconciliations", "exceptions")
    ]
    assert tables["movement"].rows == [[700, 1500, 0, -500, 0, -200, 1500]]
    assert ["CR", "purse", 700, 700, 1500, 1500] in tables["accounts"].rows
    assert tables["ageing"].rows == [[date(2028, 4, 30), 18, 1, 1500]]
    assert tables["council-tax"].rows == [["October 2026", 500, 0, 500, 0]]
    assert [row[3] for row in tables["reconciliations"].rows] == [0] * 8
    assert tables["exceptions"].rows == []


def test_every_file_has_its_digest_and_the_sums_name_each(town: Engine) -> None:
    closing = close(town)
    files = kept(town, closing)
    sums = dict(reversed(line.split("  ")) for line in files[SUMS].decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != SUMS}
    with reading(town) as session:
        listed = {file.name: file.sha256 for file in pack_files(session.connection(), closing_id=closing.id)}
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_workbook_and_csv_hold_the_tables(town: Engine) -> None:
    files = kept(town, close(town))
    tables = read_tables(files[FACTS])
    workbook = openpyxl.load_workbook(io.BytesIO(files[WORKBOOK]))
    assert workbook.sheetnames == [table.title for table in tables.values()]
    for name, table in tables.items():
        rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode(), newline="")))
        assert rows[0] == [column.heading for column in table.columns]
        assert len(rows) == len(table.rows) + 1 == workbook[table.title].max_row
    assert files["movement.csv"].decode().splitlines()[1] == '"7.00","15.00","0.00","-5.00","0.00","-2.00","15.00"'


def test_a_pack_stays_as_it_was_kept(town: Engine) -> None:
    closing = close(town)
    before = kept(town, closing)
    with unit_of_work(town) as session:
        award(session, factories.resident(session), 900, LATER)
    with pytest.raises(MonthClosed):
        close_month(town, month=OCTOBER, occasion=occasion_at(LATER))
    assert kept(town, closing) == before
    with reading(town) as session:
        assert check_books(session) == []


def test_what_is_posted_later_is_in_the_later_pack(town: Engine) -> None:
    close(town)
    with unit_of_work(town) as session:
        award(session, factories.resident(session), 900, LATER)
    tables = read_tables(kept(town, close(town, NOVEMBER, datetime(2026, 12, 1, 9, 0, tzinfo=UTC)))[FACTS])
    assert tables["movement"].rows == [[1500, 900, 0, 0, 0, 0, 2400]]
    assert [row[3] for row in tables["reconciliations"].rows] == [0] * 8


def test_a_pack_that_was_not_kept_is_made_by_the_next_run(town: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("ledger.close_month.keep_pack", stop)
        with pytest.raises(KeyboardInterrupt):
            close_month(town, month=date(2026, 9, 1), occasion=occasion_at(CLOSING))
    with reading(town) as session:
        (closing,) = closings(session.connection())
        assert closing.is_frozen
        assert pack_files(session.connection(), closing_id=closing.id) == []
    again = close_month(town, month=date(2026, 9, 1), occasion=occasion_at(LATER)).closing
    assert again.id == closing.id
    assert again.closed_at == CLOSING
    assert FACTS in kept(town, again)


def test_a_month_that_is_closed_anew_has_a_pack_of_its_own(town: Engine) -> None:
    first = close(town)
    before = kept(town, first)
    two_people = Reopening(reason="an award was missed", proposed_by="a", approved_by="b", at=LATER)
    with unit_of_work(town) as session:
        reopen_period(session.connection(), month=OCTOBER, reopening=two_people)
    with unit_of_work(town) as session:
        purses = factories.purse(session, resident_id=factories.resident(session), amount=1, at=LATER)
        issuance = issues(session)
        late = replace(posting((issuance, purses, 30)), at=LATER, effective_on=date(2026, 10, 31))
        post(session.connection(), late)
    second = close_month(town, month=OCTOBER, occasion=occasion_at(LATER)).closing
    assert second.number == 2
    assert kept(town, first) == before
    assert read_tables(kept(town, second)[FACTS])["movement"].rows == [[700, 1500, 0, -500, 30, -200, 1530]]
    with reading(town) as session:
        assert [one.number for one in closings_of(session.connection(), month=OCTOBER)] == [2, 1]


def issues(session: Session) -> int:
    """The account that issues."""
    return session.execute(select(Account.id).where(Account.kind == "issuance")).scalar_one()


def test_a_side_that_does_not_agree_is_told_with_its_difference(town: Engine) -> None:
    with unit_of_work(town) as session:
        session.execute(update(Award).values(amount=Award.amount + 3))
    reconciled = read_tables(kept(town, close(town))[FACTS])["reconciliations"].rows
    assert ["Awards, and what they moved from allowances to purses", 1503, 1500, 3] in reconciled


def test_an_adjustment_and_reversals_make_no_false_difference_and_have_lines_of_their_own(town: Engine) -> None:
    on = datetime(2026, 10, 22, 12, 0, tzinfo=UTC)
    with unit_of_work(town) as session:
        organiser = factories.organiser(session).id
        programme = factories.programme(session, budget=1000, occasion=occasion_at(on))
        factories.allowance(
            session, programme_id=programme, organiser_id=organiser, amount=900, occasion=occasion_at(on)
        )
        award(session, factories.resident(session), 250, on)
    purse, allowance = account_of(town, "purse", 1500), account_of(town, "allowance", 900)
    adjust(town, allowance, purse, 300, on)
    back = adjust(town, purse, allowance, 200, on)
    for transaction_id in (back, newest(town, "award")):
        undo(town, transaction_id, on)

    tables = read_tables(kept(town, close(town))[FACTS])
    reconciled = {row[0]: row[1:] for row in tables["reconciliations"].rows}

    assert [row[2] for row in reconciled.values()] == [0] * 8
    assert reconciled["Awards, and what they moved from allowances to purses"] == [1750, 1750, 0]
    reversals = "Reversals by officers: what was reversed, and what that moved"
    assert reconciled[reversals] == [450, 450, 0]
    adjusted = "Adjustments by hand: what two officers agreed, and what that moved"
    assert reconciled[adjusted] == [500, 500, 0]
    exceptions = {row[0]: row[2:] for row in tables["exceptions"].rows}
    assert exceptions == {"Reversals by two": [2, 450], "Adjustments by hand": [2, 500]}


def test_a_reversal_that_no_officer_wrote_down_is_a_difference(town: Engine) -> None:
    award_id = newest(town, "award")
    with unit_of_work(town) as session:
        undone = Posting(id=new_id(), kind="reversal", lines=(), at=DURING + timedelta(days=1), actor="nobody")
        reverse(session.connection(), original=award_id, posting=undone)
    reconciled = read_tables(kept(town, close(town))[FACTS])["reconciliations"].rows
    assert [row[3] for row in reconciled if row[0].startswith("Reversals by officers")] == [-1500]


def test_what_check_books_finds_is_an_exception_of_the_pack(town: Engine) -> None:
    with unit_of_work(town) as session:
        session.execute(update(Award).values(returned=5))
    exceptions = read_tables(kept(town, close(town))[FACTS])["exceptions"].rows
    assert [row[0] for row in exceptions] == ["I-27"]
