"""Who may decide what another proposed: another person, with the right at that moment, and not of the maker's making.

A person is told by columns of `officers`, not by the login: by the mailbox that `email` reaches, what follows a plus in
it left out, and by `totp_digest`, since one app is in one hand. Whoever acts for an organiser is told by their mailbox.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import NotAllowed
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people.errors import ApproverMadeByMaker, OwnProposal
from ledger.people.models import Officer, Operator, PermissionGrant, Proposal
from ledger.people.rules import Permission, mailbox_of

NEWLY_MADE = timedelta(hours=24)
"""How long whoever was made an approver decides nothing of the person who made them one."""


def check_checker(session: Session, *, maker_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Refuse whoever may not decide this maker's proposals now; their right stays as it is until the work has ended.

    Raises OwnProposal, NotAllowed (no right to approve at this moment, or left), ApproverMadeByMaker.
    """
    if checker_id in same_person(session, officer_id=maker_id):
        raise OwnProposal
    query = (
        select(PermissionGrant.granted_at, PermissionGrant.granted_by, Proposal.checker_id.label("agreed_by"))
        .join(Officer, Officer.id == PermissionGrant.officer_id)
        .outerjoin(Proposal, Proposal.id == PermissionGrant.proposal_id)
        .where(PermissionGrant.officer_id == checker_id, PermissionGrant.permission == Permission.APPROVE)
        .where(PermissionGrant.ended_at.is_(None), Officer.left_at.is_(None))
        .with_for_update(read=True, of=PermissionGrant)
    )
    grant = session.execute(query).one_or_none()
    if grant is None:
        raise NotAllowed("may not approve")
    if occasion.now >= grant.granted_at + NEWLY_MADE:
        return
    makers = same_person(session, officer_id=maker_id)
    if grant.agreed_by in makers or grant.granted_by in {named_actor(one) for one in makers}:
        raise ApproverMadeByMaker


def same_person(session: Session, *, officer_id: UUID) -> frozenset[UUID]:
    """Every officer, also of those who left, who is this officer or operator as a person: themself at least."""
    officers = session.execute(select(Officer.id, Officer.email, Officer.totp_digest)).all()
    own = next((one for one in officers if one.id == officer_id), None)
    if own is None:
        return frozenset({officer_id, *_officers_of_operator(session, officer_id)})
    return frozenset(
        one.id
        for one in officers
        if mailbox_of(one.email) == mailbox_of(own.email)
        or (own.totp_digest is not None and one.totp_digest == own.totp_digest)
    )


def _officers_of_operator(session: Session, operator_id: UUID) -> list[UUID]:
    email = session.execute(select(Operator.email).where(Operator.id == operator_id)).scalar_one_or_none()
    return [] if email is None else officers_reached(session, email=email)


def officers_reached(session: Session, *, email: str) -> list[UUID]:
    """Every officer, also of those who left, whose mailbox is the one that this address reaches."""
    mailbox = mailbox_of(email.strip().lower())
    return [one.id for one in session.execute(select(Officer.id, Officer.email)) if mailbox_of(one.email) == mailbox]


def named_actor(officer_id: UUID) -> str:
    """An officer as the books and the audit name them."""
    return f"office:{to_text(officer_id)}"
