"""What the revenues system answers is done once: applied, returned to the same purses, deferred, or held again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.operations import cancel_item, end_link
from ledger.council_tax.queries import items_of, use_this_year
from ledger.council_tax.rules import BatchState, ItemState
from ledger.council_tax.views import ItemView
from ledger.store import reading, unit_of_work
from ledger.wallets.queries import wallet_of
from tests.council_tax.town import JANUARY, MARCH, RULES, apply, at, available, freeze_purses, held, link, resident_with
from tests.revenues.town import exchange, household, open_account

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


def one_item(engine: Engine, resident) -> ItemView:
    with reading(engine) as session:
        return items_of(session, resident_id=resident)[0]


def sound(engine: Engine) -> None:
    with reading(engine) as session:
        assert check_books(session) == []


def used(engine: Engine, resident) -> tuple[int, int]:
    with reading(engine) as session:
        found = use_this_year(session, resident_id=resident, now=at(2026, 11, 23, 12, 0).now, rules=RULES)
    return found.account_used, found.resident_used


def test_an_item_that_is_applied_leaves_transit(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    apply(engine, resident, 2500)

    taken = made.whole_night(SUNDAY)

    assert (taken.lines, taken.applied, taken.returned, taken.again) == (1, 2500, 0, False)
    assert one_item(engine, resident).state == ItemState.APPLIED
    assert made.view(1).state == BatchState.RECONCILED
    assert made.revenues.accounts["20001234"].left_to_pay(2026) == 117_500
    sound(engine)


def test_what_is_left_over_goes_back_to_the_purses_last_drawn_first(engine: Engine) -> None:
    made = exchange(engine)
    open_account(made, "20001234", liability={2026: 1_200})
    resident = resident_with(engine, (JANUARY, 1000), (MARCH, 2000))
    link(engine, resident)
    apply(engine, resident, 2500)

    made.whole_night(SUNDAY)

    view = one_item(engine, resident)
    assert (view.state, view.returned) == (ItemState.PARTLY_APPLIED, 1300)
    with reading(engine) as session:
        purses = wallet_of(session, resident_id=resident, now=at(2026, 11, 23, 12, 0).now).purses
    assert [(purse.expires_on, purse.balance) for purse in purses] == [(MARCH, 1800)]
    assert used(engine, resident) == (1200, 1200)
    sound(engine)


def test_an_item_that_is_rejected_goes_back_and_may_be_tried_again_this_month(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    made.revenues.accounts["20001234"].on_hold = True
    apply(engine, resident, 2500)

    made.whole_night(SUNDAY)

    assert one_item(engine, resident).state == ItemState.REFUSED
    assert available(engine, resident) == 4000
    assert used(engine, resident) == (0, 0)
    apply(engine, resident, 2500, at(2026, 11, 23, 12, 0))
    sound(engine)


def test_what_returns_after_a_purse_has_ended_goes_to_the_month_of_returns(engine: Engine) -> None:
    made = exchange(engine, today=date(2027, 1, 30))
    open_account(made, "20001234").exempt = True
    resident = resident_with(engine, (JANUARY, 3000))
    link(engine, resident)
    apply(engine, resident, 2500, at(2027, 1, 30, 12, 0))

    sequence = made.night(date(2027, 1, 30))
    made.revenues.today = date(2027, 2, 1)
    made.take(made.deliver(sequence), date(2027, 2, 1))

    with reading(engine) as session:
        purses = wallet_of(session, resident_id=resident, now=at(2027, 2, 1, 12, 0).now).purses
    assert [(purse.expires_on, purse.balance) for purse in purses] == [(date(2027, 4, 30), 2500)]
    sound(engine)


def test_a_deferred_item_leaves_again_with_the_same_id(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.revenues.accounts["20001234"].suppressed_until = TUESDAY
    made.whole_night(SUNDAY)
    assert one_item(engine, resident).state == ItemState.DEFERRED
    assert made.view(1).state == BatchState.RECONCILED
    sound(engine)
    assert made.whole_night(MONDAY).lines == 0

    taken = made.whole_night(TUESDAY)

    assert taken.applied == 2500
    view = one_item(engine, resident)
    assert (view.id, view.state, view.sequence) == (applied.item_id, ItemState.APPLIED, 3)
    sound(engine)


def test_the_items_of_a_file_that_is_refused_are_held_again_and_leave_in_the_next(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    freeze_purses(engine, resident)
    made.revenues.faults.misreads = lambda content: content.replace(b",2500,VOL", b",2600,VOL")

    taken = made.whole_night(SUNDAY)

    assert (taken.code, taken.lines) == ("F08", 1)
    assert (available(engine, resident), held(engine, resident)) == (1500, 2500)
    assert made.view(1).state == BatchState.RECONCILED
    sound(engine)
    made.revenues.faults.misreads = None
    assert made.whole_night(MONDAY).applied == 2500
    view = one_item(engine, resident)
    assert (view.id, view.state, view.sequence) == (applied.item_id, ItemState.APPLIED, 2)
    sound(engine)


def test_an_item_of_a_refused_file_may_be_cancelled(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.revenues.faults.misreads = lambda content: content.replace(b",2500,VOL", b",2600,VOL")
    made.whole_night(SUNDAY)

    with unit_of_work(engine) as session:
        cancel_item(session, reference=applied.reference, resident_id=resident, occasion=made.at(MONDAY, 12))

    assert available(engine, resident) == 4000
    sound(engine)


def test_the_same_answer_again_is_nothing_again(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    apply(engine, resident, 2500)
    made.revenues.today = MONDAY
    sequence = made.night(SUNDAY)
    answer, replayed = made.deliver(sequence), made.deliver(sequence)
    made.take(answer, MONDAY)

    assert made.take(answer, MONDAY).again
    assert b",A,F02\r\n" in replayed
    assert made.take(replayed, MONDAY).again
    assert one_item(engine, resident).state == ItemState.APPLIED
    sound(engine)


def test_another_answer_to_the_same_file_is_refused(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    apply(engine, resident, 2500)
    made.revenues.today = MONDAY
    answer = made.deliver(made.night(SUNDAY))
    made.take(answer, MONDAY)
    other = answer.replace(b",A,D00,2500,", b",R,D01,0,").replace(b"2026-11-23,B", b",N")
    other = other.replace(b"T,000001,1,0,0,0,2500,0", b"T,000001,0,0,1,0,0,0")

    with pytest.raises(AnswerDiffers):
        made.take(other, MONDAY)


def test_an_answer_to_a_file_that_was_not_released_is_refused(engine: Engine) -> None:
    made = exchange(engine)
    apply(engine, household(made), 2500)
    made.revenues.today = MONDAY
    made.build(SUNDAY)

    with pytest.raises(AnswerDamaged) as caught:
        made.take(made.deliver(1), MONDAY)

    assert (caught.value.line, caught.value.field) == (1, "sequence")


def test_who_ended_their_link_has_the_items_of_a_refused_file_cancelled(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    apply(engine, resident, 2500)
    sequence = made.night(SUNDAY)
    with unit_of_work(engine) as session:
        end_link(session, resident_id=resident, occasion=made.at(MONDAY, 9))
    made.revenues.faults.misreads = lambda content: content.replace(b",2500,VOL", b",2600,VOL")

    made.take(made.deliver(sequence), MONDAY)

    assert one_item(engine, resident).state == ItemState.CANCELLED
    assert available(engine, resident) == 4000
    assert used(engine, resident) == (0, 0)
    sound(engine)
