"""Programmes: budgets come into being by a decision, and go to organisers by one person or by two."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.book.errors import InsufficientCredits
from ledger.book.queries import trial_balance
from ledger.earning import programmes, queries
from ledger.earning.errors import DecisionUsed, ProgrammeNotOpen, TwoPeopleNeeded
from ledger.earning.rules import allotment_content
from ledger.errors import InvalidField, MoveRefused, NotFound
from ledger.people import proposals
from ledger.people.errors import OwnProposal, ProposalDiffers, ProposalNotApproved
from ledger.people.models import Proposal
from ledger.people.rules import Permission
from ledger.store import reading, unit_of_work
from tests import factories
from tests.factories import RULES, occasion_at


def allot(
    session: Session,
    programme: UUID,
    organiser: UUID,
    amount: int,
    proposal_id: UUID | None = None,
    purpose: str = "Beans",
) -> UUID:
    """Allot by the rules of the scheme, each time by another officer."""
    return programmes.allot(
        session,
        programme_id=programme,
        organiser_id=organiser,
        amount=amount,
        purpose=purpose,
        officer_id=occasion_at().new_id(),
        rules=RULES,
        proposal_id=proposal_id,
        occasion=occasion_at(),
    )


def approver(session: Session) -> UUID:
    """A second officer, who may approve."""
    return factories.officer(session, Permission.APPROVE)


def proposed(session: Session, programme: UUID, organiser: UUID, amount: int, *, approved: bool = True) -> UUID:
    """A proposal to allot for beans, approved by a second officer."""
    content = allotment_content(programme_id=programme, organiser_id=organiser, amount=amount, purpose="Beans")
    maker = factories.officer(session)
    proposal = proposals.propose(session, kind="allotment", content=content, maker_id=maker, occasion=occasion_at())
    if approved:
        checker = approver(session)
        proposals.approve(session, proposal_id=proposal.id, checker_id=checker, occasion=occasion_at())
    return proposal.id


@pytest.fixture
def town(engine: Engine) -> tuple[UUID, UUID]:
    """A programme with a budget of 1,000.00, and an organiser."""
    with unit_of_work(engine) as session:
        return factories.programme(session, budget=100_000), factories.organiser(session).id


def left(engine: Engine, programme: UUID) -> tuple[int, int, int]:
    """A programme's budget, what of it is allotted, and what is left."""
    with reading(engine) as session:
        view = queries.programme(session, programme_id=programme)
    return view.budget, view.allotted, view.left


def test_a_funded_programme_has_its_budget(engine: Engine, town: tuple[UUID, UUID]) -> None:
    assert left(engine, town[0]) == (100_000, 0, 100_000)


