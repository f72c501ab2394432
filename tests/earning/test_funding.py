"""What brings credits into being: one officer up to a limit in a day, two past it, and never past the ceiling."""

from functools import partial

import pytest
from sqlalchemy import Engine

from ledger.earning.ceilings import set_ceiling
from ledger.earning.errors import CeilingPassed, ProgrammeNotOpen
from ledger.earning.funding import approve_funding, ask_funding
from ledger.earning.programmes import fund
from ledger.earning.queries import programme
from ledger.errors import InvalidField, NotFound
from ledger.people.errors import OwnProposal, ProposalDiffers, ProposalNotApproved
from ledger.people.proposals import approve, proposal_called
from ledger.people.rules import Permission
from ledger.store import reading, run
from tests import factories
from tests.earning.test_award_races import at_once
from tests.factories import RULES, occasion_at


@pytest.fixture
def programme_id(engine: Engine):
    """A programme without a ceiling and with no budget."""
    return run(engine, partial(factories.programme, budget=0))


def officer(engine: Engine, *permissions: Permission):
    """An officer with these permissions."""
    return run(engine, lambda session: factories.officer(session, *permissions))


def ask(engine: Engine, programme_id, officer_id, amount, *, decision="OMD-1", occasion=None):
    """An officer asks for credits for a programme; the proposal's reference, or None."""
    work = partial(
        ask_funding,
        programme_id=programme_id,
        amount=amount,
        decision_reference=decision,
        officer_id=officer_id,
        rules=RULES,
        occasion=occasion or occasion_at(),
    )
    return run(engine, work)


def decide(engine: Engine, reference, checker_id):
    """Another officer approves it."""
    with reading(engine) as session:
        proposal_id = proposal_called(session, reference=reference).id
    return run(engine, partial(approve_funding, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion_at()))


def budget(engine: Engine, programme_id):
    """What a programme was funded with, minor units."""
    with reading(engine) as session:
        return programme(session, programme_id=programme_id).budget


def test_one_officer_funds_up_to_the_limit_in_a_day_and_two_past_it(engine: Engine, programme_id) -> None:
    maker, checker = officer(engine, Permission.AWARD), officer(engine, Permission.APPROVE)
    assert [ask(engine, programme_id, maker, amount) for amount in (30_000, 20_000)] == [None, None]
    reference = ask(engine, programme_id, maker, 1)
    assert budget(engine, programme_id) == 50_000
    with pytest.raises(OwnProposal):
        decide(engine, reference, maker)
    decide(engine, reference, checker)
    assert budget(engine, programme_id) == 50_001
    large = ask(engine, programme_id, officer(engine, Permission.AWARD), 50_001, decision=" OMD-2 ")
    decide(engine, large, checker)
    assert budget(engine, programme_id) == 100_002


def test_eight_at_once_by_one_officer_are_counted_one_after_another(engine: Engine) -> None:
    maker = officer(engine, Permission.AWARD)
    programmes = [run(engine, partial(factories.programme, budget=0)) for _ in range(8)]
    asked = at_once([partial(ask, engine, one, maker, 20_000) for one in programmes])
    assert sum(reference is None for reference in asked) == 2
    assert sum(budget(engine, one) for one in programmes) == 40_000


def test_past_the_ceiling_nothing_is_proposed_nor_made(engine: Engine, programme_id) -> None:
    maker, checker = officer(engine, Permission.AWARD), officer(engine, Permission.APPROVE)
    ceiling = partial(
        set_ceiling, programme_id=programme_id, amount=60_000, decision_reference="OMD-1", occasion=occasion_at()
    )
    run(engine, ceiling)
    with pytest.raises(CeilingPassed):
        ask(engine, programme_id, maker, 60_001)
    reference = ask(engine, programme_id, maker, 60_000)
    assert ask(engine, programme_id, maker, 1) is None
    with pytest.raises(CeilingPassed):
        decide(engine, reference, checker)
    assert budget(engine, programme_id) == 1
    with reading(engine) as session:
        assert proposal_called(session, reference=reference).state == "proposed"


def test_an_approval_is_used_once_and_for_what_it_says(engine: Engine, programme_id) -> None:
    maker, checker = officer(engine, Permission.AWARD), officer(engine, Permission.APPROVE)
    reference = ask(engine, programme_id, maker, 60_000)
    with reading(engine) as session:
        proposal_id = proposal_called(session, reference=reference).id
    by_two = partial(fund, programme_id=programme_id, proposal_id=proposal_id, occasion=occasion_at())
    with pytest.raises(ProposalNotApproved):
        run(engine, partial(by_two, amount=60_000, decision_reference="OMD-1"))
    run(engine, partial(approve, proposal_id=proposal_id, checker_id=checker, occasion=occasion_at()))
    for amount, decision in ((60_001, "OMD-1"), (60_000, "OMD-2")):
        with pytest.raises(ProposalDiffers):
            run(engine, partial(by_two, amount=amount, decision_reference=decision))
    run(engine, partial(by_two, amount=60_000, decision_reference="OMD-1"))
    with pytest.raises(ProposalNotApproved):
        run(engine, partial(by_two, amount=60_000, decision_reference="OMD-1"))
    assert budget(engine, programme_id) == 60_000


def test_what_cannot_be_funded_is_refused_before_anybody_decides(engine: Engine, programme_id) -> None:
    maker = officer(engine, Permission.AWARD)
    with pytest.raises(InvalidField):
        ask(engine, programme_id, maker, 60_000, decision=" ")
    with pytest.raises(InvalidField):
        ask(engine, programme_id, maker, 0)
    with pytest.raises(NotFound):
        ask(engine, maker, maker, 60_000)
    with pytest.raises(ProgrammeNotOpen):
        ask(engine, programme_id, maker, 60_000, occasion=occasion_at(factories.NOON.replace(year=2031)))


def test_a_proposal_of_another_kind_is_no_funding(engine: Engine, programme_id) -> None:
    maker, checker = officer(engine, Permission.AWARD), officer(engine, Permission.APPROVE)
    propose = partial(
        factories.proposals.propose, kind="allotment", content={"amount": 1}, maker_id=maker, occasion=occasion_at()
    )
    with pytest.raises(NotFound):
        decide(engine, run(engine, propose).reference, checker)
