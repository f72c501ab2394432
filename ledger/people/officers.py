"""Officers and what they may do: a right is asked for by one and agreed to by another, and ends at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.errors import MoveRefused, NotFound
from ledger.identifiers import from_text, to_text
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.checkers import named_actor, same_person
from ledger.people.errors import LacksRight, LastAdministrator, OwnGrant
from ledger.people.models import Officer, PermissionGrant
from ledger.people.queries import permissions_of
from ledger.people.register import end_permission, grant_permission
from ledger.people.rules import Permission, Realm, tidy
from ledger.people.sign_ins import end_sign_ins_of

GRANT = "grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerView:
    """An officer: who they are, since when, until when, and what they may do now."""

    id: UUID
    name: str
    email: str
    joined_at: datetime
    left_at: datetime | None
    permissions: frozenset[Permission]


def officers(session: Session) -> list[OfficerView]:
    """Every officer by name, those who left last."""
    rows = session.execute(
        select(Officer.id, Officer.name, Officer.email, Officer.joined_at, Officer.left_at).order_by(
            Officer.left_at.is_not(None), Officer.name, Officer.id
        )
    )
    return [OfficerView(**row._mapping, permissions=permissions_of(session, officer_id=row.id)) for row in rows.all()]


def officer(session: Session, *, officer_id: UUID) -> OfficerView:
    """An officer. Raises NotFound."""
    found = next((one for one in officers(session) if one.id == officer_id), None)
    if found is None:
        raise NotFound("officer")
    return found


def ask_grant(
    session: Session, *, officer_id: UUID, permission: Permission, reason: str, maker_id: UUID, occasion: Occasion
) -> str:
    """Propose that an officer may do one thing more; the proposal's reference.

    Raises NotFound, InvalidField, LacksRight (nobody grants what they lack), OwnGrant, MoveRefused (may already).
    """
    content = grant_content(officer_id=officer_id, permission=permission, reason=tidy("reason", reason, longest=300))
    _check_grant(session, officer_id=officer_id, permission=permission, maker_id=maker_id)
    return proposals.propose(session, kind=GRANT, content=content, maker_id=maker_id, occasion=occasion).reference


def grant_content(*, officer_id: UUID, permission: Permission, reason: str) -> dict[str, Any]:
    """What a proposed grant says."""
    return {"officer_id": to_text(officer_id), "permission": str(permission), "reason": reason}


def approve_grant(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Agree to a grant and make it, both or neither; whoever asked for it must still have what they grant.

    The officer's sign-ins end, so that none from before has the new right (WB-02).

    Raises NotFound, OwnGrant, and what `proposals.approve`, `proposals.use_proposal` and `ask_grant` raise.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=GRANT, called="grant")
    officer_id, permission = read_grant(proposed.content)
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    if checker_id in same_person(session, officer_id=officer_id):
        raise OwnGrant
    _check_grant(session, officer_id=officer_id, permission=permission, maker_id=proposed.maker_id)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=GRANT, content=proposed.content, occasion=occasion)
    grant_permission(
        session,
        officer_id=officer_id,
        permission=permission,
        granted_by=named_actor(proposed.maker_id),
        proposal_id=proposal_id,
        occasion=occasion,
    )
    end_sign_ins_of(session, realm=Realm.OFFICE, person_id=officer_id, occasion=occasion)


def read_grant(content: Mapping[str, Any]) -> tuple[UUID, Permission]:
    """To whom, and what, a proposed grant lets."""
    return from_text(content["officer_id"]), Permission(content["permission"])


def _check_grant(session: Session, *, officer_id: UUID, permission: Permission, maker_id: UUID) -> None:
    receiver = officer(session, officer_id=officer_id)
    if receiver.left_at is not None:
        raise NotFound("officer")
    if not {Permission.ADMINISTER, permission} <= permissions_of(session, officer_id=maker_id):
        raise LacksRight
    if officer_id in same_person(session, officer_id=maker_id):
        raise OwnGrant
    if permission in receiver.permissions:
        raise MoveRefused(kind="permission", now="granted", wanted="granted")


def end_right(session: Session, *, officer_id: UUID, permission: Permission, occasion: Occasion) -> None:
    """Let an officer do this no longer, from their next request on; what hangs on it becomes void.

    Raises NotFound for a right they do not have, LastAdministrator.
    """
    if permission not in permissions_of(session, officer_id=officer_id):
        raise NotFound("permission")
    if permission == Permission.ADMINISTER:
        _check_another_administrator(session, officer_id)
    end_permission(session, officer_id=officer_id, permission=permission, occasion=occasion)


def leave(session: Session, *, officer_id: UUID, occasion: Occasion) -> None:
    """An officer leaves: their rights and sign-ins end at once, and what they proposed becomes void.

    Raises NotFound (left already), LastAdministrator.
    """
    _check_another_administrator(session, officer_id)
    leaving = update(Officer).where(Officer.id == officer_id, Officer.left_at.is_(None))
    if not session.connection().execute(leaving.values(left_at=occasion.now)).rowcount:
        raise NotFound("officer")
    for permission in sorted(permissions_of(session, officer_id=officer_id)):
        end_permission(session, officer_id=officer_id, permission=permission, occasion=occasion)
    proposals.void_proposals_of(session, officer_id=officer_id, occasion=occasion)
    end_sign_ins_of(session, realm=Realm.OFFICE, person_id=officer_id, occasion=occasion)


def _check_another_administrator(session: Session, officer_id: UUID) -> None:
    """Somebody must be left who may look after officers; whoever ends the right of another meanwhile is waited for."""
    query = (
        select(PermissionGrant.officer_id)
        .join(Officer, Officer.id == PermissionGrant.officer_id)
        .where(PermissionGrant.permission == Permission.ADMINISTER, PermissionGrant.ended_at.is_(None))
        .where(Officer.left_at.is_(None))
        .order_by(PermissionGrant.id)
        .with_for_update(of=PermissionGrant)
    )
    administrators = set(session.execute(query).scalars())
    if administrators == {officer_id}:
        raise LastAdministrator
