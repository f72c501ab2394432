"""Who is behind a cookie: asked on every request, so that what was ended or taken away is gone at the next one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ledger.people.digests import token_digest
from ledger.people.models import Officer, Operator, Organisation, Resident, SignIn
from ledger.people.queries import permissions_of
from ledger.people.rules import (
    OperatorRole,
    OrganisationKind,
    Permission,
    Realm,
    ResidentStatus,
    SignInKind,
    is_live,
    is_locked,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is in. A till's `person_id` and `name` are the owner's who opened it, its `operator_id` whoever unlocked it.

    For an organiser's or merchant's own sign-in `operator_id` is the person; a locked till has none and no `role`.
    A till never has the owner's role, whoever unlocked it.
    """

    sign_in_id: UUID
    realm: Realm
    kind: SignInKind
    person_id: UUID
    name: str
    signed_in_at: datetime
    active_at: datetime
    organisation_id: UUID | None = None
    organisation_name: str | None = None
    organisation_kind: OrganisationKind | None = None
    operator_id: UUID | None = None
    operator_name: str | None = None
    till_name: str | None = None
    role: OperatorRole | None = None
    permissions: frozenset[Permission] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A sign-in that nobody has ended, before it is known whose it is."""

    id: UUID
    kind: SignInKind
    person_id: UUID
    organisation_id: UUID | None
    till_name: str | None
    operator_id: UUID | None
    signed_in_at: datetime
    active_at: datetime
    expires_at: datetime


def who(session: Session, *, realm: Realm, token: str, code_key: bytes, now: datetime) -> SignedIn | None:
    """Who this realm's cookie lets in; None when nobody: never begun, ended, too old, idle, or the person has left."""
    found = _find(session, realm=realm, digest=token_digest(token, realm, code_key))
    if found is None or not is_live(realm, found.kind, active_at=found.active_at, expires_at=found.expires_at, now=now):
        return None
    match realm, found.kind:
        case Realm.RESIDENT, _:
            return _resident(session, found)
        case Realm.OFFICE, _:
            return _officer(session, found)
        case _, SignInKind.TILL:
            return _till(session, found, now)
    return _operator(session, realm, found)


def _find(session: Session, *, realm: Realm, digest: bytes) -> _Found | None:
    query = select(
        SignIn.id,
        SignIn.kind,
        SignIn.person_id,
        SignIn.organisation_id,
        SignIn.till_name,
        SignIn.operator_id,
        SignIn.signed_in_at,
        SignIn.active_at,
        SignIn.expires_at,
    ).where(SignIn.token_digest == digest, SignIn.realm == realm, SignIn.ended_at.is_(None))
    row = session.execute(query).one_or_none()
    return None if row is None else _Found(**{**row._mapping, "kind": SignInKind(row.kind)})


def _resident(session: Session, found: _Found) -> SignedIn | None:
    living = Resident.status.in_((ResidentStatus.OPEN, ResidentStatus.FROZEN))
    name = session.execute(select(Resident.name).where(Resident.id == found.person_id, living)).scalar_one_or_none()
    if name is None:
        return None
    return SignedIn(
        sign_in_id=found.id,
        realm=Realm.RESIDENT,
        kind=SignInKind.PERSON,
        person_id=found.person_id,
        name=name,
        signed_in_at=found.signed_in_at,
        active_at=found.active_at,
    )


def _officer(session: Session, found: _Found) -> SignedIn | None:
    in_post = select(Officer.name).where(Officer.id == found.person_id, Officer.left_at.is_(None))
    name = session.execute(in_post).scalar_one_or_none()
    if name is None:
        return None
    return SignedIn(
        sign_in_id=found.id,
        realm=Realm.OFFICE,
        kind=SignInKind.PERSON,
        person_id=found.person_id,
        name=name,
        signed_in_at=found.signed_in_at,
        active_at=found.active_at,
        permissions=permissions_of(session, officer_id=found.person_id),
    )


def _operator(session: Session, realm: Realm, found: _Found) -> SignedIn | None:
    query = (
        select(Operator.name, Operator.role, Organisation.name.label("organisation_name"), Organisation.kind)
        .join(Organisation, Organisation.id == Operator.organisation_id)
        .where(Operator.id == found.person_id, Operator.left_at.is_(None))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return SignedIn(
        sign_in_id=found.id,
        realm=realm,
        kind=SignInKind.PERSON,
        person_id=found.person_id,
        name=row.name,
        signed_in_at=found.signed_in_at,
        active_at=found.active_at,
        organisation_id=found.organisation_id,
        organisation_name=row.organisation_name,
        organisation_kind=OrganisationKind(row.kind),
        operator_id=found.person_id,
        operator_name=row.name,
        role=OperatorRole(row.role),
    )


def _till(session: Session, found: _Found, now: datetime) -> SignedIn | None:
    """A till is in as long as the owner who opened it is there; its operator as long as it is not locked."""
    at_till = aliased(Operator)
    unlocked = (at_till.id == found.operator_id) & at_till.left_at.is_(None)
    query = (
        select(
            Operator.name,
            at_till.id.label("operator_id"),
            at_till.name.label("operator_name"),
            Organisation.name.label("organisation_name"),
            Organisation.kind,
        )
        .join(Organisation, Organisation.id == Operator.organisation_id)
        .outerjoin(at_till, unlocked)
        .where(Operator.id == found.person_id, Operator.left_at.is_(None))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    locked = row.operator_id is None or is_locked(active_at=found.active_at, now=now)
    return SignedIn(
        sign_in_id=found.id,
        realm=Realm.MERCHANT,
        kind=SignInKind.TILL,
        person_id=found.person_id,
        name=row.name,
        signed_in_at=found.signed_in_at,
        active_at=found.active_at,
        organisation_id=found.organisation_id,
        organisation_name=row.organisation_name,
        organisation_kind=OrganisationKind(row.kind),
        operator_id=None if locked else row.operator_id,
        operator_name=None if locked else row.operator_name,
        till_name=found.till_name,
        role=None if locked else OperatorRole.OPERATOR,
    )
