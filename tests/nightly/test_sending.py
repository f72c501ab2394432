"""What leaves waits for books that are whole, and what did not come or go is told."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.council_tax.delivery.due import deliver_released
from ledger.council_tax.rules import BatchState
from ledger.nightly import BooksNotWhole
from ledger.nights.errors import NightNotWhole
from ledger.nights.operations import end, take_on
from ledger.nights.rules import NightState
from ledger.store import unit_of_work
from tests.council_tax.town import MARCH, apply, resident_with
from tests.nightly.town import Town, raise_balances
from tests.revenues.town import exchange, household

SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)


def test_nothing_is_sent_while_the_books_are_not_whole(town: Town, owner_engine: Engine, tmp_path: Path) -> None:
    folder = town.deliver_into(tmp_path / "out")
    resident_with(town.engine, (MARCH, 1000))
    raise_balances(owner_engine, by=1)

    with pytest.raises(BooksNotWhole):
        town.run()
    delivery, occasion = town.settings.delivery, town.runner().occasion()
    assert delivery is not None
    with pytest.raises(NightNotWhole):
        list(
            deliver_released(
                town.engine,
                delivery=delivery,
                register=tmp_path / "register",
                command="council-tax-deliver",
                occasion=occasion,
            )
        )
    assert list(folder.iterdir()) == []

    raise_balances(owner_engine, by=-1)
    (night,) = town.run()
    assert sorted(path.name for path in folder.iterdir()) == [night.files[0].name, f"{night.files[0].name}.done"]


def test_a_night_tells_what_somebody_must_look_at(town: Town, tmp_path: Path) -> None:
    folder = town.deliver_into(tmp_path / "out")
    (folder / "CTX_E09000022_P_000001_20261122.csv").write_bytes(b"of somebody else")
    answers = town.settings.data / "council-tax" / "answers"
    answers.mkdir(parents=True)
    (answers / "CTR_E09000022_P_000001_20261123.csv").write_bytes(b"H,CTR\r\n")

    (night,) = town.run()

    assert night.night is NightState.DONE
    assert night.refused == ("CTR_E09000022_P_000001_20261123.csv",)
    assert "000001" in night.undelivered
    (again,) = town.run(SUNDAY)
    assert (again.refused, again.undelivered) == (night.refused, night.undelivered)
    (folder / "CTX_E09000022_P_000001_20261122.csv").unlink()
    (mended,) = town.run(SUNDAY)
    assert mended.undelivered == ""


def test_a_file_that_the_revenues_system_refused_whole_is_told(town: Town) -> None:
    made = exchange(town.engine)
    apply(town.engine, household(made), 2_500)
    sequence = made.night(date(2026, 11, 21))
    made.revenues.faults.closed_periods = {made.content(sequence).decode().split(",")[8]}
    answer = made.deliver(sequence)
    answers = town.settings.data / "council-tax" / "answers"
    answers.mkdir(parents=True)
    name = "CTR_E09000022_P_000001_20261122.csv"
    (answers / name).write_bytes(answer)

    (night,) = town.run()

    assert (night.refused, night.rejecting) == ((), (name,))
    (answers / name).write_bytes(answer)
    town.now += timedelta(days=1)
    (next_night,) = town.run()
    assert next_night.rejecting == (), "it was told of once"


def test_nothing_is_released_while_a_night_is_not_whole(engine: Engine) -> None:
    made = exchange(engine)
    apply(engine, household(made), 2_500)
    made.build(SUNDAY)
    made.approve(1, MONDAY)
    with unit_of_work(made.engine) as session:
        night = take_on(session, business_date=MONDAY, runner="test", occasion=made.at(TUESDAY, 2))
        assert night is not None
        end(session, night=night, state=NightState.NOT_WHOLE, now=made.at(TUESDAY, 3).now)

    with pytest.raises(NightNotWhole):
        made.release(1, TUESDAY)
    assert made.view(1).state == BatchState.APPROVED

    with unit_of_work(made.engine) as session:
        night = take_on(session, business_date=MONDAY, runner="test", occasion=made.at(TUESDAY, 4))
        assert night is not None
        end(session, night=night, state=NightState.DONE, now=made.at(TUESDAY, 5).now)
    made.release(1, TUESDAY)
    assert made.view(1).state == BatchState.RELEASED
