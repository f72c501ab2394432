"""The night's run whole: expiry, batch, file; again, late, early, and stopped halfway."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from ledger.book.models import Transaction
from ledger.check_books import check_books
from ledger.council_tax.errors import BusinessDateInFuture, BusinessDateTooEarly, FileDiffers
from ledger.council_tax.queries import batches
from ledger.council_tax.rules import BatchState
from ledger.nightly import EXPIRING, STEPS, NightResult, run_night
from ledger.notices.backends import outbox_path, read_file_outbox
from ledger.occasion import Occasion
from ledger.settings import Settings
from ledger.store import reading
from ledger.wallets.queries import wallet_of
from tests.council_tax.town import JANUARY, MARCH, SCHEME, apply, at, held, link, linked_resident, resident_with
from tests.days import noon
from tests.nightly.town import settings_of

SUNDAY = date(2026, 11, 22)
THAT_NIGHT = at(2026, 11, 23, 1, 30)

STOPPED_BEFORE_THE_FILE = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from ledger.nightly import BUILDING, run_night
from ledger.occasion import Occasion
from ledger.settings import SchemeRules
from ledger.store import make_engine
from tests.nightly.town import settings_of

def stop(step, done, total):
    if step == BUILDING and done:
        raise SystemExit("stopped")

occasion = Occasion(now=datetime(2026, 11, 23, 1, 30, tzinfo=UTC), actor="nightly", token_bytes=Random(7).randbytes)
settings = settings_of(sys.argv[1], Path(sys.argv[2]))
run_night(
    make_engine(sys.argv[1]), business_date=date(2026, 11, 22), settings=settings, occasion=occasion, progress=stop
)
"""


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings whose files go to this test's own folder."""
    return settings_of(database_url, tmp_path / "data")


def night(
    engine: Engine, settings: Settings, business_date: date = SUNDAY, occasion: Occasion = THAT_NIGHT
) -> NightResult:
    return run_night(engine, business_date=business_date, settings=settings, occasion=occasion)


def test_a_night_expires_builds_and_writes(engine: Engine, settings: Settings) -> None:
    resident = resident_with(engine, (date(2026, 11, 22), 300), (MARCH, 4000))
    link(engine, resident)
    apply(engine, resident, 2500, at(2026, 11, 22, 9, 0))
    ended = resident_with(engine, (date(2026, 10, 31), 700))

    result = night(engine, settings)

    (file,) = result.files
    assert (result.business_date, result.state, result.sequence) == (SUNDAY, BatchState.BUILT, 1)
    assert (result.expiry.purses, result.expiry.amount) == (1, 700)
    assert (result.lines, result.reductions, result.reversals) == (1, 2500, 0)
    assert (file.name, file.records, file.pence) == ("CTX_E09000022_P_000001_20261122.csv", 1, 2500)
    assert file.path == settings.data / "council-tax" / file.name
    with reading(engine) as session:
        assert wallet_of(session, resident_id=ended, now=noon(date(2026, 10, 1))).available == 0
        assert check_books(session) == []


def test_what_a_hold_set_aside_is_not_expired(engine: Engine, settings: Settings) -> None:
    resident = resident_with(engine, (JANUARY, 1000))
    link(engine, resident)
    apply(engine, resident, 600, at(2027, 1, 31, 18, 0))

    result = night(engine, settings, JANUARY, at(2027, 2, 1, 1, 30))

    assert (result.expiry.amount, result.lines) == (400, 0)
    assert held(engine, resident, JANUARY) == 600
    assert night(engine, settings, date(2027, 2, 1), at(2027, 2, 2, 1, 30)).reductions == 600
    with reading(engine) as session:
        assert check_books(session) == []


@pytest.mark.parametrize("business_date", [JANUARY, date(2027, 2, 1)])
def test_a_night_run_early_expires_nothing_that_is_still_good(
    engine: Engine, settings: Settings, business_date: date
) -> None:
    resident = resident_with(engine, (JANUARY, 1000))
    last_second = at(2027, 1, 31, 23, 59, 59)

    assert night(engine, settings, business_date, last_second).expiry.amount == 0
    assert night(engine, settings, business_date, at(2027, 2, 1, 0, 0)).expiry.amount == 1000
    with reading(engine) as session:
        assert wallet_of(session, resident_id=resident, now=noon(JANUARY)).available == 0
        assert check_books(session) == []


def test_a_summer_day_ends_an_hour_before_midnight_utc(engine: Engine, settings: Settings) -> None:
    june = date(2027, 6, 30)
    resident_with(engine, (june, 1000))

    assert night(engine, settings, june, at(2027, 6, 30, 22, 59, 59)).expiry.amount == 0
    assert night(engine, settings, june, at(2027, 6, 30, 23, 0)).expiry.amount == 1000


def test_a_night_expires_only_what_ended_by_its_business_date(engine: Engine, settings: Settings) -> None:
    resident_with(engine, (date(2026, 11, 30), 1000))

    assert night(engine, settings, date(2026, 11, 29), at(2026, 12, 5, 1, 30)).expiry.amount == 0
    assert night(engine, settings, date(2026, 11, 30), at(2026, 12, 5, 1, 30)).expiry.amount == 1000


