"""Build a night's batch on real databases: what it takes, what it stores, and never twice."""

import hashlib
import threading
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.book.models import Account, Transaction
from ledger.check_books import check_books
from ledger.council_tax.batch_lines import largest_lines
from ledger.council_tax.batches import build_batch
from ledger.council_tax.errors import BusinessDateInFuture, BusinessDateTooEarly
from ledger.council_tax.operations import cancel_item
from ledger.council_tax.queries import batch, batch_file, batches, captured_total, item, items_of
from ledger.council_tax.rules import BatchState, ItemState
from ledger.council_tax.views import BatchView
from ledger.errors import MoveRefused, NotFound
from ledger.identifiers import named_id, to_text
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.store import reading, run, unit_of_work
from tests.council_tax.town import (
    MARCH,
    RULES,
    SCHEME,
    account_number,
    apply,
    at,
    available,
    held,
    link,
    linked_resident,
    resident_with,
)

SUNDAY = date(2026, 11, 22)
THAT_NIGHT = at(2026, 11, 23, 1, 30)


def build(engine: Engine, business_date: date = SUNDAY, occasion: Occasion = THAT_NIGHT) -> BatchView:
    return run(
        engine,
        lambda session: build_batch(
            session, business_date=business_date, scheme=SCHEME, rules=RULES, occasion=occasion
        ),
    )


def content(engine: Engine, sequence: int = 1) -> bytes:
    with reading(engine) as session:
        return batch_file(session, sequence=sequence).content


def test_a_night_takes_what_is_held_into_one_file(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)

    built = build(engine)

    number, item_text = account_number(), to_text(applied.item_id)
    lines = content(engine).split(b"\r\n")
    assert lines[0] == b"H,CTX,1,E09000022,P,000001,000000,2026-11-23T01:30:00Z,2026-11-22,LCC,TALLYSTICK/0.1.0"
    assert lines[1].decode() == (
        f"D,000001,RED,{item_text},,{number[:8]},{number[8]},,2026,2026-11-22,2027-03-31,2500,VOL"
    )
    assert lines[2].startswith(b"T,000001,2500,0,2500,")
    assert (built.sequence, built.state, built.lines, built.net) == (1, BatchState.BUILT, 1, 2500)
    assert built.sha256 == hashlib.sha256(content(engine)).hexdigest()
    assert (available(engine, resident), held(engine, resident)) == (1500, 0)


def test_the_items_know_where_they_are(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)
    build(engine)

    with reading(engine) as session:
        view = item(session, reference=applied.reference, resident_id=resident)
        lines = largest_lines(session, sequence=1, most=10)
        in_transit = captured_total(session, sequence=1)
    assert (view.state, view.sequence, view.built_at) == (ItemState.BATCHED, 1, THAT_NIGHT.now)
    assert [(line.line, line.account_ref, line.amount, line.new_account) for line in lines] == [
        (1, "20001234", 2500, True)
    ]
    assert in_transit == 2500


