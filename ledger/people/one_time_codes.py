"""The one way in: six digits to an e-mail address, ten minutes, five tries; officers add the digits of their app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any
from uuid import UUID

from pyotp import TOTP
from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from ledger.field_keys import open_sealed
from ledger.notices.messages import sign_in_code
from ledger.notices.operations import enqueue
from ledger.occasion import Occasion
from ledger.people.digests import code_digest, draw_digits, email_digest, network_digest, secret_digest
from ledger.people.errors import CodeEnded, WrongCode
from ledger.people.models import Officer, OneTimeCode
from ledger.people.queries import Choice, choices_for, find_person
from ledger.people.rules import (
    ASKS_FROM_A_NETWORK,
    ASKS_FROM_ANYWHERE_WAIT,
    ASKS_WAIT,
    ASKS_WINDOW,
    CODE_LIFE,
    CODE_TRIES,
    Realm,
    normalise_email,
    six_digits,
)
from ledger.people.try_counters import count_slowing_try, count_try

TOTP_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The digits were right: who it is, and for which organisations they may come in (none for residents, officers).

    An officer (`realm` office) owes the digits of their app before they are in.
    """

    person_id: UUID
    realm: Realm
    choices: tuple[Choice, ...]


def ask_code(
    session: Session,
    *,
    realm: Realm,
    email: str,
    network: str,
    code_key: bytes,
    field_keys: Sequence[str],
    occasion: Occasion,
) -> UUID:
    """Send six digits to an address; the id of the request, which binds them to the browser that asked.

    An unknown address takes the same statements and the same hashing, its notice goes to nobody (BF-03).
    Raises InvalidField, TooManyTries (for an address and realm five asks in a quarter of an hour from one network, and
    twenty from all; who goes on asking waits twice as long each time).
    """
    address = normalise_email(email)
    subject = f"ask:{realm}:{email_digest(address, code_key)}"
    _count_ask(session, subject, here=network_digest(network, code_key), occasion=occasion)
    person_id = find_person(session, realm=realm, email=address)
    request_id, digits = occasion.new_id(), draw_digits(occasion.token_bytes)
    digest = code_digest(digits, request_id, code_key)
    row = _begun(request_id, realm=realm, person_id=person_id, digest=digest, now=occasion.now)
    session.connection().execute(insert(OneTimeCode), row)
    message = sign_in_code(digits)
    enqueue(
        session,
        topic=message.topic,
        to=None if person_id is None else address,
        subject=message.subject,
        text=message.text,
        field_keys=field_keys,
        occasion=occasion,
    )
    return request_id


def _begun(request_id: UUID, *, realm: Realm, person_id: UUID | None, digest: bytes, now: datetime) -> dict[str, Any]:
    return {
        "id": request_id,
        "realm": Realm(realm),
        "person_id": person_id,
        "code_digest": digest,
        "issued_at": now,
        "expires_at": now + CODE_LIFE,
        "tries": 0,
        "confirmed_at": None,
        "totp_at": None,
        "used_at": None,
    }


def _count_ask(session: Session, subject: str, *, here: str, occasion: Occasion) -> None:
    """Count one of the few asks from here, so that a stranger elsewhere uses none of them up, and of those from all."""
    count_slowing_try(session, subject=f"{subject}:{here}", wait=ASKS_WAIT, occasion=occasion)
    count_slowing_try(session, subject=subject, wait=ASKS_FROM_ANYWHERE_WAIT, occasion=occasion)


def count_ask_from(session: Session, *, network: str, code_key: bytes, occasion: Occasion) -> None:
    """Count one of the hundred codes that are asked for from one network in a quarter of an hour, for whomever (BF-02).

    Raises TooManyTries: one guess at each of ten thousand addresses ends at the hundredth.
    """
    subject = f"ask from:{network_digest(network, code_key)}"
    count_try(session, subject=subject, limit=ASKS_FROM_A_NETWORK, window=ASKS_WINDOW, occasion=occasion)


def count_code_try(session: Session, *, request_id: UUID, occasion: Occasion) -> None:
    """Count one of the five tries a request has, for the code and an officer's app together.

    It goes before confirm_code and before confirm_totp, in a unit of work of its own. Raises CodeEnded.
    """
    live = (
        OneTimeCode.id == request_id,
        OneTimeCode.tries < CODE_TRIES,
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > occasion.now,
    )
    counted = session.connection().execute(update(OneTimeCode).where(*live).values(tries=OneTimeCode.tries + 1))
    if not counted.rowcount:
        raise CodeEnded


