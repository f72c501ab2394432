"""Write people down: residents, organisations, operators with their PINs, officers with their permissions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import false, select, update
from sqlalchemy.orm import Session

from ledger.errors import InvalidField, NotFound
from ledger.occasion import Occasion
from ledger.people.apps import draw_app
from ledger.people.errors import EmailTaken, SourceTaken
from ledger.people.models import Officer, Operator, Organisation, PermissionGrant, Resident
from ledger.people.pins import hash_pin
from ledger.people.proposals import void_approvals_of, void_proposals_of, void_proposals_of_operator
from ledger.people.rules import (
    OperatorRole,
    OrganisationKind,
    Permission,
    ResidentStatus,
    check_pin_strength,
    normalise_email,
    tidy,
)
from ledger.store import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerAdded:
    """A new officer, and what their app needs; the secret is shown this once."""

    id: UUID
    totp_uri: str = field(repr=False)
    totp_secret: str = field(repr=False)


def add_resident(session: Session, *, name: str, email: str, postcode: str | None = None, occasion: Occasion) -> UUID:
    """The id of a new resident. Raises InvalidField, EmailTaken."""
    resident_id, address = occasion.new_id(), normalise_email(email)
    row = {
        "id": resident_id,
        "name": tidy("name", name),
        "email": address,
        "postcode": _tidy_or_none("postcode", postcode),
        "joined_at": occasion.now,
        "status": ResidentStatus.OPEN,
    }
    if not insert_once(session.connection(), Resident, row, taken=Resident.email == address):
        raise EmailTaken
    return resident_id


def add_organisation(
    session: Session,
    *,
    kind: OrganisationKind,
    name: str,
    address: str,
    postcode: str | None = None,
    telephone: str | None = None,
    opening_hours: str | None = None,
    source: str | None = None,
    occasion: Occasion,
) -> UUID:
    """The id of a new organisation; `source` names the row of a file it came from, each once.

    Raises InvalidField, SourceTaken.
    """
    organisation_id = occasion.new_id()
    row = {
        "id": organisation_id,
        "kind": OrganisationKind(kind),
        "name": tidy("name", name),
        "address": tidy("address", address, longest=500),
        "postcode": _tidy_or_none("postcode", postcode),
        "telephone": _tidy_or_none("telephone", telephone),
        "opening_hours": _tidy_or_none("opening_hours", opening_hours),
        "source": source,
        "joined_at": occasion.now,
    }
    taken = false() if source is None else Organisation.source == source
    if not insert_once(session.connection(), Organisation, row, taken=taken):
        raise SourceTaken(source or "")
    return organisation_id


def add_operator(
    session: Session,
    *,
    organisation_id: UUID,
    name: str,
    role: OperatorRole,
    email: str | None = None,
    pin: str | None = None,
    occasion: Occasion,
) -> UUID:
    """The id of a new operator of an organisation; an owner has an e-mail address, whoever works a till a PIN.

    Raises InvalidField, NotFound, EmailTaken.
    """
    if role == OperatorRole.OWNER and email is None:
        raise InvalidField("email", "is needed for an owner")
    pin_hash = None if pin is None else _hash_strong(pin, occasion)
    operator_id, address = occasion.new_id(), None if email is None else normalise_email(email)
    row = {
        "id": operator_id,
        "organisation_id": organisation_id,
        "name": tidy("name", name),
        "email": address,
        "role": OperatorRole(role),
        "pin_hash": pin_hash,
        "joined_at": occasion.now,
        "left_at": None,
    }
    if session.execute(select(Organisation.id).where(Organisation.id == organisation_id)).first() is None:
        raise NotFound("organisation")
    same = (Operator.organisation_id == organisation_id) & (Operator.email == address)
    if not insert_once(session.connection(), Operator, row, taken=false() if address is None else same):
        raise EmailTaken
    return operator_id


def set_pin(session: Session, *, operator_id: UUID, pin: str, occasion: Occasion) -> None:
    """Give an operator a new PIN; it is hashed before the first statement. Raises InvalidField, NotFound."""
    pin_hash = _hash_strong(pin, occasion)
    changed = update(Operator).where(Operator.id == operator_id, Operator.left_at.is_(None)).values(pin_hash=pin_hash)
    if not session.connection().execute(changed).rowcount:
        raise NotFound("operator")


def remove_operator(session: Session, *, operator_id: UUID, organisation_id: UUID, occasion: Occasion) -> None:
    """An operator of this organisation leaves: their PIN unlocks no till from the next request on.

    What they proposed and nobody has used is void. Raises NotFound for another's, an owner's (who leaves by the
    council) or one who has left.
    """
    there = (Operator.id == operator_id, Operator.organisation_id == organisation_id, Operator.left_at.is_(None))
    leaving = update(Operator).where(*there, Operator.role == OperatorRole.OPERATOR).values(left_at=occasion.now)
    if not session.connection().execute(leaving).rowcount:
        raise NotFound("operator")
    void_proposals_of_operator(session, operator_id=operator_id, occasion=occasion)


def add_officer(
    session: Session,
    *,
    name: str,
    email: str,
    permissions: Iterable[Permission],
    field_keys: Sequence[str],
    occasion: Occasion,
) -> OfficerAdded:
    """A new officer with these permissions, and the TOTP secret for their app (160 bits, RFC 6238).

    Raises InvalidField, EmailTaken.
    """
    officer_id, address = occasion.new_id(), normalise_email(email)
    app = draw_app(address, field_keys=field_keys, occasion=occasion)
    row = {
        "id": officer_id,
        "name": tidy("name", name),
        "email": address,
        **app.columns,
        "joined_at": occasion.now,
        "left_at": None,
    }
    if not insert_once(session.connection(), Officer, row, taken=Officer.email == address):
        raise EmailTaken
    for permission in permissions:
        grant_permission(session, officer_id=officer_id, permission=permission, occasion=occasion)
    return OfficerAdded(id=officer_id, totp_uri=app.totp_uri, totp_secret=app.totp_secret)


def grant_permission(
    session: Session,
    *,
    officer_id: UUID,
    permission: Permission,
    granted_by: str | None = None,
    proposal_id: UUID | None = None,
    occasion: Occasion,
) -> None:
    """Let an officer do this from now on; nothing changes if they may already.

    `granted_by` is whoever asked for it, where two agreed on it in `proposal_id`; else who acts.
    """
    row = {
        "id": occasion.new_id(),
        "officer_id": officer_id,
        "permission": Permission(permission),
        "granted_at": occasion.now,
        "granted_by": granted_by or occasion.actor,
        "ended_at": None,
        "proposal_id": proposal_id,
    }
    live = (PermissionGrant.officer_id == officer_id) & (PermissionGrant.permission == permission)
    taken = live & PermissionGrant.ended_at.is_(None)
    insert_once(session.connection(), PermissionGrant, row, taken=taken)


def end_permission(session: Session, *, officer_id: UUID, permission: Permission, occasion: Occasion) -> None:
    """Let an officer do this no longer, from their next request on; nothing changes if they may not.

    Void with it are what they proposed, and, where they may approve no longer, what they approved and nobody has used.
    """
    live = update(PermissionGrant).where(
        PermissionGrant.officer_id == officer_id,
        PermissionGrant.permission == permission,
        PermissionGrant.ended_at.is_(None),
    )
    if not session.connection().execute(live.values(ended_at=occasion.now)).rowcount:
        return
    void_proposals_of(session, officer_id=officer_id, occasion=occasion)
    if permission == Permission.APPROVE:
        void_approvals_of(session, officer_id=officer_id, occasion=occasion)


def _tidy_or_none(name: str, text: str | None) -> str | None:
    return None if text is None else tidy(name, text, longest=500)


def _hash_strong(pin: str, occasion: Occasion) -> str:
    check_pin_strength(pin)
    return hash_pin(pin, occasion.token_bytes)