def test_the_capture_counts_for_the_business_date_and_its_financial_year(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    apply(engine, resident, 2500)
    build(engine)

    with reading(engine) as session:
        transaction_id = items_of(session, resident_id=resident)[0].transaction_id
        found = session.execute(
            select(Transaction.effective_on, Transaction.posted_at).where(Transaction.id == transaction_id)
        ).one()
        owners = session.execute(select(Account.owner_id).where(Account.kind == "council_tax_in_transit")).scalars()
        assert list(owners) == [named_id("financial-year", "2026")]
    assert tuple(found) == (SUNDAY, THAT_NIGHT.now)


def test_what_came_at_the_cut_waits_for_the_next_night(engine: Engine) -> None:
    early, late = linked_resident(engine, 1000), linked_resident(engine, 1000, "20004567")
    apply(engine, early, 500, at(2026, 11, 22, 17, 59, 59))
    apply(engine, late, 600, at(2026, 11, 22, 18, 0))

    assert build(engine).reductions == 500
    assert build(engine, SUNDAY + timedelta(days=1), at(2026, 11, 24, 1, 30)).reductions == 600


@pytest.mark.parametrize(
    ("before", "after", "business_date"),
    [
        (at(2026, 10, 25, 17, 59, 59), at(2026, 10, 25, 18, 0), date(2026, 10, 25)),
        (at(2027, 3, 28, 16, 59, 59), at(2027, 3, 28, 17, 0), date(2027, 3, 28)),
    ],
    ids=["the clocks go back", "the clocks go forward"],
)
def test_the_cut_holds_when_the_clocks_change(
    engine: Engine, before: Occasion, after: Occasion, business_date: date
) -> None:
    early, late = linked_resident(engine, 1000), linked_resident(engine, 1000, "20004567")
    apply(engine, early, 500, before)
    apply(engine, late, 600, after)

    night = Occasion(now=after.now + timedelta(hours=8), actor="nightly", token_bytes=after.token_bytes)
    assert build(engine, business_date, night).reductions == 500


def test_each_item_reduces_its_own_financial_year_however_late_the_night_is_run(engine: Engine) -> None:
    good_until = date(2028, 3, 31)
    old, new = resident_with(engine, (good_until, 1000)), resident_with(engine, (good_until, 1000))
    link(engine, old)
    link(engine, new, "20004567")
    apply(engine, old, 500, at(2027, 3, 31, 16, 59, 59))
    apply(engine, new, 600, at(2027, 3, 31, 23, 30))

    build(engine, date(2027, 4, 1), at(2027, 4, 2, 0, 30))

    details = [line.split(b",")[8:12] for line in content(engine).split(b"\r\n")[1:3]]
    assert details == [
        [b"2026", b"2027-03-31", b"2027-03-31", b"500"],
        [b"2027", b"2027-04-01", b"2028-03-31", b"600"],
    ]
    with reading(engine) as session:
        query = select(Account.owner_id).where(Account.kind == "council_tax_in_transit").order_by(Account.id)
        owners = list(session.execute(query).scalars())
    assert owners == [named_id("financial-year", "2026"), named_id("financial-year", "2027")]


def test_a_night_with_nothing_gives_a_file_too(engine: Engine) -> None:
    built = build(engine)

    assert (built.lines, built.net, built.hash_total) == (0, 0, "000000000000")
    assert content(engine).startswith(b"H,CTX,1,E09000022,P,000001,000000,")


def test_the_same_night_again_is_the_same_batch_whatever_came_since(engine: Engine) -> None:
    apply(engine, linked_resident(engine, 1000), 500)
    first, stored = build(engine), content(engine)
    late = linked_resident(engine, 1000, "20004567")
    later = apply(engine, late, 600)

    again = build(engine, SUNDAY, at(2026, 11, 25, 9, 0))

    assert (again, content(engine)) == (first, stored)
    assert later.leaves_on == SUNDAY + timedelta(days=1)
    with reading(engine) as session:
        assert len(batches(session)) == 1
        assert items_of(session, resident_id=late)[0].state == ItemState.HELD


def test_sequences_follow_without_a_gap_though_nothing_was_released(engine: Engine) -> None:
    for night in range(3):
        build(engine, SUNDAY + timedelta(days=night), at(2026, 11, 23 + night, 1, 30))

    with reading(engine) as session:
        assert [view.sequence for view in batches(session)] == [3, 2, 1]
    header = content(engine, 3).split(b"\r\n")[0].split(b",")
    assert header[5:7] == [b"000003", b"000002"]


def test_the_sequence_goes_on_over_the_end_of_the_year(engine: Engine) -> None:
    build(engine, date(2027, 3, 31), at(2027, 4, 1, 0, 30))

    assert build(engine, date(2027, 4, 1), at(2027, 4, 2, 0, 30)).sequence == 2


def test_a_night_before_the_newest_is_refused_unless_it_was_built(engine: Engine) -> None:
    build(engine, SUNDAY, THAT_NIGHT)
    build(engine, SUNDAY + timedelta(days=2), at(2026, 11, 25, 1, 30))

    with pytest.raises(BusinessDateTooEarly) as caught:
        build(engine, SUNDAY + timedelta(days=1), at(2026, 11, 25, 1, 30))

    assert caught.value.newest == SUNDAY + timedelta(days=2)
    assert build(engine, SUNDAY, at(2026, 11, 25, 1, 30)).sequence == 1


def test_a_night_is_run_for_tomorrow_at_the_latest(engine: Engine) -> None:
    late_evening = at(2026, 7, 1, 23, 30)
    with pytest.raises(BusinessDateInFuture) as caught:
        build(engine, date(2026, 7, 4), late_evening)

    assert caught.value.latest == date(2026, 7, 3)
    assert build(engine, date(2026, 7, 3), late_evening).sequence == 1


def test_a_batched_item_is_not_cancelled(engine: Engine) -> None:
    resident = linked_resident(engine, 1000)
    applied = apply(engine, resident, 500)
    build(engine)

    with pytest.raises(MoveRefused) as caught, unit_of_work(engine) as session:
        cancel_item(session, reference=applied.reference, resident_id=resident, occasion=THAT_NIGHT)

    assert caught.value.now == ItemState.BATCHED
    assert available(engine, resident) == 500


def test_a_cancelled_item_is_not_in_the_file(engine: Engine) -> None:
    resident = linked_resident(engine, 1000)
    applied = apply(engine, resident, 500)
    with unit_of_work(engine) as session:
        cancel_item(session, reference=applied.reference, resident_id=resident, occasion=THAT_NIGHT)

    assert build(engine).lines == 0


def test_an_account_is_new_to_the_office_once(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 2000))
    link(engine, resident)
    apply(engine, resident, 500)
    build(engine)
    apply(engine, resident, 500, at(2026, 12, 1, 12, 0))
    build(engine, date(2026, 12, 1), at(2026, 12, 2, 1, 30))

    with reading(engine) as session:
        assert [largest_lines(session, sequence=number, most=1)[0].new_account for number in (1, 2)] == [True, False]


