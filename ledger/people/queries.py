"""Who somebody is: residents, organisations, officers, by id or by what people know of them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.people.models import Officer, Operator, Organisation, PermissionGrant, Resident
from ledger.people.rules import OperatorRole, OrganisationKind, Permission, Realm, ResidentStatus, normalise_email

REALM_KINDS = {
    Realm.ORGANISER: (OrganisationKind.ORGANISER,),
    Realm.MERCHANT: (OrganisationKind.SHOP, OrganisationKind.LEISURE_CENTRE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentView:
    """A resident as the register has them."""

    id: UUID
    name: str
    email: str
    postcode: str | None
    status: ResidentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationView:
    """An organiser, a shop or a leisure centre as the register has it."""

    id: UUID
    kind: OrganisationKind
    name: str
    address: str
    postcode: str | None
    telephone: str | None
    opening_hours: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An organisation for which a person may sign in, and the operator they are there."""

    operator_id: UUID
    organisation_id: UUID
    name: str
    kind: OrganisationKind


def resident(session: Session, *, resident_id: UUID) -> ResidentView:
    """A resident. Raises NotFound."""
    row = session.execute(select(*_RESIDENT).where(Resident.id == resident_id)).one_or_none()
    if row is None:
        raise NotFound("resident")
    return ResidentView(
        id=row.id, name=row.name, email=row.email, postcode=row.postcode, status=ResidentStatus(row.status)
    )


def find_resident(session: Session, *, email: str) -> UUID | None:
    """The id of the resident with this e-mail address. Raises InvalidField."""
    query = select(Resident.id).where(Resident.email == normalise_email(email))
    return session.execute(query).scalar_one_or_none()


def organisation(session: Session, *, organisation_id: UUID) -> OrganisationView:
    """An organisation. Raises NotFound."""
    row = session.execute(select(*_ORGANISATION).where(Organisation.id == organisation_id)).one_or_none()
    if row is None:
        raise NotFound("organisation")
    return OrganisationView(**{**row._mapping, "kind": OrganisationKind(row.kind)})


def organisations(session: Session, *, kind: OrganisationKind) -> list[OrganisationView]:
    """All organisations of a kind, by name."""
    query = select(*_ORGANISATION).where(Organisation.kind == kind).order_by(Organisation.name, Organisation.id)
    return [OrganisationView(**{**row._mapping, "kind": kind}) for row in session.execute(query)]


def permissions_of(session: Session, *, officer_id: UUID) -> frozenset[Permission]:
    """What an officer may do now."""
    query = select(PermissionGrant.permission).where(
        PermissionGrant.officer_id == officer_id, PermissionGrant.ended_at.is_(None)
    )
    return frozenset(Permission(permission) for permission in session.execute(query).scalars())


def find_person(session: Session, *, realm: Realm, email: str) -> UUID | None:
    """Who may sign in to a realm with this (normalised) address; of several operators, the one added first."""
    match realm:
        case Realm.RESIDENT:
            living = Resident.status.in_((ResidentStatus.OPEN, ResidentStatus.FROZEN))
            query = select(Resident.id).where(Resident.email == email, living)
        case Realm.OFFICE:
            query = select(Officer.id).where(Officer.email == email, Officer.left_at.is_(None))
        case Realm.ORGANISER | Realm.MERCHANT:
            query = (
                select(Operator.id)
                .join(Organisation, Organisation.id == Operator.organisation_id)
                .where(Operator.email == email, Operator.left_at.is_(None))
                .where(Organisation.kind.in_(REALM_KINDS[realm]), Operator.role.in_(_roles(realm)))
                .order_by(Operator.joined_at, Operator.id)
                .limit(1)
            )
    return session.execute(query).scalar_one_or_none()


def choices_for(session: Session, *, realm: Realm, operator_id: UUID) -> tuple[Choice, ...]:
    """Every organisation of the realm for which the person with this operator's address may sign in, by name."""
    email = select(Operator.email).where(Operator.id == operator_id).scalar_subquery()
    query = (
        select(Operator.id, Operator.organisation_id, Organisation.name, Organisation.kind)
        .join(Organisation, Organisation.id == Operator.organisation_id)
        .where(Operator.email == email, Operator.left_at.is_(None))
        .where(Organisation.kind.in_(REALM_KINDS[realm]), Operator.role.in_(_roles(realm)))
        .order_by(Organisation.name, Operator.id)
    )
    return tuple(
        Choice(operator_id=row.id, organisation_id=row.organisation_id, name=row.name, kind=OrganisationKind(row.kind))
        for row in session.execute(query)
    )


def _roles(realm: Realm) -> tuple[OperatorRole, ...]:
    """Merchants' operators come in at a till, with a PIN; only owners sign in."""
    return (OperatorRole.OWNER,) if realm == Realm.MERCHANT else tuple(OperatorRole)


_RESIDENT = (Resident.id, Resident.name, Resident.email, Resident.postcode, Resident.status)
_ORGANISATION = (
    Organisation.id,
    Organisation.kind,
    Organisation.name,
    Organisation.address,
    Organisation.postcode,
    Organisation.telephone,
    Organisation.opening_hours,
)
