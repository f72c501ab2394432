"""What was applied is taken back: by the revenues system later, or because an officer asks for a reversal."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.council_tax.errors import AnswerDamaged, OverReversed
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.operations import end_link
from ledger.council_tax.queries import item, items_of
from ledger.council_tax.reversing import ask_reversal, cancel_reversal
from ledger.council_tax.rules import ItemState, Reason
from ledger.council_tax.views import ItemView
from ledger.errors import MoveRefused, NotAllowed
from ledger.store import reading, unit_of_work
from tests import factories
from tests.council_tax.test_answers import one_item, sound, used
from tests.council_tax.town import RULES, apply, available
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


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
