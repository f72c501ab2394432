"""Santos Deli: its owner, its operators, its till, and a customer with a code."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.book.holds import NewHold, place
from ledger.book.queries import strict_balances
from ledger.book.rules import Unit
from ledger.identifiers import to_text
from ledger.people.register import add_operator, add_organisation
from ledger.people.rules import OperatorRole, OrganisationKind
from ledger.redemption.codes import ShownCode, issue_code
from ledger.redemption.queries import TakenByMerchant, redemptions_on
from ledger.store import reading
from ledger.wallets.operations import draw_lines
from ledger.wallets.queries import PURSE
from tests.web_town import Visitor, WebTown

REDEMPTIONS = "/merchant/api/v1/redemptions"
OWNER_PIN, ROSA_PIN = "480261", "735190"


@dataclass(kw_only=True)
class Deli:
    """The shop, and the customer in it."""

    town: WebTown
    name: str = "Santos Deli"
    id: UUID = field(init=False)
    owner_id: UUID = field(init=False)
    rosa_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.town.work(self._found)

    @property
    def owner_email(self) -> str:
        """Where the owner's codes are sent."""
        return f"owner.of.{self.name.lower().replace(' ', '.')}@example.org"

    def owner(self) -> Visitor:
        """The owner's browser, signed in."""
        return self.town.visitor().sign_in(self.owner_email, realm="merchant")

    def till(self, name: str = "Till 1", *, unlocked: bool = True) -> Visitor:
        """A browser that is a till, Rosa at it."""
        till = self.owner()
        assert till.fill("/merchant/", till_name=name).status_code == 303
        return self.unlock(till) if unlocked else till

    def unlock(self, till: Visitor, pin: str = ROSA_PIN) -> Visitor:
        """Rosa enters her PIN."""
        answer = till.fill("/merchant/till", "/merchant/till/unlock", operator=to_text(self.rosa_id), pin=pin)
        assert answer.status_code == 303, answer.text
        return till

    def taken(self) -> list[TakenByMerchant]:
        """What the shop took today, latest first."""
        with reading(self.town.engine) as session:
            return redemptions_on(session, merchant_id=self.id, day=self.town.occasion().today)

    def _found(self, session: Session) -> None:
        now = self.town.occasion()
        self.id = add_organisation(
            session, kind=OrganisationKind.SHOP, name=self.name, address="12 Atlantic Road", occasion=now
        )
        self.owner_id = add_operator(
            session,
            organisation_id=self.id,
            name="Ana Santos",
            role=OperatorRole.OWNER,
            email=self.owner_email,
            pin=OWNER_PIN,
            occasion=now,
        )
        self.rosa_id = add_operator(
            session, organisation_id=self.id, name="Rosa", role=OperatorRole.OPERATOR, pin=ROSA_PIN, occasion=now
        )


@dataclass(kw_only=True)
class Customer:
    """Amina, who shows codes."""

    town: WebTown
    credits_: int = 5000
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.town.resident(credits_=self.credits_)

    def code(self, cap: int | None = None) -> ShownCode:
        """A new code on the customer's phone."""
        return self.town.work(
            lambda session: issue_code(
                session,
                resident_id=self.id,
                cap=cap,
                rules=self.town.settings.rules,
                code_key=self.town.settings.code_key,
                occasion=self.town.occasion(),
            )
        )

    def spend_elsewhere(self, amount: int) -> None:
        """The customer puts credits (minor units) to other use while a code is shown."""
        self.town.work(lambda session: self._set_aside(session, amount))

    def hold_until(self, expires_at: datetime, amount: int) -> None:
        """Credits (minor units) of the customer's are held up to an instant, if nobody captures them before."""
        self.town.work(lambda session: self._set_aside(session, amount, expires_at=expires_at))

    def _set_aside(self, session: Session, amount: int, expires_at: datetime | None = None) -> None:
        now = self.town.occasion()
        lines = draw_lines(session, resident_id=self.id, amount=amount, now=now.now)
        hold = NewHold(id=now.new_id(), reason="council tax", lines=lines, at=now.now, expires_at=expires_at)
        place(session.connection(), hold)

    def has(self) -> int:
        """What stands in the customer's purses, minor units."""
        with reading(self.town.engine) as session:
            rows = strict_balances(session.connection(), owner_id=self.id, kind=PURSE, unit=Unit.CR, now=self.town.now)
        return sum(row.balance for row in rows)


def ask(till: Visitor, code: str, amount: int = 450, *, key: str = "a-key-of-this-test", **more: str) -> TestResponse:
    """The till's script asks to take an amount."""
    body = {"amount": amount, "code": code, **more}
    return till.send_json(REDEMPTIONS, body, page="/merchant/menu", **{"Idempotency-Key": key})


def cookies_left(client: FlaskClient) -> set[str]:
    """The names of the cookies a browser holds."""
    return {name for _domain, _path, name in client._cookies or {}}
