"""A proposed allotment as officers read it: what is asked, what it would change, how it was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from council_office.wording import strong
from ledger.clock import financial_year
from ledger.earning.given import Given, given_since
from ledger.earning.queries import organiser_allowances, programme
from ledger.earning.rules import ALLOTMENT
from ledger.earning.views import ProgrammeView
from ledger.errors import NotFound
from ledger.identifiers import from_text
from ledger.money import Amount, format_amount, format_signed
from ledger.people.proposals import ProposalView
from ledger.people.queries import organisation
from ledger.people.rules import ProposalState
from shared_web.days import day_and_clock
from shared_web.db import Session, occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The page's words and figures."""

    reference: str
    title: str
    amount: str
    asked_by: str
    rows: list[Mapping[str, str]]
    changes: list[list[str]]
    digest: str
    organiser_rows: list[Mapping[str, str]]
    outcome: str
    reason: str | None


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed allotment in words. Raises NotFound for a proposal of another kind."""
    if proposal.kind != ALLOTMENT:
        raise NotFound("allotment")
    content = proposal.content
    organiser_id, programme_id = from_text(content["organiser_id"]), from_text(content["programme_id"])
    organiser = organisation(session, organisation_id=organiser_id)
    found = programme(session, programme_id=programme_id, today=occasion().today)
    year = date(financial_year(occasion().today), 4, 1)
    given = given_since(session, organiser_id=organiser_id, first=year)
    asked_by = f"{proposal.maker_name}, {day_and_clock(proposal.made_at)}"
    return Asked(
        reference=proposal.reference,
        title=f"Allot {format_amount(content['amount'])} CR to {organiser.name}",
        amount=format_amount(content["amount"]),
        asked_by=asked_by,
        rows=asked_rows(content, organiser.name, found, asked_by=asked_by),
        changes=changes(content["amount"], left_to(session, organiser_id, programme_id), found),
        digest=in_fours(proposal.digest),
        organiser_rows=organiser_rows(given),
        outcome=outcome(proposal),
        reason=proposal.reason,
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


def outcome(proposal: ProposalView) -> str:
    """Who decided what, and when; nothing while it waits."""
    if proposal.decided_at is None:
        return ""
    verb = "Sent back" if proposal.state == ProposalState.SENT_BACK else "Approved"
    return f"{verb} by {proposal.checker_name}, {day_and_clock(proposal.decided_at)}."


def in_fours(digest: bytes) -> str:
    """The first twelve digits of a digest, in fours, for people to compare: "5b1e 90c4 7a2f"."""
    digits = digest.hex()
    return " ".join(digits[start : start + 4] for start in (0, 4, 8))
