"""Proposed decisions on council tax as officers read them: a class of reduction, its ending, a closing."""

from collections.abc import Mapping
from datetime import date

from council_office.asked import Asked, asked_by_and_when
from council_office.wording import financial_years
from ledger.council_tax.decision_queries import decision
from ledger.council_tax.decision_rules import Decision, read_decision
from ledger.identifiers import from_text
from ledger.money import format_pounds
from ledger.people.proposals import ProposalView
from shared_web.days import plain_day
from shared_web.db import Session

WHY_TWO = "A decision on council tax, so two people are needed."


def decision_asked_of(_session: Session, proposal: ProposalView) -> Asked:
    """A class of reduction that is to be recorded."""
    said = read_decision(proposal.content)
    return Asked(
        kind="Council tax decision",
        title=f"Record decision {said.decision_reference}",
        approve="Approve the decision",
        why_two=WHY_TWO,
        rows=[*decision_rows(said), {"key": "Asked by", "value": asked_by_and_when(proposal)}],
    )


def ending_asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A decision that is to end."""
    found = decision(session, scheme_id=from_text(proposal.content["scheme_id"]))
    return Asked(
        kind="Council tax decision",
        title=f"End decision {found.decision.decision_reference}",
        approve="Approve the ending",
        why_two=WHY_TWO,
        rows=[
            *decision_rows(found.decision),
            {"key": "Why it ends", "value": proposal.content["reason"]},
            {"key": "After it", "value": "Nobody applies by it, and what is set aside by it does not leave."},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
    )


def closing_asked_of(_session: Session, proposal: ProposalView) -> Asked:
    """A closing of council tax that is to be published."""
    closes_on = date.fromisoformat(proposal.content["closes_on"])
    return Asked(
        kind="Council tax closing",
        title=f"Close council tax from {plain_day(closes_on)}",
        approve="Approve and publish",
        why_two=WHY_TWO,
        rows=[
            {"key": "From", "value": plain_day(closes_on)},
            {"key": "For whom", "value": "Everybody, until the financial year ends"},
            {"key": "Reason residents read", "value": proposal.content["reason"]},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
    )


def decision_rows(said: Decision) -> list[Mapping[str, str]]:
    """What a decision says."""
    return [
        {"key": "Decision", "value": f"{said.decision_reference}, {plain_day(said.decided_on)}"},
        {"key": "Class of case", "value": said.class_wording},
        {"key": "Financial years", "value": financial_years(said.first_year, said.last_year)},
        {"key": "Most for an account", "value": f"{format_pounds(said.account_cap)} a year"},
        {"key": "Most for a resident", "value": f"{format_pounds(said.resident_cap)} a year"},
        {"key": "Signed by", "value": said.signed_by},
    ]