def test_there_is_no_batch_that_was_not_built(engine: Engine) -> None:
    with reading(engine) as session:
        for ask in (batch, batch_file):
            with pytest.raises(NotFound):
                ask(session, sequence=1)


def test_builders_that_meet_make_one_batch(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    apply(engine, resident, 2500)
    built: list[BatchView] = []

    def build_one() -> None:
        for _try in range(20):
            try:
                built.append(build(engine))
                return
            except Busy:
                continue

    threads = [threading.Thread(target=build_one) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(built) == 6
    assert {view.sha256 for view in built} == {hashlib.sha256(content(engine)).hexdigest()}
    with reading(engine) as session:
        assert (len(batches(session)), captured_total(session, sequence=1)) == (1, 2500)


def test_an_item_that_is_cancelled_while_the_night_is_built_goes_one_way_only(engine: Engine) -> None:
    residents = [linked_resident(engine, 1000, f"2000{number:04d}") for number in range(12)]
    applied = [(resident, apply(engine, resident, 500).reference) for resident in residents]

    def cancel_all() -> None:
        for resident_id, reference in reversed(applied):
            with suppress(MoveRefused, Busy), unit_of_work(engine) as session:
                cancel_item(session, reference=reference, resident_id=resident_id, occasion=THAT_NIGHT)

    thread = threading.Thread(target=cancel_all)
    thread.start()
    built = build(engine)
    thread.join()

    with reading(engine) as session:
        states = [items_of(session, resident_id=resident)[0].state for resident in residents]
        assert states.count(ItemState.BATCHED) == built.lines
        assert set(states) <= {ItemState.BATCHED, ItemState.CANCELLED, ItemState.HELD}
        assert check_books(session) == []
