"""A proposed reversal or adjustment as officers read it: what it moves, why, and where the evidence is."""

from collections.abc import Mapping
from typing import Any

from council_office.account_named import account_named, kind_named
from council_office.alone import limit_of, why_two
from council_office.asked import Asked, asked_by_and_when
from ledger.corrections.adjustments import ADJUSTMENT
from ledger.corrections.queries import account_called, transaction_seen
from ledger.corrections.views import LineSeen
from ledger.identifiers import from_text
from ledger.money import format_amount
from ledger.people.proposals import ProposalView
from ledger.wallets.rules import Cap
from shared_web.days import day_and_clock
from shared_web.db import Session

ADJUSTED = "Two people made this adjustment, so two people are needed to reverse it."


def reversal_asked(session: Session, proposal: ProposalView) -> Asked:
    """A proposed reversal in words."""
    content = proposal.content
    found = transaction_seen(session, transaction_id=from_text(content["transaction"]))
    amount = f"{format_amount(found.amount)} CR"
    adjusted = found.kind == ADJUSTMENT
    return Asked(
        kind="Reversal",
        title=f"Reverse {kind_named(found.kind).lower()} of {amount}",
        approve=f"Approve reversing {amount}",
        why_two=ADJUSTED if adjusted else why_two(found.amount, limit=limit_of(Cap.REVERSED_ALONE_A_DAY)),
        rows=[
            {"key": "What", "value": f"{kind_named(found.kind)}, {day_and_clock(found.posted_at)}"},
            *[{"key": "Back", "value": line_back(line)} for line in found.lines],
            *why_rows(content, asked_by=asked_by_and_when(proposal)),
            {"key": "Transaction", "value": content["transaction"]},
        ],
    )


def adjustment_asked(session: Session, proposal: ProposalView) -> Asked:
    """A proposed adjustment in words."""
    content = proposal.content
    amount = f"{format_amount(content['amount'])} CR"
    (_, payer), (_, payee) = (
        account_called(session, public_id=from_text(content[side])) for side in ("debit", "credit")
    )
    about = [{"key": "About", "value": content["about"]}] if content["about"] else []
    return Asked(
        kind="Adjustment",
        title=f"Adjust {amount} by hand",
        approve=f"Approve {amount}",
        why_two="Every adjustment needs two people.",
        rows=[
            {"key": "From", "value": account_named(payer)},
            {"key": "To", "value": account_named(payee)},
            {"key": "Amount", "value": amount},
            *about,
            *why_rows(content, asked_by=asked_by_and_when(proposal)),
        ],
    )


def line_back(line: LineSeen) -> str:
    """A line turned round."""
    return f"{format_amount(line.amount)} from {account_named(line.credit)} to {account_named(line.debit)}"


def why_rows(content: Mapping[str, Any], *, asked_by: str) -> list[Mapping[str, str]]:
    """Why, and by whom it is asked."""
    return [
        {"key": "Reason", "value": content["reason"]},
        {"key": "Evidence", "value": content["evidence"]},
        {"key": "Asked by", "value": asked_by},
    ]
