"""What the revenues system answers is done once: applied, returned to the same purses, deferred, or held again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.check_books import check_books
from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers, OverReversed
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.operations import cancel_item, end_link
from ledger.council_tax.queries import item, items_of, use_this_year
from ledger.council_tax.reversing import ask_reversal, cancel_reversal
from ledger.council_tax.rules import BatchState, ItemState, Reason
from ledger.council_tax.views import ItemView
from ledger.errors import MoveRefused, NotAllowed
from ledger.store import reading, unit_of_work
from ledger.wallets.queries import wallet_of
from tests import factories
from tests.council_tax.town import JANUARY, MARCH, RULES, apply, at, available, freeze_purses, held, link, resident_with
from tests.revenues.town import Exchange, exchange, household, open_account

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


def one_item(engine: Engine, resident) -> ItemView:
    with reading(engine) as session:
        return items_of(session, resident_id=resident)[0]


def sound(engine: Engine) -> None:
    with reading(engine) as session:
        assert check_books(session) == []


def reverse(made: Exchange, reference: str, amount: int, reason: Reason = Reason.ORGANISER_ERROR) -> str:
    with unit_of_work(made.engine) as session:
        return ask_reversal(
            session,
            reference=reference,
            amount=amount,
            reason=reason,
            why="The session was counted twice.",
            officer_id=made.first,
            rules=RULES,
            occasion=made.at(MONDAY, 12),
        )


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


def test_what_is_taken_back_later_returns_in_parts(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.whole_night(SUNDAY)
    txn_id = next(iter(made.revenues.posted))
    made.revenues.take_back(txn_id, "C02", 900)

    changes = made.revenues.tell_changes()
    assert made.take(changes, MONDAY).returned == 900
    assert made.take(changes, MONDAY).again
    with reading(engine) as session:
        view = item(session, reference=applied.reference, resident_id=resident)
    assert (view.state, view.returned) == (ItemState.APPLIED, 900)
    assert used(engine, resident) == (1600, 1600)

    made.revenues.take_back(txn_id, "C01", 1000)
    made.revenues.take_back(txn_id, "C01", 600)
    made.take(made.revenues.tell_changes(), MONDAY)

    assert one_item(engine, resident).state == ItemState.CLAWED_BACK
    assert available(engine, resident) == 4000
    sound(engine)


def test_changes_come_without_a_gap_and_take_back_no_more_than_was_applied(engine: Engine) -> None:
    made = exchange(engine)
    apply(engine, household(made), 2500)
    made.whole_night(SUNDAY)
    txn_id = next(iter(made.revenues.posted))
    made.revenues.changes.append((txn_id, "C04", 2501, MONDAY))
    with pytest.raises(AnswerDamaged, match="more than the 2500 left"):
        made.take(made.revenues.tell_changes(), MONDAY)

    with pytest.raises(AnswerDamaged, match="is not 000001"):
        made.take(made.revenues.tell_changes(), MONDAY)
    sound(engine)


def test_a_reversal_leaves_in_the_next_file_and_posts_on_its_answer(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.whole_night(SUNDAY)

    part = reverse(made, applied.reference, 1000)
    with pytest.raises(OverReversed) as caught:
        reverse(made, applied.reference, 1501)
    assert caught.value.left == 1500
    assert available(engine, resident) == 1500
    taken = made.whole_night(MONDAY)

    assert (taken.applied, taken.returned) == (0, 1000)
    assert f",PRV,{next(iter(made.revenues.results.keys() - {next(iter(made.revenues.posted))}))}," in (
        made.content(2).decode()
    )
    assert available(engine, resident) == 2500
    with reading(engine) as session:
        state = select(CouncilTaxItem.state).where(CouncilTaxItem.reference == part)
        assert session.execute(state).scalar_one() == ItemState.APPLIED
        assert item(session, reference=applied.reference, resident_id=resident).returned == 1000
    sound(engine)
    reverse(made, applied.reference, 1500, Reason.FRAUD)
    made.whole_night(TUESDAY)
    assert b",REV," in made.content(3)
    with reading(engine) as session:
        assert item(session, reference=applied.reference, resident_id=resident).state == ItemState.CLAWED_BACK
    assert made.revenues.reduced() == 0
    sound(engine)


def test_a_reversal_of_what_the_revenues_system_does_not_know_changes_nothing(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.whole_night(SUNDAY)
    made.revenues.posted.clear()

    reverse(made, applied.reference, 2500)
    made.whole_night(MONDAY)

    with reading(engine) as session:
        assert item(session, reference=applied.reference, resident_id=resident).state == ItemState.APPLIED
    assert available(engine, resident) == 1500
    sound(engine)


def test_only_who_may_reverse_asks_for_it_and_only_of_what_is_applied(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    with pytest.raises(MoveRefused):
        reverse(made, applied.reference, 2500)
    made.whole_night(SUNDAY)
    with unit_of_work(engine) as session:
        made.first = factories.officer(session)

    with pytest.raises(NotAllowed):
        reverse(made, applied.reference, 2500)


def test_a_reversal_that_has_not_left_is_cancelled(engine: Engine) -> None:
    made = exchange(engine)
    applied = apply(engine, household(made), 2500)
    made.whole_night(SUNDAY)
    asked = reverse(made, applied.reference, 2500)

    with unit_of_work(engine) as session:
        cancel_reversal(session, reference=asked, officer_id=made.first, occasion=made.at(MONDAY, 13))

    assert made.whole_night(MONDAY).lines == 0
    assert reverse(made, applied.reference, 2500)
    sound(engine)


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


def test_ending_a_link_leaves_a_reversal_that_an_officer_asked_for(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.whole_night(SUNDAY)
    reverse(made, applied.reference, 2500)

    with unit_of_work(engine) as session:
        end_link(session, resident_id=resident, occasion=made.at(MONDAY, 13))

    assert made.whole_night(MONDAY).returned == 2500
    assert [view.reference for view in items(engine, resident)] == [applied.reference]
    sound(engine)


def items(engine: Engine, resident) -> list[ItemView]:
    with reading(engine) as session:
        return items_of(session, resident_id=resident)