def test_ten_runs_of_one_night_give_one_batch_and_one_file(engine: Engine, settings: Settings) -> None:
    apply(engine, linked_resident(engine, 1000), 500)
    results = [night(engine, settings, occasion=at(2026, 11, 23, 1 + hour, 30)) for hour in range(10)]

    folder = settings.data / "council-tax"
    assert len({result.files[0].sha256 for result in results}) == 1
    assert [path.suffix for path in sorted(folder.iterdir())] == [".csv", ".done"]
    assert b",2026-11-23T01:30:00Z," in results[-1].files[0].path.read_bytes()
    with reading(engine) as session:
        assert len(batches(session)) == 1


def test_three_missed_nights_give_three_files_in_order(engine: Engine, settings: Settings) -> None:
    late = at(2026, 11, 25, 9, 0)
    results = [night(engine, settings, date(2026, 11, day), late) for day in (22, 23, 24)]

    assert [result.files[0].name for result in results] == [
        "CTX_E09000022_P_000001_20261122.csv",
        "CTX_E09000022_P_000002_20261123.csv",
        "CTX_E09000022_P_000003_20261124.csv",
    ]


def test_a_run_stopped_between_the_books_and_the_disk_is_finished_by_the_next(
    engine: Engine, settings: Settings
) -> None:
    apply(engine, linked_resident(engine, 1000), 500)
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED_BEFORE_THE_FILE, settings.database_url, str(settings.data)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert (stopped.returncode, stopped.stderr.strip()) == (1, "stopped")
    assert not settings.data.exists()
    with reading(engine) as session:
        (batch,) = batches(session)

    result = night(engine, settings, occasion=at(2026, 11, 23, 7, 0))

    assert result.files[0].sha256 == batch.sha256
    assert b",2026-11-23T01:30:00Z," in result.files[0].path.read_bytes()
    with reading(engine) as session:
        assert batches(session) == [batch]


def test_a_file_that_was_changed_stops_the_night_loudly(engine: Engine, settings: Settings) -> None:
    path = night(engine, settings).files[0].path
    path.write_bytes(b"H,CTX,1\r\n")

    with pytest.raises(FileDiffers):
        night(engine, settings)


@pytest.mark.parametrize(
    ("business_date", "refusal"),
    [(date(2026, 11, 21), BusinessDateTooEarly), (date(2026, 11, 25), BusinessDateInFuture)],
)
def test_a_night_that_is_refused_writes_nothing(
    engine: Engine, settings: Settings, business_date: date, refusal: type[Exception]
) -> None:
    night(engine, settings)
    resident_with(engine, (date(2026, 11, 1), 1000))

    with pytest.raises(refusal):
        night(engine, settings, business_date)

    with reading(engine) as session:
        expired = select(func.count()).select_from(Transaction).where(Transaction.kind == "expire")
        assert session.execute(expired).scalar_one() == 0


def test_every_purse_expires_however_many_chunks_it_takes(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.nightly.chunks.CHUNK_SECONDS", 0.0)
    monkeypatch.setattr("ledger.nightly.steps.AT_ONCE", 1)
    for _number in range(5):
        resident_with(engine, (date(2026, 10, 31), 100))
    steps: list[tuple[str, int, int]] = []

    result = run_night(
        engine,
        business_date=SUNDAY,
        settings=settings,
        occasion=THAT_NIGHT,
        progress=lambda *step: steps.append(step),
    )

    assert (result.expiry.purses, result.expiry.amount) == (5, 500)
    expiring = [step for step in steps if step[0] == EXPIRING]
    assert expiring == [(EXPIRING, 0, 1), *((EXPIRING, done, 5) for done in range(6))]
    assert list(dict.fromkeys(step for step, _done, _total in steps)) == [step.name for step in STEPS]


def test_a_night_tells_whose_credits_end_and_sends_it_once(engine: Engine, settings: Settings) -> None:
    resident = resident_with(engine, (JANUARY, 1000))
    by_file = replace(settings, notices="file")
    for day in (date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 1)):
        morning = at(day.year, day.month, day.day + 1, 1, 30)
        results = [night(engine, by_file, day, morning) for _run in range(2)]
        assert results[0].notices == results[1].notices == (0 if day == date(2026, 12, 2) else 1)

    sent = read_file_outbox(outbox_path(settings.data), 10)
    assert [notice["to"] for notice in sent] == [f"{resident.hex}@example.org"] * 2
    assert {notice["subject"] for notice in sent} == {"Some of your credits end on 31 January 2027"}


def test_a_test_environment_says_so_in_its_files(engine: Engine, settings: Settings) -> None:
    trial = replace(settings, scheme=replace(SCHEME, environment="T"))

    assert night(engine, trial).files[0].name == "CTX_E09000022_T_000001_20261122.csv"
