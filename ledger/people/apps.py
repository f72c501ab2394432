"""An officer's authenticator app: the secret that it shares with us, drawn with the officer, and anew by a command."""

from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pyotp import TOTP
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.field_keys import seal
from ledger.occasion import Occasion
from ledger.people.digests import secret_digest
from ledger.people.models import Officer, OneTimeCode
from ledger.people.queries import find_person
from ledger.people.rules import Realm, normalise_email
from ledger.people.sign_ins import end_sign_ins_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnApp:
    """A new secret for an app, which is shown this once, and the columns of an officer that keep it."""

    totp_uri: str = field(repr=False)
    totp_secret: str = field(repr=False)
    columns: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApp:
    """An officer who has another app: what it needs, shown this once, and how many sign-ins of theirs ended."""

    officer_id: UUID
    name: str
    totp_uri: str = field(repr=False)
    ended: int


def draw_app(address: str, *, field_keys: Sequence[str], occasion: Occasion) -> DrawnApp:
    """A secret of 160 random bits (RFC 6238) for the app of whoever has this address; none of its steps is used."""
    secret = b32encode(occasion.token_bytes(20)).decode()
    columns = {"totp_secret": seal(secret, field_keys), "totp_step": 0, "totp_digest": secret_digest(secret)}
    uri = TOTP(secret).provisioning_uri(name=address, issuer_name="Tallystick")
    return DrawnApp(totp_uri=uri, totp_secret=secret, columns=columns)


def give_new_app(session: Session, *, email: str, field_keys: Sequence[str], occasion: Occasion) -> NewApp:
    """Give an officer a new secret for another app; what the one before shows is worth nothing from now on.

    Their sign-ins end with the next request, and so does a sign-in that has begun, for which the app before may have
    been held already. Raises InvalidField, NotFound (nobody with this address, or they left).
    """
    address = normalise_email(email)
    officer_id = find_person(session, realm=Realm.OFFICE, email=address)
    if officer_id is None:
        raise NotFound("officer")
    app = draw_app(address, field_keys=field_keys, occasion=occasion)
    # In this order: who uses the app before at this moment is waited for here, and what came of it ends below.
    session.connection().execute(update(Officer).where(Officer.id == officer_id).values(app.columns))
    begun = (OneTimeCode.realm == Realm.OFFICE, OneTimeCode.person_id == officer_id, OneTimeCode.used_at.is_(None))
    session.connection().execute(update(OneTimeCode).where(*begun).values(used_at=occasion.now))
    return NewApp(
        officer_id=officer_id,
        name=session.execute(select(Officer.name).where(Officer.id == officer_id)).scalar_one(),
        totp_uri=app.totp_uri,
        ended=end_sign_ins_of(session, realm=Realm.OFFICE, person_id=officer_id, occasion=occasion),
    )
