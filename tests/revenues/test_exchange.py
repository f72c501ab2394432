"""The whole exchange, ninety nights of it over a change of the clocks and a year end: every code, every penny once."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.check_books import check_books
from ledger.check_books.council_tax import in_transit_equals_items
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import batches, captured_total, reduced_in_year
from ledger.council_tax.rules import BatchState, ItemCode, ItemState
from ledger.store import FOR_COMMANDS, make_engine, reading
from tests import long_table
from tests.revenues.town import exchange
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
        sequence = watch.made.build(day).sequence
        lines = watch.made.view(sequence).lines
        if lines and (day - FIRST).days % 30 == 15:
            sent_back(watch, sequence, morning)
        elif lines:
            watch.made.approve(sequence, morning)
            watch.made.release(sequence, morning)
        quiet = (day - FIRST).days % 3
        trouble = troubles.pop(0) if troubles and watch.made.view(sequence).lines > 1 and not quiet else Watch.exchange
        trouble(watch, sequence, morning)
        day += timedelta(days=2 if trouble is lost_on_the_way else 1)
        if (day - FIRST).days % 10 == 9:
            take_some_back(watch, day)
            reverse_some(watch, day)
        assert_identity(watch)
    assert not troubles, "every trouble had its night"


def assert_identity(watch: Watch) -> None:
    """What is in transit is the sum of the reductions batched, sent or deferred."""
    with reading(watch.made.engine) as session:
        assert list(in_transit_equals_items(session)) == []


def assert_every_penny_once(watch: Watch) -> None:
    """Both sides come to the same, each file's reductions were captured once, and the books are whole."""
    patient = make_engine(watch.made.engine.url, patience=FOR_COMMANDS)
    with reading(patient) as session:
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
    patient.dispose()
    assert reduced - waiting == watch.revenues.reduced()


def exchanged(engine: Engine, accounts: int, seed: int) -> Watch:
    """Ninety nights of so many accounts."""
    source = random.Random(seed)
    watch = Watch(made=exchange(engine, today=FIRST), residents={}, source=source)
    settled(watch, accounts)
    ninety_nights(watch)
    if watch.revenues.changes:
        watch.made.take(watch.revenues.tell_changes(), watch.revenues.today)
    assert_every_penny_once(watch)
    return watch


@pytest.mark.slow
def test_ninety_nights_reach_every_code_and_move_every_penny_once(engine: Engine) -> None:
    watch = exchanged(engine, accounts=40, seed=1992)

    assert watch.file_codes.keys() == FILE_CODES
    assert watch.item_codes.keys() == ITEM_CODES


@pytest.mark.long
def test_ninety_nights_of_two_thousand_accounts(engine: Engine) -> None:
    watch = exchanged(engine, accounts=2_000, seed=2026)

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
