"""AZ-04: who decides: another person, with the right at that moment, whom the maker did not just make an approver."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update

from ledger.errors import LedgerError, MoveRefused, NotAllowed, NotFound
from ledger.occasion import Occasion
from ledger.people import officers, proposals, register
from ledger.people.checkers import named_actor, same_person
from ledger.people.errors import ApproverMadeByMaker, OwnProposal, ProposalNotApproved
from ledger.people.models import Officer
from ledger.people.rules import Permission, ProposalState
from ledger.store import reading, unit_of_work
from tests.people import town
from tests.people.test_proposals import CONTENT, approve, propose, send_back, together, use, view
from tests.people.town import later


@pytest.fixture
def maker(engine: Engine, occasion: Occasion) -> UUID:
    """An officer who proposes, and could decide too."""
    return town.officer(engine, occasion, "maker@example.org", Permission.APPROVE, Permission.ADMINISTER).id


@pytest.fixture
def checker(engine: Engine, occasion: Occasion) -> UUID:
    """Another, who decides."""
    return town.officer(engine, occasion, "checker@example.org", Permission.APPROVE, Permission.ADMINISTER).id


@pytest.fixture
def made(engine: Engine, occasion: Occasion, maker: UUID) -> UUID:
    """A proposal that waits."""
    return propose(engine, occasion, maker)


def end(engine: Engine, occasion: Occasion, officer_id: UUID, permission: Permission = Permission.APPROVE) -> None:
    """Take a right away."""
    with unit_of_work(engine) as session:
        register.end_permission(session, officer_id=officer_id, permission=permission, occasion=occasion)


def refused(engine: Engine, occasion: Occasion, made: UUID, checker: UUID, refusal: type[LedgerError]) -> None:
    """Neither decision is this officer's to make, and the proposal stands as it did."""
    for decide in (approve, send_back):
        with pytest.raises(refusal):
            decide(engine, occasion, made, checker)
    assert view(engine, made).state == ProposalState.PROPOSED


def test_az_04_a_second_login_of_the_makers_mailbox_is_the_maker(
    engine: Engine, occasion: Occasion, made: UUID
) -> None:
    second = town.officer(engine, occasion, "maker+two@example.org", Permission.APPROVE).id
    refused(engine, occasion, made, second, OwnProposal)


