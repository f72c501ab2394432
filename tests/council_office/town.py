"""Officers of a test's town, and what they look at: a funded programme, its organisers, nights of council tax."""

from datetime import date, timedelta
from uuid import UUID

import html5lib
from werkzeug.test import TestResponse

from ledger.clock import london_date
from ledger.close_month import close_month
from ledger.council_tax.batches import build_batch
from ledger.council_tax.operations import apply_credits, link_account
from ledger.council_tax.queries import batch_file
from ledger.council_tax.references import check_character
from ledger.council_tax.release import approve_batch, release_batch
from ledger.council_tax.rules import LinkRole
from ledger.council_tax.taking_in import take_in
from ledger.earning.asks import ask_for_more
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.people.rules import Permission
from tests import factories
from tests.council_tax.decided import decide
from tests.factories import GrowingProject
from tests.revenues.accounts import Account
from tests.revenues.receiver import Revenues
from tests.web_town import Visitor, WebTown

PRIYA, GRACE = "priya@example.org", "grace@example.org"
SUNDAY = date(2026, 11, 22)
NEXT_YEAR = {
    "starts_on-day": "1",
    "starts_on-month": "4",
    "starts_on-year": "2027",
    "ends_on-day": "31",
    "ends_on-month": "3",
    "ends_on-year": "2028",
}
"""The days of a programme, as its form is filled in."""


def officer(town: WebTown, email: str, *permissions: Permission) -> Visitor:
    """An officer with these permissions, signed in."""
    town.officer(*permissions, email=email)
    return town.visitor().sign_in(email, realm="office")


def priya(town: WebTown) -> Visitor:
    """The scheme officer: she may award."""
    return officer(town, PRIYA, Permission.AWARD)


def grace(town: WebTown) -> Visitor:
    """The finance officer: she may approve and export."""
    return officer(town, GRACE, Permission.APPROVE, Permission.EXPORT)


def project(town: WebTown, *, allowance_of: Amount = 8_500) -> GrowingProject:
    """An organiser with an allowance of a programme of 10,000.00."""
    return town.work(lambda session: factories.growing_project(session, allowance_of=allowance_of, budget=1_000_000))


def programme_page(found: GrowingProject) -> str:
    """The path of the project's programme."""
    return f"/office/programmes/{to_text(found.programme_id)}"


def ask_for(town: WebTown, who: Visitor, amount: str, *, found: GrowingProject | None = None) -> str:
    """The path to which asking for an allotment leads."""
    found = found or project(town)
    path = f"{programme_page(found)}/allot"
    answer = who.fill(
        path,
        path,
        organiser=to_text(found.organiser.id),
        amount=amount,
        purpose="Greenhouse sessions, January to March 2027",
    )
    assert answer.status_code == 303, answer.text
    return answer.location


def ask_for_tariff(who: Visitor, activity: str) -> str:
    """The path to which asking for 4.00 an hour from 1 December leads."""
    day = {"starts_on-day": "1", "starts_on-month": "12", "starts_on-year": "2026"}
    path = f"{activity}/tariff"
    return who.fill(path, path, amount="4.00", per="hour", decision="OMD-2026-200", **day).location


def asked_for_more(town: WebTown, found: GrowingProject) -> str:
    """The office's path of a project's ask for 120.00 more."""
    ask_id = town.work(
        lambda session: ask_for_more(
            session,
            programme_id=found.programme_id,
            organiser_id=found.organiser.id,
            operator_id=found.organiser.owner_id,
            amount=12_000,
            purpose="Two more sessions a week",
            occasion=town.occasion(),
        )
    )
    return f"/office/asks/{to_text(ask_id)}"


def close_october(town: WebTown) -> None:
    """October 2026 is closed."""
    close_month(town.engine, month=date(2026, 10, 1), occasion=factories.occasion_at(town.now, actor="close-month"))


def applied(town: WebTown, *, base: str, amount: Amount) -> UUID:
    """A resident who has applied credits to the account of this base, today."""
    resident_id = town.resident(credits_=amount + 1_000, email=f"{base}@example.org")
    link_to(town, resident_id, base=base)
    town.work(lambda session: decide(session, occasion=town.occasion()))
    town.work(
        lambda session: apply_credits(
            session, resident_id=resident_id, amount=amount, rules=town.settings.rules, occasion=town.occasion()
        )
    )
    return resident_id


def link_to(town: WebTown, resident_id: UUID, *, base: str) -> None:
    """Link a resident to the account of this base."""
    account_format = town.settings.account_format
    town.work(
        lambda session: link_account(
            session,
            resident_id=resident_id,
            reference_text=base + check_character(base, account_format),
            role=LinkRole.LIABLE,
            account_format=account_format,
            occasion=town.occasion(),
        )
    )


def night(town: WebTown, business_date: date) -> None:
    """Build the batch of a business date."""
    occasion = factories.occasion_at(town.now + timedelta(hours=13))
    town.work(
        lambda session: build_batch(
            session,
            business_date=business_date,
            scheme=town.settings.scheme,
            rules=town.settings.rules,
            occasion=occasion,
        )
    )


def release(town: WebTown) -> None:
    """Two officers release the first file."""
    first, second = (
        town.work(lambda session: factories.officer(session, Permission.APPROVE, Permission.EXPORT)) for _ in range(2)
    )
    town.work(
        lambda session: approve_batch(
            session, sequence=1, officer_id=first, why="The first night.", occasion=town.occasion()
        )
    )
    town.work(lambda session: release_batch(session, sequence=1, officer_id=second, occasion=town.occasion()))


def answer(town: WebTown, *bases: str) -> None:
    """The revenues system, which knows these accounts, answers the first file, and the answer is taken in."""
    scheme = town.settings.scheme
    today = london_date(town.now)
    revenues = Revenues(authority=scheme.authority, environment=scheme.environment, scheme=scheme.code, today=today)
    for base in bases:
        revenues.accounts[base] = Account(
            base, check_character(base, town.settings.account_format), "", {2026: 120_000}
        )
    answered = revenues.receive(town.work(lambda session: batch_file(session, sequence=1)).content)
    town.work(lambda session: take_in(session, content=answered, scheme=scheme, occasion=town.occasion()))


def said(answer: TestResponse) -> str:
    """What a page's main part says, a space between any two of its pieces."""
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return " ".join(" ".join(document.find(".//main").itertext()).split())


def as_id(stored: UUID | str) -> UUID:
    """An id as either database stores it."""
    return stored if isinstance(stored, UUID) else UUID(stored)
