"""The whole exchange, ninety nights of it over a change of the clocks and a year end: every code, every penny once."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ledger.check_books import check_books
from ledger.check_books.council_tax import in_transit_equals_items
from ledger.council_tax.incoming import REFUSED, take_in_folder
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import batches, captured_total, reduced_in_year
from ledger.council_tax.rules import BatchState, ItemCode, ItemState
from ledger.store import reading
from tests import long_table
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.revenues.troubles import (
    FIRST,
    TROUBLES,
    YEAR_CLOSED,
    Watch,
    apply_some,
    lost_on_the_way,
    reverse_some,
    sent_back,
    settled,
    take_some_back,
    watched,
)

NIGHTS = 90
FILE_CODES = {"F00", "F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F12", "F13"}
ITEM_CODES = {f"D{number:02}" for number in range(14)} | {"D20", "D21", "D22"}


def ninety_nights(watch: Watch) -> None:
    """Each day some apply; each night one file goes, one trouble at most befalls it; the identity holds each time."""
    troubles = list(TROUBLES)
    day = FIRST
    while day < FIRST + timedelta(days=NIGHTS):
        apply_some(watch, day)
        morning = day + timedelta(days=1)
        billing = FIRST + timedelta(days=30)
        watch.revenues.faults.annual_billing_until = billing if timedelta(24) <= day - FIRST < timedelta(28) else None
        watch.revenues.closed_years = {2026} if morning >= YEAR_CLOSED else set()
        sequence = watch.night(day)
        lines = watch.made.view(sequence).lines
        if lines and (day - FIRST).days % 30 == 15:
            sent_back(watch, sequence, morning)
        elif lines:
            watch.release(sequence, morning)
        quiet = (day - FIRST).days % 3
        trouble = troubles.pop(0) if troubles and watch.made.view(sequence).lines > 1 and not quiet else Watch.exchange
        trouble(watch, sequence, morning)
        day += timedelta(days=2 if trouble is lost_on_the_way else 1)
        if (day - FIRST).days % 10 == 9:
            reverse_some(watch, day)
            take_some_back(watch)
        assert_identity(watch)
    assert not troubles, "every trouble had its night"
    take_in_the_rest(watch, day)


def take_in_the_rest(watch: Watch, day: date) -> None:
    """What the next night would begin with."""
    watch.folders.collect()
    scheme, occasion = watch.town.settings.scheme, watch.made.at(day, 10)
    taken = list(take_in_folder(watch.made.engine, watch.folders.answers, scheme=scheme, occasion=occasion))
    assert [one.problem for one in taken if one.problem] == []
    assert not (watch.folders.answers / REFUSED).exists()


def assert_identity(watch: Watch) -> None:
    """What is in transit is the sum of the reductions batched, sent or deferred."""
    with reading(watch.made.engine) as session:
        assert list(in_transit_equals_items(session)) == []


def assert_every_penny_once(watch: Watch) -> None:
    """Both sides come to the same, each file's reductions were captured once, and the books are whole."""
    with reading(watch.town.engine) as session:
        for found in batches(session):
            assert captured_total(session, sequence=found.sequence) == found.reductions
            assert found.state == BatchState.RECONCILED
        assert check_books(session) == []
        on_the_way = select(CouncilTaxItem.amount).where(
            CouncilTaxItem.code == ItemCode.REDUCTION,
            CouncilTaxItem.state.in_((ItemState.BATCHED, ItemState.SENT, ItemState.DEFERRED)),
        )
        waiting = sum(session.execute(on_the_way).scalars())
        years = (date(2026, 6, 1), date(2027, 6, 1))
        reduced = sum(reduced_in_year(session, day=day) for day in years)
        watch.exported = sum(found.reductions for found in batches(session))
    assert reduced - waiting == watch.revenues.reduced()


def exchanged(engine: Engine, folder: Path, *, accounts: int, seed: int) -> Watch:
    """Ninety nights of so many accounts."""
    watch = watched(engine, folder, random.Random(seed))
    settled(watch, accounts)
    ninety_nights(watch)
    assert_every_penny_once(watch)
    watch.town.engine.dispose()
    return watch


@pytest.mark.slow
@POSTGRESQL_WHEN_LONG
def test_ninety_nights_reach_every_code_and_move_every_penny_once(engine: Engine, tmp_path: Path) -> None:
    watch = exchanged(engine, tmp_path, accounts=40, seed=1992)

    assert watch.file_codes.keys() == FILE_CODES
    assert watch.item_codes.keys() == ITEM_CODES


@pytest.mark.long
def test_ninety_nights_of_two_thousand_accounts(engine: Engine, tmp_path: Path) -> None:
    watch = exchanged(engine, tmp_path, accounts=2_000, seed=2026)

    assert watch.file_codes.keys() == FILE_CODES
    assert watch.item_codes.keys() == ITEM_CODES
    long_table.record(
        f"council-tax exchange, {engine.dialect.name}",
        nights=NIGHTS,
        accounts=2_000,
        lines=sum(watch.item_codes.values()),
        exported_pence=watch.exported,
        unaccounted_pence=0,
    )
