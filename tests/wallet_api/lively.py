"""What a resident of a lively town has: credits earned and spent, places, and an application to council tax."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.council_tax.operations import apply_credits, link_account
from ledger.council_tax.rules import LinkRole
from ledger.earning.rosters import take_place
from ledger.identifiers import to_text
from ledger.people.register import add_operator, add_organisation
from ledger.people.rules import OperatorRole, OrganisationKind, Realm, SignInKind
from ledger.people.sign_ins import begin
from ledger.redemption.codes import issue_code
from ledger.redemption.redemptions import Redeemed, redeem
from tests import factories
from tests.council_tax.decided import decide
from tests.web_town import WebTown

ACCOUNT = "2000 1234 5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop with a till that stands open."""

    id: UUID
    till_id: UUID
    operator_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Lively:
    """A resident to whom a lot has happened, and where that is to be seen."""

    resident_id: UUID
    shop: Shop
    sessions: tuple[UUID, ...]
    taken: Redeemed
    item: str


def open_shop(town: WebTown, name: str = "Santos Deli") -> Shop:
    """A shop, its owner, its till."""

    def work(session: Session) -> Shop:
        shop = add_organisation(
            session,
            kind=OrganisationKind.SHOP,
            name=name,
            address="12 Atlantic Road",
            postcode="SW9 8HX",
            telephone="020 7946 0998",
            opening_hours="Monday to Saturday, 8am to 6pm",
            occasion=town.occasion(),
        )
        owner = add_operator(
            session,
            organisation_id=shop,
            name="Rosa",
            role=OperatorRole.OWNER,
            email="rosa@example.org",
            occasion=town.occasion(),
        )
        till = begin(
            session,
            realm=Realm.MERCHANT,
            kind=SignInKind.TILL,
            person_id=owner,
            organisation_id=shop,
            till_name="Till 1",
            code_key=town.settings.code_key,
            occasion=town.occasion(),
        )
        return Shop(id=shop, till_id=till.sign_in_id, operator_id=owner)

    return town.work(work)


def take(town: WebTown, shop: Shop, presented: str, amount: int) -> Redeemed:
    """A till takes an amount (minor units) by what it was shown."""
    return town.work(
        lambda session: redeem(
            session,
            presented=presented,
            amount=amount,
            merchant_id=shop.id,
            till_id=shop.till_id,
            operator_id=shop.operator_id,
            rules=town.settings.rules,
            code_key=town.settings.code_key,
            occasion=town.occasion(),
        )
    )


def spend(town: WebTown, shop: Shop, resident_id: UUID, amount: int) -> Redeemed:
    """A resident shows a code and a till takes an amount (minor units)."""
    code = town.work(
        lambda session: issue_code(
            session,
            resident_id=resident_id,
            rules=town.settings.rules,
            code_key=town.settings.code_key,
            occasion=town.occasion(),
        )
    )
    return take(town, shop, code.token, amount)


def link(town: WebTown, resident_id: UUID) -> None:
    """Link the resident to an account of the usual format."""
    town.work(lambda session: decide(session, occasion=town.occasion()))
    town.work(
        lambda session: link_account(
            session,
            resident_id=resident_id,
            reference_text=ACCOUNT,
            role=LinkRole.LIABLE,
            account_format=town.settings.account_format,
            occasion=town.occasion(),
        )
    )


def offer_sessions(town: WebTown, *hours_ahead: float, places: int = 20) -> tuple[UUID, ...]:
    """Sessions of two hours of one activity that start so many hours from now."""

    def work(session: Session) -> tuple[UUID, ...]:
        project = factories.growing_project(session)
        return tuple(
            factories.activity_session(
                session,
                activity_id=project.activity_id,
                starts_at=town.now + timedelta(hours=ahead),
                places=places,
            )
            for ahead in hours_ahead
        )

    return town.work(work)


def live_a_little(town: WebTown) -> Lively:
    """Amina earns twice, shops once, takes a place, and applies 10.00 to her council tax."""
    resident = town.resident(credits_=2500)
    ends_soon = date(2026, 12, 31)
    town.work(lambda session: factories.purse(session, resident_id=resident, amount=600, expires_on=ends_soon))
    town.work(lambda session: factories.awarded(session, resident_id=resident, amount=500))
    shop = open_shop(town)
    taken = spend(town, shop, resident, 450)
    sessions = offer_sessions(town, 2, 26, 74)
    town.work(lambda s: take_place(s, session_id=sessions[0], resident_id=resident, occasion=town.occasion()))
    link(town, resident)
    applied = town.work(
        lambda session: apply_credits(
            session, resident_id=resident, amount=1000, rules=town.settings.rules, occasion=town.occasion()
        )
    )
    return Lively(resident_id=resident, shop=shop, sessions=sessions, taken=taken, item=applied.reference)


def path_of(session_id: UUID) -> str:
    """The page of a session."""
    return f"/earn/{to_text(session_id)}"
