"""Tills: sign-ins of their own that an owner opens and revokes, and that operators unlock with their PINs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from ledger.errors import NotAllowed, NotFound
from ledger.occasion import Occasion
from ledger.people.errors import WrongPin
from ledger.people.models import Operator, Organisation, SignIn
from ledger.people.pins import pin_matches
from ledger.people.rules import PIN_WAIT, OperatorRole, Realm, SignInKind, is_locked, six_digits, tidy
from ledger.people.sign_ins import NewSignIn, begin, end_sign_in
from ledger.people.try_counters import count_slowing_try, forget_tries, tries_left


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """An open till as its owner sees it; `operator_name` is whoever has it unlocked now."""

    id: UUID
    name: str
    opened_at: datetime
    opened_by: str
    active_at: datetime
    expires_at: datetime
    operator_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TillFound:
    """A till as whoever runs the service finds it by its id: what it is called, whose it is, how to ring them."""

    name: str
    shop: str
    telephone: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLine:
    """Somebody who works for an organisation; only those with a PIN can unlock a till."""

    id: UUID
    name: str
    role: OperatorRole
    has_pin: bool


def open_till(
    session: Session, *, owner_sign_in: UUID, till_name: str, code_key: bytes, occasion: Occasion
) -> NewSignIn:
    """A till for the organisation of an owner who is signed in: 12 hours, locked until an operator's PIN.

    Raises InvalidField, NotAllowed for anybody who is not an owner at a merchant's own sign-in.
    """
    name = tidy("till_name", till_name, longest=40)
    query = (
        select(SignIn.person_id, SignIn.organisation_id)
        .join(Operator, Operator.id == SignIn.person_id)
        .where(SignIn.id == owner_sign_in, SignIn.realm == Realm.MERCHANT, SignIn.kind == SignInKind.PERSON)
        .where(SignIn.ended_at.is_(None), SignIn.expires_at > occasion.now)
        .where(Operator.role == OperatorRole.OWNER, Operator.left_at.is_(None))
    )
    owner = session.execute(query).one_or_none()
    if owner is None:
        raise NotAllowed
    return begin(
        session,
        realm=Realm.MERCHANT,
        kind=SignInKind.TILL,
        person_id=owner.person_id,
        organisation_id=owner.organisation_id,
        till_name=name,
        code_key=code_key,
        occasion=occasion,
    )


def tills_of(session: Session, *, organisation_id: UUID, now: datetime) -> list[Till]:
    """An organisation's open tills, by name."""
    at_till = aliased(Operator)
    query = (
        select(
            SignIn.id,
            SignIn.till_name,
            SignIn.signed_in_at,
            Operator.name.label("opened_by"),
            SignIn.active_at,
            SignIn.expires_at,
            at_till.name.label("operator_name"),
        )
        .join(Operator, Operator.id == SignIn.person_id)
        .outerjoin(at_till, at_till.id == SignIn.operator_id)
        .where(SignIn.organisation_id == organisation_id, SignIn.kind == SignInKind.TILL)
        .where(SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.till_name, SignIn.id)
    )
    return [
        Till(
            id=row.id,
            name=row.till_name or "",
            opened_at=row.signed_in_at,
            opened_by=row.opened_by,
            active_at=row.active_at,
            expires_at=row.expires_at,
            operator_name=None if is_locked(active_at=row.active_at, now=now) else row.operator_name,
        )
        for row in session.execute(query)
    ]


def revoke_till(session: Session, *, till_id: UUID, organisation_id: UUID, occasion: Occasion) -> None:
    """End a till of this organisation from its next request on. Raises NotFound for another's."""
    if _organisation_of(session, till_id) != organisation_id:
        raise NotFound("till")
    end_sign_in(session, sign_in_id=till_id, occasion=occasion)


