"""A proposed allotment as officers read it: what is asked, and what it would change."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from council_office.alone import limit_of, why_two
from council_office.asked import Asked, Changes, SideCard, asked_by_and_when
from council_office.wording import strong
from ledger.clock import financial_year
from ledger.earning.given import Given, given_since
from ledger.earning.pace import awarded_lately, runs_out_on
from ledger.earning.queries import organiser_allowances, programme
from ledger.earning.views import ProgrammeView
from ledger.identifiers import from_text
from ledger.money import Amount, format_amount, format_signed
from ledger.people.proposals import ProposalView
from ledger.people.queries import organisation
from ledger.wallets.rules import Cap
from shared_web.days import plain_day
from shared_web.db import Session, occasion


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed allotment in words."""
    content = proposal.content
    organiser_id, programme_id = from_text(content["organiser_id"]), from_text(content["programme_id"])
    organiser = organisation(session, organisation_id=organiser_id)
    found = programme(session, programme_id=programme_id, today=occasion().today)
    year = date(financial_year(occasion().today), 4, 1)
    given = given_since(session, organiser_id=organiser_id, first=year)
    left = left_to(session, organiser_id, programme_id)
    amount = f"{format_amount(content['amount'])} CR"
    return Asked(
        kind="Allotment",
        title=f"Allot {amount} to {organiser.name}",
        approve=f"Approve {amount}",
        why_two=why_two(content["amount"], limit=limit_of(Cap.ALLOTTED_ALONE_A_DAY)),
        rows=asked_rows(content, organiser.name, found, asked_by=asked_by_and_when(proposal)),
        changes=Changes(
            unit="Balance in CR",
            rows=changes(content["amount"], left, found),
            note=lasts(session, organiser_id, found, left=left + content["amount"]),
        ),
        aside=SideCard(heading="This organiser", rows=organiser_rows(given)),
    )


def asked_rows(
    content: Mapping[str, Any], name: str, found: ProgrammeView, *, asked_by: str
) -> list[Mapping[str, str]]:
    """What is asked."""
    return [
        {"key": "To", "value": f"{name}, organiser"},
        {"key": "Programme", "value": f"{found.name}, decision {found.decision_reference}"},
        {"key": "Amount", "value": f"{format_amount(content['amount'])} CR"},
        {"key": "For", "value": content["purpose"]},
        {"key": "Asked by", "value": asked_by},
    ]


def left_to(session: Session, organiser_id: UUID, programme_id: UUID) -> Amount:
    """What the organiser has left of this programme."""
    allowances = organiser_allowances(session, organiser_id=organiser_id)
    return sum(one.left for one in allowances if one.programme_id == programme_id)


def lasts(session: Session, organiser_id: UUID, found: ProgrammeView, *, left: Amount) -> str:
    """How long the organiser's allowance would last, in a sentence; nothing where there is no pace."""
    today = occasion().today
    used = awarded_lately(session, today=today).get((found.id, organiser_id), 0)
    day = runs_out_on(left, used=used, today=today)
    if day is None:
        return ""
    until = "beyond the programme’s last day" if day > found.ends_on else f"until about {plain_day(day)}"
    return f"At the pace of the last 28 days, the allowance then lasts {until}."


def changes(amount: Amount, left: Amount, found: ProgrammeView) -> list[list[str]]:
    """Balances now, the change, and after it."""
    return [
        change("Organiser’s allowance", left, amount),
        change("Allotted in this programme", found.allotted, amount),
        change(f"Left of its budget of {format_amount(found.budget)}", found.left, -amount),
    ]


def change(name: str, now: Amount, by: Amount) -> list[str]:
    """One balance."""
    return [name, format_amount(now), strong(format_signed(by)), format_amount(now + by)]


def organiser_rows(given: Given) -> list[Mapping[str, str]]:
    """What the organiser has done with its allowances since 1 April."""
    return [
        {"key": "Awarded this year", "value": f"{format_amount(given.amount)} CR"},
        {"key": "Residents thanked", "value": f"{given.residents:,}"},
    ]
