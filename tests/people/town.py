"""People for tests: the shortest ways to know somebody, to let them in, and to say that time has passed."""

import json
import random
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from pyotp import TOTP
from sqlalchemy import Engine, event, select

from ledger.field_keys import open_sealed
from ledger.notices.models import Notice
from ledger.occasion import Occasion
from ledger.people import one_time_codes, register, sign_ins, tills
from ledger.people.register import OfficerAdded
from ledger.people.rules import OperatorRole, OrganisationKind, Permission, Realm
from ledger.people.sign_ins import NewSignIn, SignedIn
from ledger.store import reading, unit_of_work

CODE_KEY = b"a key that is for tests alone, 32"
FIELD_KEYS = ("cJ8rxj0Zk0mY1v3hZ0n4b1T2b9l6f7dH3q5s8w1y2a4=",)
PIN = "836152"
_source = random.Random(__name__)


def later(occasion: Occasion, **passed: float) -> Occasion:
    """The same, when some time has passed; its randomness goes on."""
    return replace(occasion, now=occasion.now + timedelta(**passed), token_bytes=_source.randbytes)


def resident(engine: Engine, occasion: Occasion, email: str = "amina@example.org") -> UUID:
    """A resident."""
    with unit_of_work(engine) as session:
        return register.add_resident(session, name="Amina Yusuf", email=email, occasion=later(occasion))


def organisation(
    engine: Engine, occasion: Occasion, name: str = "Brixton Bakery", kind: OrganisationKind = OrganisationKind.SHOP
) -> UUID:
    """A shop, unless another kind is wanted."""
    with unit_of_work(engine) as session:
        return register.add_organisation(
            session, kind=kind, name=name, address="1 Atlantic Road", occasion=later(occasion)
        )


def operator(
    engine: Engine,
    occasion: Occasion,
    organisation_id: UUID,
    *,
    email: str | None = None,
    pin: str | None = None,
    name: str = "Dede",
) -> UUID:
    """Somebody who works there: its owner, if they have an address."""
    role = OperatorRole.OWNER if email else OperatorRole.OPERATOR
    with unit_of_work(engine) as session:
        return register.add_operator(
            session,
            organisation_id=organisation_id,
            name=name,
            role=role,
            email=email,
            pin=pin,
            occasion=later(occasion),
        )


def officer(
    engine: Engine, occasion: Occasion, email: str = "officer@example.org", *permissions: Permission
) -> OfficerAdded:
    """An officer of the council."""
    with unit_of_work(engine) as session:
        return register.add_officer(
            session,
            name=f"Officer {email}",
            email=email,
            permissions=permissions,
            field_keys=FIELD_KEYS,
            occasion=later(occasion),
        )


def ask(engine: Engine, occasion: Occasion, realm: Realm, email: str, *, network: str = "198.51.100.7") -> UUID:
    """Ask for a code."""
    with unit_of_work(engine) as session:
        return one_time_codes.ask_code(
            session,
            realm=realm,
            email=email,
            network=network,
            code_key=CODE_KEY,
            field_keys=FIELD_KEYS,
            occasion=occasion,
        )


def last_notice(engine: Engine) -> dict[str, str | None]:
    """The newest notice in the outbox, opened."""
    with reading(engine) as session:
        sealed = session.execute(select(Notice.payload).order_by(Notice.at.desc(), Notice.id.desc())).scalars().first()
    assert sealed is not None, "nothing was sent"
    notice: dict[str, str | None] = json.loads(open_sealed(sealed, FIELD_KEYS))
    return notice


def sent_digits(engine: Engine) -> str:
    """The digits of the newest notice."""
    found = re.search(r"\b\d{6}\b", last_notice(engine)["text"] or "")
    assert found, "the notice has no digits"
    return found[0]


def not_these(digits: str) -> str:
    """Six other digits."""
    return f"{(int(digits) + 1) % 1_000_000:06}"


def confirm(engine: Engine, occasion: Occasion, request_id: UUID, digits: str) -> one_time_codes.Confirmed:
    """Type digits, as a face does it: the try is counted first, in a unit of work of its own."""
    with unit_of_work(engine) as session:
        one_time_codes.count_code_try(session, request_id=request_id, occasion=occasion)
    with unit_of_work(engine) as session:
        return one_time_codes.confirm_code(
            session, request_id=request_id, digits=digits, code_key=CODE_KEY, occasion=occasion
        )


def confirm_totp(engine: Engine, occasion: Occasion, request_id: UUID, digits: str) -> None:
    """Type the digits of an officer's app."""
    with unit_of_work(engine) as session:
        one_time_codes.count_code_try(session, request_id=request_id, occasion=occasion)
    with unit_of_work(engine) as session:
        one_time_codes.confirm_totp(
            session, request_id=request_id, digits=digits, field_keys=FIELD_KEYS, occasion=occasion
        )


def app_digits(added: OfficerAdded, occasion: Occasion) -> str:
    """What an officer's app shows at an instant."""
    return TOTP(added.totp_secret).at(occasion.now)


def come_in(engine: Engine, occasion: Occasion, request_id: UUID, organisation_id: UUID | None = None) -> NewSignIn:
    """Use up a confirmed request."""
    with unit_of_work(engine) as session:
        return sign_ins.sign_in(
            session, request_id=request_id, organisation_id=organisation_id, code_key=CODE_KEY, occasion=later(occasion)
        )


def signed_in(engine: Engine, occasion: Occasion, realm: Realm, email: str) -> NewSignIn:
    """The whole way in, for anybody but an officer."""
    request_id = ask(engine, later(occasion), realm, email)
    confirm(engine, occasion, request_id, sent_digits(engine))
    return come_in(engine, occasion, request_id)


def who(engine: Engine, occasion: Occasion, realm: Realm, token: str) -> SignedIn | None:
    """Whom a cookie lets in."""
    with reading(engine) as session:
        return sign_ins.who(session, realm=realm, token=token, code_key=CODE_KEY, now=occasion.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop with an owner who is signed in, one operator with a PIN, and one open till."""

    id: UUID
    owner: NewSignIn
    operator_id: UUID
    till: NewSignIn


def shop(engine: Engine, occasion: Occasion, name: str = "Brixton Bakery", email: str = "owner@example.org") -> Shop:
    """A shop that is ready to take credits, its till still locked."""
    shop_id = organisation(engine, occasion, name)
    operator(engine, occasion, shop_id, email=email, name="Ola")
    operator_id = operator(engine, occasion, shop_id, pin=PIN)
    owner = signed_in(engine, occasion, Realm.MERCHANT, email)
    with unit_of_work(engine) as session:
        till = tills.open_till(
            session, owner_sign_in=owner.sign_in_id, till_name="Counter", code_key=CODE_KEY, occasion=later(occasion)
        )
    return Shop(id=shop_id, owner=owner, operator_id=operator_id, till=till)


def unlock(engine: Engine, occasion: Occasion, at: Shop, pin: str = PIN, operator_id: UUID | None = None) -> None:
    """Enter a PIN at a shop's till, as a face does it: the try is counted first."""
    operator_id = operator_id or at.operator_id
    with unit_of_work(engine) as session:
        tills.count_pin_try(session, operator_id=operator_id, occasion=occasion)
    with reading(engine) as session:
        tills.check_pin(session, organisation_id=at.id, operator_id=operator_id, pin=pin)
    with unit_of_work(engine) as session:
        tills.unlock_till(session, till_id=at.till.sign_in_id, operator_id=operator_id, occasion=occasion)


def statements_of(engine: Engine) -> list[str]:
    """A list that the statements sent from now on add themselves to."""
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    return statements