def find_till(session: Session, *, till_id: UUID) -> TillFound:
    """A till of whichever shop, by the id of its sign-in. Raises NotFound, also for a sign-in that is no till."""
    query = (
        select(SignIn.till_name, Organisation.name.label("shop"), Organisation.telephone, SignIn.ended_at)
        .join(Organisation, Organisation.id == SignIn.organisation_id)
        .where(SignIn.id == till_id, SignIn.kind == SignInKind.TILL)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("till")
    return TillFound(name=row.till_name or "", shop=row.shop, telephone=row.telephone, ended_at=row.ended_at)


def operators_of(session: Session, *, organisation_id: UUID) -> list[OperatorLine]:
    """Who works for an organisation now, by name."""
    query = (
        select(Operator.id, Operator.name, Operator.role, Operator.pin_hash)
        .where(Operator.organisation_id == organisation_id, Operator.left_at.is_(None))
        .order_by(Operator.name, Operator.id)
    )
    return [
        OperatorLine(id=row.id, name=row.name, role=OperatorRole(row.role), has_pin=row.pin_hash is not None)
        for row in session.execute(query)
    ]


def count_pin_try(session: Session, *, operator_id: UUID, occasion: Occasion) -> None:
    """Count one of an operator's five tries in five minutes, before each check of a PIN, in a unit of work of its own.

    Who uses up five after five waits twice as long each time, an hour at most. Raises TooManyTries.
    """
    count_slowing_try(session, subject=_subject(operator_id), wait=PIN_WAIT, occasion=occasion)


def check_pin(session: Session, *, organisation_id: UUID, operator_id: UUID, pin: str) -> None:
    """Hold `pin` against an operator's; it only reads, so a `reading` session keeps the hashing off the write lock.

    A PIN that goes with a redemption: count_pin_try, then this, then in the redemption's own unit of work
    forget_pin_tries. Raises WrongPin, NotFound for an operator of another organisation or who has left.
    """
    query = select(Operator.pin_hash).where(
        Operator.id == operator_id, Operator.organisation_id == organisation_id, Operator.left_at.is_(None)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("operator")
    if row.pin_hash is None or not pin_matches(six_digits(pin), row.pin_hash):
        raise WrongPin(tries_left=tries_left(session, subject=_subject(operator_id), wait=PIN_WAIT))


def forget_pin_tries(session: Session, *, operator_id: UUID) -> None:
    """Give an operator all five tries again: the PIN was right."""
    forget_tries(session, subject=_subject(operator_id))


def unlock_till(session: Session, *, till_id: UUID, operator_id: UUID, occasion: Occasion) -> None:
    """Let an operator of its organisation use a till, until it is idle for five minutes.

    count_pin_try goes before, and check_pin, whose hashing would keep every other writer waiting here.
    Raises NotFound for an operator of another organisation or who has left, and for a till that has ended.
    """
    works_here = select(Operator.id).where(
        Operator.id == operator_id, Operator.organisation_id == SignIn.organisation_id, Operator.left_at.is_(None)
    )
    till = (SignIn.id == till_id, SignIn.kind == SignInKind.TILL, works_here.exists())
    live = (*till, SignIn.ended_at.is_(None), SignIn.expires_at > occasion.now)
    unlocked = update(SignIn).where(*live).values(operator_id=operator_id, active_at=occasion.now)
    if not session.connection().execute(unlocked).rowcount:
        raise NotFound("till")
    forget_pin_tries(session, operator_id=operator_id)


def lock_till(session: Session, *, till_id: UUID) -> None:
    """Lock a till now: the next person enters a PIN."""
    session.connection().execute(update(SignIn).where(SignIn.id == till_id).values(operator_id=None))


def _organisation_of(session: Session, till_id: UUID) -> UUID:
    query = select(SignIn.organisation_id).where(SignIn.id == till_id, SignIn.kind == SignInKind.TILL)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("till")
    return found


def _subject(operator_id: UUID) -> str:
    return f"pin:{operator_id}"
