"""What was applied is taken back: by the revenues system later, or because an officer asks for a reversal."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.book.models import Transaction
from ledger.corrections import reversals as corrections
from ledger.council_tax.errors import AnswerDamaged, OverReversed
from ledger.council_tax.item_queries import item_seen
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.operations import end_link
from ledger.council_tax.queries import item, items_of
from ledger.council_tax.reversing import ReversalAsked, approve_reversal, ask_reversal, cancel_reversal
from ledger.council_tax.rules import ItemState, Reason
from ledger.council_tax.views import ItemSeen, ItemView
from ledger.errors import MoveRefused, NotAllowed
from ledger.people.errors import OwnProposal
from ledger.people.proposals import proposal_called
from ledger.people.rules import Permission
from ledger.store import reading, unit_of_work
from tests import factories
from tests.council_tax.test_answers import one_item, sound, used
from tests.council_tax.town import RULES, apply, available, held
from tests.earning.test_award_races import at_once
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


def reverse(made: Exchange, reference: str, amount: int, reason: Reason = Reason.ORGANISER_ERROR) -> str:
    return ask(made, reference, amount, reason=reason).item or ""


def ask(made: Exchange, reference: str, amount: int, *, reason=Reason.ORGANISER_ERROR, rules=RULES) -> ReversalAsked:
    with unit_of_work(made.engine) as session:
        return ask_reversal(
            session,
            reference=reference,
            amount=amount,
            reason=reason,
            why="The session was counted twice.",
            officer_id=made.first,
            rules=rules,
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


def test_what_is_taken_back_later_leaves_alone_what_waits_for_its_night(engine: Engine) -> None:
    made = exchange(engine)
    apply(engine, household(made), 2500)
    made.whole_night(SUNDAY)
    neighbour = household(made, "20005678")
    apply(engine, neighbour, 1500)
    made.revenues.take_back(next(iter(made.revenues.posted)), "C02", 900)

    assert made.take(made.revenues.tell_changes(), MONDAY).returned == 900

    assert (one_item(engine, neighbour).state, held(engine, neighbour)) == (ItemState.HELD, 1500)
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


def test_past_what_one_officer_takes_back_in_a_day_it_is_proposed_and_leaves_once_approved(engine: Engine) -> None:
    made = exchange(engine)
    resident = household(made)
    applied = apply(engine, resident, 2500)
    made.whole_night(SUNDAY)
    low = replace(RULES, reversal_alone=1000)
    assert ask(made, applied.reference, 600, rules=low).item
    asked = ask(made, applied.reference, 401, rules=low)
    assert asked.item is None

    assert made.whole_night(MONDAY).returned == 600
    with pytest.raises(OwnProposal):
        decide(made, asked, made.first, low)
    reference = decide(made, asked, checker(engine), low)
    assert [view.amount for view in seen(engine, applied.reference).reversals] == [401, 600]
    assert seen(engine, reference).why == "The session was counted twice."
    assert made.whole_night(TUESDAY).returned == 401
    assert available(engine, resident) == 2501
    sound(engine)


def test_corrections_and_items_count_against_one_limit(engine: Engine) -> None:
    made = exchange(engine)
    applied = apply(engine, household(made), 2500)
    made.whole_night(SUNDAY)
    low = replace(RULES, reversal_alone=1000)
    with unit_of_work(engine) as session:
        occasion = made.at(MONDAY, 11)
        factories.programme(session, budget=700, occasion=occasion)
        funded = select(Transaction.id).where(Transaction.kind == "fund").order_by(Transaction.posted_at.desc())
        why = {"reason": "Twice", "evidence": "case 2026-114", "officer_id": made.first, "rules": low}
        newest = session.execute(funded.limit(1)).scalar_one()
        assert corrections.ask_reversal(session, transaction_id=newest, **why, occasion=occasion) is None
    assert ask(made, applied.reference, 301, rules=low).proposal
    assert ask(made, applied.reference, 300, rules=low).item


def test_what_was_proposed_is_checked_again_when_it_is_approved(engine: Engine) -> None:
    made = exchange(engine)
    applied = apply(engine, household(made), 2500)
    made.whole_night(SUNDAY)
    low = replace(RULES, reversal_alone=1000)
    first, second = (ask(made, applied.reference, amount, rules=low) for amount in (1500, 1001))
    by = checker(engine)

    decide(made, first, by, low)
    with pytest.raises(OverReversed) as caught:
        decide(made, second, by, low)
    with pytest.raises(MoveRefused):
        decide(made, first, by, low)

    assert caught.value.left == 1000
    assert [view.amount for view in seen(engine, applied.reference).reversals] == [1500]
    sound(engine)


def test_claw_backs_at_once_by_one_officer_are_counted_one_after_another(engine: Engine) -> None:
    made = exchange(engine)
    applied = apply(engine, household(made), 2500)
    made.whole_night(SUNDAY)
    low = replace(RULES, reversal_alone=1000)

    asked = at_once([lambda: ask(made, applied.reference, 400, rules=low)] * 5)

    assert sum(one.item is not None for one in asked) == 2
    assert [view.amount for view in seen(engine, applied.reference).reversals] == [400, 400]


def checker(engine: Engine):
    with unit_of_work(engine) as session:
        return factories.officer(session, Permission.APPROVE)


def decide(made: Exchange, asked: ReversalAsked, checker_id, rules) -> str:
    with unit_of_work(made.engine) as session:
        return approve_reversal(
            session,
            proposal_id=proposal_called(session, reference=asked.proposal or "").id,
            checker_id=checker_id,
            rules=rules,
            occasion=made.at(TUESDAY, 12),
        )


def seen(engine: Engine, reference: str) -> ItemSeen:
    with reading(engine) as session:
        return item_seen(session, reference=reference)
