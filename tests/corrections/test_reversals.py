"""A mistake is reversed whole, once, with reason and evidence; what may not be is refused, and nothing moved."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.book.errors import AlreadyReversed, CannotReverse
from ledger.book.models import Transaction
from ledger.corrections.errors import GivenBackBefore, LeftForCouncilTax, NotReversible, TwoOfficersNeeded
from ledger.corrections.queries import corrections_of, find_transaction, transaction_seen
from ledger.corrections.reversals import approve_reversal, reverse_transaction
from ledger.council_tax.batches import build_batch
from ledger.council_tax.item_queries import item_seen
from ledger.earning.models import Award
from ledger.errors import InvalidField, NotFound
from ledger.identifiers import to_text
from ledger.people.errors import OwnProposal, ProposalDiffers, ProposalNotApproved
from ledger.people.proposals import approve, proposal_called
from ledger.people.rules import Permission
from ledger.redemption.errors import AlreadyVoided, MoreThanTaken
from ledger.redemption.refunds import refund
from ledger.store import reading, run, unit_of_work
from ledger.wallets.queries import cap_used
from ledger.wallets.rules import Cap
from tests import factories
from tests.corrections.town import WHY, ask, faults, officers, takings, wallet
from tests.council_tax.town import SCHEME, apply, at, linked_resident
from tests.earning.test_award_races import at_once
from tests.factories import NOON, RULES
from tests.redemption.town import make_town, occasion_at

LOW = replace(RULES, reversal_alone=400)


def test_a_redemption_is_reversed_to_the_purses_it_came_from_and_counted_as_returned(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    taken = town.take(town.issue().token, 450)

    assert ask(engine, taken.transaction_id, people.maker) is None

    assert wallet(engine, town.resident_id) == 2000
    assert takings(engine, town.deli.merchant_id) == 0
    with reading(engine) as session:
        (correction,) = corrections_of(session, about=taken.transaction_id)
        seen = transaction_seen(session, transaction_id=correction.transaction_id)
    assert (correction.reason, correction.evidence, correction.checker_name) == (*WHY.values(), None)
    assert (correction.amount, seen.kind, seen.reverses) == (450, "reversal", taken.transaction_id)
    assert faults(engine) == []


def test_what_was_reversed_is_neither_reversed_voided_nor_refunded_again(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    taken = town.take(town.issue().token, 450)
    ask(engine, taken.transaction_id, people.maker)

    with pytest.raises((AlreadyReversed, GivenBackBefore)):
        ask(engine, taken.transaction_id, people.maker)
    with pytest.raises(MoreThanTaken):
        town.void(taken.reference)
    with reading(engine) as session:
        reversal = corrections_of(session, about=taken.transaction_id)[0].transaction_id
    with pytest.raises(NotReversible):
        ask(engine, reversal, people.maker)
    assert wallet(engine, town.resident_id) == 2000


def test_a_voided_redemption_and_one_refunded_in_part_are_not_reversed(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    voided = town.take(town.issue().token, 450)
    town.void(voided.reference)
    part = town.take(town.issue().token, 300)
    shop = town.deli.merchant_id
    run(engine, lambda s: refund(s, reference=part.reference, merchant_id=shop, amount=100, occasion=occasion_at(NOON)))

    with pytest.raises(AlreadyVoided):
        ask(engine, voided.transaction_id, people.maker)
    with pytest.raises(GivenBackBefore) as refusal:
        ask(engine, part.transaction_id, people.maker)
    assert refusal.value.left == 200
    assert faults(engine) == []


def test_credits_of_a_month_that_is_past_go_where_returns_go(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(1000, expires_on=date(2026, 11, 30))
    taken = town.take(town.issue().token, 450)
    december = factories.occasion_at(NOON + timedelta(days=10))

    run(
        engine,
        lambda session: reverse_transaction(
            session,
            transaction_id=taken.transaction_id,
            **WHY,
            officer_id=people.maker,
            rules=RULES,
            occasion=december,
        ),
    )

    assert town.purses() == {date(2026, 11, 30): 550, date(2027, 2, 28): 450}
    assert faults(engine) == []


def test_an_award_is_reversed_and_its_caps_are_given_back(engine: Engine) -> None:
    people = officers(engine)
    resident = run(engine, factories.resident)
    awarded = run(engine, lambda session: factories.awarded(session, resident_id=resident, amount=500))

    ask(engine, awarded.transaction_id, people.maker)

    assert wallet(engine, resident) == 0
    with reading(engine) as session:
        assert session.execute(select(Award.returned)).scalar_one() == 500
        assert cap_used(session, owner_id=resident, cap=Cap.EARNED_A_WEEK, day=NOON.date()) == 0
    assert faults(engine) == []


def test_an_award_whose_purse_is_spent_is_refused_with_what_could_be_taken_back(engine: Engine) -> None:
    people = officers(engine)
    town = make_town(engine)
    awarded = run(engine, lambda session: factories.awarded(session, resident_id=town.resident_id, amount=500))
    town.take(town.issue().token, 120)

    with pytest.raises(CannotReverse) as refusal:
        ask(engine, awarded.transaction_id, people.maker)

    assert refusal.value.reversible == 380
    assert wallet(engine, town.resident_id) == 380
    with reading(engine) as session:
        assert session.execute(select(Award.returned)).scalar_one() == 0
        assert cap_used(session, owner_id=town.resident_id, cap=Cap.EARNED_A_WEEK, day=NOON.date()) == 500


def test_what_left_for_council_tax_is_not_reversed_here(engine: Engine) -> None:
    people, resident = officers(engine), linked_resident(engine, 4000)
    applied = apply(engine, resident, 1000, at(2026, 11, 22, 12, 0))
    night = at(2026, 11, 23, 1, 30)
    with unit_of_work(engine) as session:
        build_batch(session, business_date=date(2026, 11, 22), scheme=SCHEME, rules=RULES, occasion=night)
    with reading(engine) as session:
        captured = item_seen(session, reference=applied.reference.lower()).item.transaction_id

    with pytest.raises(LeftForCouncilTax):
        ask(engine, captured, people.maker)


def test_over_the_limit_it_is_proposed_and_a_second_officer_does_it(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    taken = town.take(town.issue().token, 450)

    reference = ask(engine, taken.transaction_id, people.maker, rules=LOW)

    assert reference is not None
    assert wallet(engine, town.resident_id) == 1550
    with reading(engine) as session:
        proposal = proposal_called(session, reference=reference)
    assert proposal.content == {"transaction": to_text(taken.transaction_id), "amount": 450, **WHY}
    decide = {"proposal_id": proposal.id, "rules": LOW, "occasion": factories.occasion_at()}
    with pytest.raises(OwnProposal):
        run(engine, lambda session: approve_reversal(session, checker_id=people.maker, **decide))
    run(engine, lambda session: approve_reversal(session, checker_id=people.checker, **decide))
    assert wallet(engine, town.resident_id) == 2000
    with reading(engine) as session:
        assert corrections_of(session, about=taken.transaction_id)[0].checker_name is not None
    assert faults(engine) == []


def test_what_one_officer_reverses_in_a_day_is_summed(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    first, second, third = (town.take(town.issue().token, 250) for _ in range(3))
    another = run(engine, lambda session: factories.officer(session, Permission.REVERSE))

    assert ask(engine, first.transaction_id, people.maker, rules=LOW) is None
    reference = ask(engine, second.transaction_id, people.maker, rules=LOW)

    assert reference is not None
    assert wallet(engine, town.resident_id) == 1500
    assert ask(engine, second.transaction_id, another, rules=LOW) is None
    tomorrow = NOON + timedelta(days=1)
    assert ask(engine, third.transaction_id, people.maker, rules=LOW, at=tomorrow) is None
    assert wallet(engine, town.resident_id) == 2000
    assert faults(engine) == []


def test_reversals_at_once_by_one_officer_are_counted_one_after_another(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    taken = [town.take(town.issue().token, 150) for _ in range(6)]

    asked = at_once([lambda one=one: ask(engine, one.transaction_id, people.maker, rules=LOW) for one in taken])

    assert sum(reference is None for reference in asked) == 2
    assert wallet(engine, town.resident_id) == 2000 - 4 * 150
    assert faults(engine) == []


def test_over_the_limit_nobody_reverses_alone_nor_by_a_used_approval(engine: Engine) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    first, second = (town.take(town.issue().token, 450) for _ in range(2))

    def undo(transaction_id, proposal_id=None):
        return run(
            engine,
            lambda session: reverse_transaction(
                session,
                transaction_id=transaction_id,
                **WHY,
                officer_id=people.maker,
                rules=LOW,
                proposal_id=proposal_id,
                occasion=factories.occasion_at(),
            ),
        )

    with pytest.raises(TwoOfficersNeeded):
        undo(first.transaction_id)
    reference = ask(engine, first.transaction_id, people.maker, rules=LOW)
    with reading(engine) as session:
        proposal = proposal_called(session, reference=reference or "")
    with pytest.raises(ProposalNotApproved):
        undo(first.transaction_id, proposal.id)
    run(
        engine,
        lambda s: approve(s, proposal_id=proposal.id, checker_id=people.checker, occasion=factories.occasion_at()),
    )
    undo(first.transaction_id, proposal.id)
    with pytest.raises(ProposalDiffers):
        undo(second.transaction_id, proposal.id)


@pytest.mark.parametrize("change", [{"reason": " "}, {"evidence": ""}, {"reason": "x" * 501}, {"evidence": "a\0b"}])
def test_a_reversal_says_why_and_where_the_evidence_is(engine: Engine, change: dict[str, str]) -> None:
    town, people = make_town(engine), officers(engine)
    town.award(2000)
    taken = town.take(town.issue().token, 450)

    with pytest.raises(InvalidField):
        run(
            engine,
            lambda session: reverse_transaction(
                session,
                transaction_id=taken.transaction_id,
                **WHY | change,
                officer_id=people.maker,
                rules=RULES,
                occasion=factories.occasion_at(),
            ),
        )
    assert wallet(engine, town.resident_id) == 1550


def test_a_transaction_is_found_by_what_people_read_out(engine: Engine) -> None:
    town = make_town(engine)
    town.award(2000)
    taken = town.take(town.issue().token, 450)
    with reading(engine) as session:
        for text in (taken.reference, f" {taken.reference.lower()} ", to_text(taken.transaction_id).lower()):
            assert find_transaction(session, text=text) == taken.transaction_id
        for text in ("", "7K2M-9QF", "CT-7K2M-9QF", "x" * 26, "a\0b", "١٢٣٤٥٦٧"):
            with pytest.raises(NotFound):
                find_transaction(session, text=text)


def test_a_funded_budget_is_reversed_as_far_as_it_still_stands(engine: Engine) -> None:
    people = officers(engine)
    programme = run(engine, lambda session: factories.programme(session, budget=5000))
    with reading(engine) as session:
        funded = session.execute(select(Transaction.id).where(Transaction.kind == "fund")).scalar_one()
    organiser = run(engine, factories.organiser)
    run(
        engine,
        lambda s: factories.allowance(s, programme_id=programme, organiser_id=organiser.id, amount=2000),
    )

    with pytest.raises(CannotReverse) as refusal:
        ask(engine, funded, people.maker)

    assert refusal.value.reversible == 3000