def test_what_is_funded_came_from_issuance_and_the_books_balance(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with reading(engine) as session:
        lines = {line.kind: line.balance for line in trial_balance(session.connection())}
    assert lines == {"issuance": -100_000, "budget": 100_000}


@pytest.mark.parametrize("amount", [0, -1, -100_000, True, 10**12 + 1])
def test_nothing_and_less_than_nothing_cannot_be_funded(engine: Engine, town: tuple[UUID, UUID], amount: int) -> None:
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        programmes.fund(
            session, programme_id=town[0], amount=amount, decision_reference="OMD-1", occasion=occasion_at()
        )
    assert left(engine, town[0])[0] == 100_000


def test_funding_cites_a_decision(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        programmes.fund(session, programme_id=town[0], amount=1, decision_reference=" ", occasion=occasion_at())


def test_a_decision_opens_one_programme(engine: Engine) -> None:
    def open_one() -> None:
        with unit_of_work(engine) as session:
            programmes.open_programme(
                session,
                name="Growing",
                decision_reference="OMD-2026-114",
                starts_on=date(2026, 4, 1),
                ends_on=date(2027, 3, 31),
                occasion=occasion_at(),
            )

    open_one()
    with pytest.raises(DecisionUsed):
        open_one()


def test_a_programme_does_not_end_before_it_starts(engine: Engine) -> None:
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        factories.programme(session, starts_on=date(2026, 4, 2), ends_on=date(2026, 4, 1))


def test_one_person_allots_up_to_five_hundred(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        allot(session, *town, 50_000)
    assert left(engine, town[0]) == (100_000, 50_000, 50_000)


def test_a_hundredth_over_five_hundred_needs_two_people(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with pytest.raises(TwoPeopleNeeded) as refused, unit_of_work(engine) as session:
        allot(session, *town, 50_001)
    assert (refused.value.amount, refused.value.limit) == (50_001, 50_000)
    assert left(engine, town[0])[1] == 0


def test_two_people_allot_more(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        allot(session, *town, 80_000, proposed(session, *town, 80_000))
    assert left(engine, town[0])[1] == 80_000


def test_an_approval_is_used_once(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        proposal = proposed(session, *town, 50_001 - 1_000)
        allot(session, *town, 49_001, proposal)
    with pytest.raises(ProposalNotApproved), unit_of_work(engine) as session:
        allot(session, *town, 49_001, proposal)
    assert left(engine, town[0])[1] == 49_001


def test_what_nobody_approved_is_refused(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with pytest.raises(ProposalNotApproved), unit_of_work(engine) as session:
        allot(session, *town, 60_000, proposed(session, *town, 60_000, approved=False))


def test_another_amount_or_purpose_or_organiser_than_was_approved_is_refused(
    engine: Engine, town: tuple[UUID, UUID]
) -> None:
    with unit_of_work(engine) as session:
        proposal, other = proposed(session, *town, 60_000), factories.organiser(session).id
    for organiser, amount, purpose in ((town[1], 60_001, "Beans"), (town[1], 60_000, "Peas"), (other, 60_000, "Beans")):
        with pytest.raises(ProposalDiffers), unit_of_work(engine) as session:
            allot(session, town[0], organiser, amount, proposal, purpose)
    assert left(engine, town[0])[1] == 0


def test_what_was_proposed_cannot_be_tampered_with_before_it_is_approved(
    engine: Engine, town: tuple[UUID, UUID]
) -> None:
    with unit_of_work(engine) as session:
        proposal, checker = proposed(session, *town, 60_000, approved=False), approver(session)
    content = allotment_content(programme_id=town[0], organiser_id=town[1], amount=90_000, purpose="Beans")
    with pytest.raises(DBAPIError), unit_of_work(engine) as session:
        session.execute(update(Proposal).where(Proposal.id == proposal).values(content=content))
    with unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=proposal, checker_id=checker, rules=RULES, occasion=occasion_at()
        )
    assert left(engine, town[0])[1] == 60_000


def test_approving_an_allotment_makes_it(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        factories.allowance(session, programme_id=town[0], organiser_id=town[1], amount=70_000)
    with reading(engine) as session:
        (allowance,) = queries.organiser_allowances(session, organiser_id=town[1])
    assert (allowance.allotted, allowance.awarded, allowance.left) == (70_000, 0, 70_000)


def test_an_allotment_is_approved_once_and_never_by_its_maker(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        proposal, checker = proposed(session, *town, 60_000, approved=False), approver(session)
        maker = proposals.proposal(session, proposal_id=proposal).maker_id
    with pytest.raises(OwnProposal), unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=proposal, checker_id=maker, rules=RULES, occasion=occasion_at()
        )
    with unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=proposal, checker_id=checker, rules=RULES, occasion=occasion_at()
        )
    with pytest.raises(MoveRefused), unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=proposal, checker_id=checker, rules=RULES, occasion=occasion_at()
        )
    assert left(engine, town[0])[1] == 60_000


def test_an_approval_the_budget_cannot_bear_leaves_the_proposal_undecided(
    engine: Engine, town: tuple[UUID, UUID]
) -> None:
    with unit_of_work(engine) as session:
        proposal, checker = proposed(session, *town, 100_001, approved=False), approver(session)
    with pytest.raises(InsufficientCredits), unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=proposal, checker_id=checker, rules=RULES, occasion=occasion_at()
        )
    with reading(engine) as session:
        assert proposals.proposal(session, proposal_id=proposal).state == "proposed"


def test_a_proposal_of_another_kind_is_no_allotment(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        maker, checker = approver(session), factories.officer(session)
        other = proposals.propose(
            session, kind="bank_details", content={"amount": 1}, maker_id=maker, occasion=occasion_at()
        )
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        programmes.approve_allotment(
            session, proposal_id=other.id, checker_id=checker, rules=RULES, occasion=occasion_at()
        )


def test_a_budget_never_goes_below_nothing(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with unit_of_work(engine) as session:
        allot(session, *town, 50_000)
        allot(session, *town, 49_999)
    with pytest.raises(InsufficientCredits) as refused, unit_of_work(engine) as session:
        allot(session, *town, 2)
    assert (refused.value.available, refused.value.needed) == (1, 2)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_cannot_be_allotted(engine: Engine, town: tuple[UUID, UUID], amount: int) -> None:
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        allot(session, *town, amount)


def test_a_shop_gets_no_allowance(engine: Engine, town: tuple[UUID, UUID]) -> None:
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        allot(session, town[0], factories.merchant(session).id, 100)


def test_a_closed_programme_is_neither_funded_nor_allotted(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme = factories.programme(session, ends_on=date(2026, 11, 30))
        organiser = factories.organiser(session).id
    late = occasion_at(datetime(2026, 12, 15, 12, tzinfo=UTC))
    with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
        programmes.fund(session, programme_id=programme, amount=1, decision_reference="OMD-1", occasion=late)
    with pytest.raises(ProgrammeNotOpen), unit_of_work(engine) as session:
        programmes.allot(
            session,
            programme_id=programme,
            organiser_id=organiser,
            amount=1,
            purpose="Beans",
            officer_id=late.new_id(),
            rules=RULES,
            occasion=late,
        )


def test_the_list_says_what_was_awarded_of_what_was_allotted(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        factories.awarded(session, resident_id=factories.resident(session), amount=500)
    with reading(engine) as session:
        (view,) = queries.programmes(session, today=factories.NOON.date())
        (allowance,) = queries.programme_allowances(session, programme_id=view.id)
    assert (view.budget, view.allotted, view.awarded, view.state) == (500, 500, 500, "open")
    assert (allowance.allotted, allowance.left) == (500, 0)