def test_az_04_a_second_login_with_the_makers_app_is_the_maker(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    with unit_of_work(engine) as session:
        own = session.execute(select(Officer.totp_digest).where(Officer.id == maker)).scalar_one()
        session.execute(update(Officer).where(Officer.id == checker).values(totp_digest=own))
    refused(engine, occasion, made, checker, OwnProposal)


def test_an_app_that_was_set_up_before_is_known_once_its_digits_are_entered(engine: Engine, occasion: Occasion) -> None:
    first = town.officer(engine, occasion, "first@example.org")
    other = town.officer(engine, occasion, "second@example.org")
    with reading(engine) as session:
        sealed = session.execute(select(Officer.totp_secret).where(Officer.id == first.id)).scalar_one()
    copied = update(Officer).where(Officer.id == other.id).values(totp_secret=sealed, totp_digest=None)
    with unit_of_work(engine) as session:
        session.execute(copied)
        assert same_person(session, officer_id=first.id) == {first.id}
    request = town.ask(engine, later(occasion), town.Realm.OFFICE, "second@example.org")
    town.confirm(engine, occasion, request, town.sent_digits(engine))
    town.confirm_totp(engine, occasion, request, town.app_digits(first, occasion))
    with reading(engine) as session:
        assert same_person(session, officer_id=first.id) == {first.id, other.id}


def test_az_04_the_right_is_checked_at_that_moment(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    end(engine, occasion, checker)
    refused(engine, occasion, made, checker, NotAllowed)


def test_who_left_decides_nothing(engine: Engine, occasion: Occasion, made: UUID, checker: UUID) -> None:
    with unit_of_work(engine) as session:
        officers.leave(session, officer_id=checker, occasion=occasion)
    refused(engine, occasion, made, checker, NotAllowed)


@pytest.mark.parametrize("maker_granted_it", [True, False])
def test_az_04_an_approver_of_the_makers_own_making_waits_a_day(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID, maker_granted_it: bool
) -> None:
    """Whether the maker asked for the grant, or agreed to it."""
    new = town.officer(engine, occasion, "new@example.org").id
    asks, agrees = (maker, checker) if maker_granted_it else (checker, maker)
    with unit_of_work(engine) as session:
        reference = officers.ask_grant(
            session,
            officer_id=new,
            permission=Permission.APPROVE,
            reason="Maternity cover",
            maker_id=asks,
            occasion=later(occasion),
        )
        grant = proposals.proposal_called(session, reference=reference)
        officers.approve_grant(session, proposal_id=grant.id, checker_id=agrees, occasion=later(occasion))
    refused(engine, later(occasion, hours=23, minutes=59), made, new, ApproverMadeByMaker)
    approve(engine, later(occasion, hours=24), made, new)


def test_an_approver_whom_others_made_decides_at_once(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    new = town.officer(engine, occasion, "new@example.org").id
    with unit_of_work(engine) as session:
        register.grant_permission(
            session,
            officer_id=new,
            permission=Permission.APPROVE,
            granted_by=named_actor(checker),
            occasion=later(occasion),
        )
    approve(engine, occasion, made, new)


def test_az_04_an_edit_voids_the_approval(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    approve(engine, occasion, made, checker)
    changed = {**CONTENT, "amount": 90000}
    with unit_of_work(engine) as session:
        proposals.withdraw(session, proposal_id=made, maker_id=maker, occasion=later(occasion))
        new = proposals.propose(session, kind="allotment", content=changed, maker_id=maker, occasion=later(occasion))
    with pytest.raises(ProposalNotApproved) as why:
        use(engine, occasion, made)
    assert why.value.state == ProposalState.VOID
    with pytest.raises(ProposalNotApproved):
        use(engine, occasion, new.id, content=changed)
    approve(engine, occasion, new.id, checker)
    use(engine, occasion, new.id, content=changed)


def test_what_was_taken_back_waits_for_nobody(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        proposals.withdraw(session, proposal_id=made, maker_id=checker, occasion=occasion)
    with unit_of_work(engine) as session:
        proposals.withdraw(session, proposal_id=made, maker_id=maker, occasion=occasion)
        assert proposals.count_waiting(session, for_officer=checker) == 0
        assert proposals.own_proposals_waiting(session, officer_id=maker) == []
    for again in (approve, send_back):
        with pytest.raises(MoveRefused):
            again(engine, occasion, made, checker)
    assert (view(engine, made).state, view(engine, made).voided_because) == (ProposalState.VOID, "taken back")


def test_az_08_ending_a_makers_right_voids_what_they_proposed(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    approved = propose(engine, occasion, maker)
    approve(engine, occasion, approved, checker)
    end(engine, occasion, maker, Permission.ADMINISTER)
    assert {view(engine, one).state for one in (made, approved)} == {ProposalState.VOID}
    with pytest.raises(ProposalNotApproved):
        use(engine, occasion, approved)


def test_az_08_ending_an_approvers_right_voids_what_they_approved_and_nobody_has_used(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    used, approved = propose(engine, occasion, maker), propose(engine, occasion, maker)
    for one in (used, approved):
        approve(engine, occasion, one, checker)
    use(engine, occasion, used)
    end(engine, later(occasion, minutes=1), checker, Permission.ADMINISTER)
    assert view(engine, approved).state == ProposalState.APPROVED
    end(engine, later(occasion, minutes=2), checker)
    assert view(engine, used).state == ProposalState.USED
    assert view(engine, made).state == ProposalState.PROPOSED
    with pytest.raises(ProposalNotApproved):
        use(engine, occasion, approved)


def test_of_a_decision_and_the_end_of_the_right_to_it_one_is_first(
    engine: Engine, occasion: Occasion, maker: UUID
) -> None:
    """An approval never stands that its approver had no right to, whichever of the two was first."""
    for turn in range(8):
        made = propose(engine, occasion, maker)
        racer = town.officer(engine, occasion, f"racer{turn}@example.org", Permission.APPROVE).id
        ends = later(occasion, minutes=1)
        works = [
            lambda session, made=made, racer=racer: proposals.approve(
                session, proposal_id=made, checker_id=racer, occasion=occasion
            ),
            lambda session, racer=racer, ends=ends: register.end_permission(
                session, officer_id=racer, permission=Permission.APPROVE, occasion=ends
            ),
        ]
        assert together(engine, works) in (["done", "done"], ["done", "not_allowed"])
        assert view(engine, made).state in (ProposalState.VOID, ProposalState.PROPOSED)