def confirm_code(session: Session, *, request_id: UUID, digits: str, code_key: bytes, occasion: Occasion) -> Confirmed:
    """Who asked, when `digits` are those that were sent; a code is confirmed once.

    Raises WrongCode (also for an unknown address), CodeEnded.
    """
    row = _live(session, request_id=request_id, now=occasion.now)
    assert row.tries_left < CODE_TRIES, "a try is counted before it is made"
    right = compare_digest(code_digest(six_digits(digits), request_id, code_key), row.code_digest)
    if not right or row.person_id is None:
        raise WrongCode(tries_left=row.tries_left)
    once = update(OneTimeCode).where(OneTimeCode.id == request_id, OneTimeCode.confirmed_at.is_(None))
    if not session.connection().execute(once.values(confirmed_at=occasion.now)).rowcount:
        raise CodeEnded
    return _confirmed(session, realm=row.realm, person_id=row.person_id)


def confirm_totp(
    session: Session, *, request_id: UUID, digits: str, field_keys: Sequence[str], occasion: Occasion
) -> None:
    """Let an officer on whose code was right, when `digits` are those of their app, one step early or late.

    A step (RFC 6238, 30 s) is used once at most, and none before one that was used. Raises WrongCode, CodeEnded.
    """
    row = _live(session, request_id=request_id, now=occasion.now)
    if row.confirmed_at is None or row.realm != Realm.OFFICE:
        raise CodeEnded
    assert row.tries_left < CODE_TRIES, "a try is counted before it is made"
    assert row.person_id is not None, "a code is confirmed for somebody"
    if not use_app_digits(session, officer_id=row.person_id, digits=digits, field_keys=field_keys, occasion=occasion):
        raise WrongCode(tries_left=row.tries_left)
    once = update(OneTimeCode).where(OneTimeCode.id == request_id, OneTimeCode.totp_at.is_(None))
    if not session.connection().execute(once.values(totp_at=occasion.now)).rowcount:
        raise CodeEnded


def use_app_digits(
    session: Session, *, officer_id: UUID, digits: str, field_keys: Sequence[str], occasion: Occasion
) -> bool:
    """Whether `digits` are those of an officer's app, of a new step, which is then used. Count a try first.

    An officer who is given another app while this is looked at has used the one before in vain.
    """
    sealed = session.execute(select(Officer.totp_secret).where(Officer.id == officer_id)).scalar_one()
    secret = open_sealed(sealed, field_keys).decode()
    step = _step_of(secret, six_digits(digits), occasion.now)
    digest = secret_digest(secret)
    same = or_(Officer.totp_digest.is_(None), Officer.totp_digest == digest)
    newer = update(Officer).where(Officer.id == officer_id, Officer.totp_step < step, Officer.left_at.is_(None), same)
    used = newer.values(totp_step=step, totp_digest=digest)
    return bool(session.connection().execute(used).rowcount)


def confirmed(session: Session, *, request_id: UUID, now: datetime) -> Confirmed:
    """What confirm_code said of a request that is not used up yet, for the page between. Raises CodeEnded."""
    row = _live(session, request_id=request_id, now=now)
    if row.confirmed_at is None or row.person_id is None:
        raise CodeEnded
    return _confirmed(session, realm=row.realm, person_id=row.person_id)


def _confirmed(session: Session, *, realm: Realm, person_id: UUID) -> Confirmed:
    of_organisations = realm in (Realm.ORGANISER, Realm.MERCHANT)
    choices = choices_for(session, realm=realm, operator_id=person_id) if of_organisations else ()
    return Confirmed(person_id=person_id, realm=realm, choices=choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A request that is not used up, and within its ten minutes."""

    realm: Realm
    person_id: UUID | None
    code_digest: bytes
    tries_left: int
    confirmed_at: datetime | None


def _live(session: Session, *, request_id: UUID, now: datetime) -> _Request:
    query = select(
        OneTimeCode.realm,
        OneTimeCode.person_id,
        OneTimeCode.code_digest,
        OneTimeCode.tries,
        OneTimeCode.confirmed_at,
    ).where(OneTimeCode.id == request_id, OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now)
    row = session.execute(query).one_or_none()
    if row is None:
        raise CodeEnded
    return _Request(
        realm=Realm(row.realm),
        person_id=row.person_id,
        code_digest=row.code_digest,
        tries_left=CODE_TRIES - row.tries,
        confirmed_at=row.confirmed_at,
    )


def _step_of(secret: str, digits: str, now: datetime) -> int:
    """The step whose digits these are, from one before to one after now's; 0, which is never new, when none."""
    present = int(now.timestamp()) // TOTP_SECONDS
    steps = (present - 1, present, present + 1)
    right = [step for step in steps if compare_digest(TOTP(secret).generate_otp(step), digits)]
    return max(right, default=0)
