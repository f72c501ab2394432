"""What the council decides about council tax, as values: a class of reduction, its ending, a closing for everybody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from ledger.clock import financial_year
from ledger.errors import InvalidField
from ledger.identifiers import to_text
from ledger.money import MOST_IN_ONE_TRANSFER, Amount
from ledger.people.rules import tidy

DECIDE, END, CLOSE = "reduction_scheme", "reduction_scheme_ending", "council_tax_closing"
"""The kinds of proposal by which two people decide these."""

NOTICE = timedelta(days=7)
"""How long a closing is published before it begins."""
FIRST_YEAR, LAST_YEAR = 2013, 2999
"""From the year from which the law has had section 13A as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A class of case whose liability is reduced: caps in pence a financial year, years by when they begin."""

    decision_reference: str
    decided_on: date
    class_wording: str
    account_cap: Amount
    resident_cap: Amount
    first_year: int
    last_year: int
    signed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeView:
    """A decision as it was recorded, by whom, and when and why it ended, if it did."""

    id: UUID
    decision: Decision
    recorded_at: datetime
    proposed_by: str
    approved_by: str
    ended_at: datetime | None
    ended_because: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingView:
    """From `closes_on` to the end of its financial year nobody applies."""

    financial_year: int
    closes_on: date
    reason: str
    published_at: datetime


def checked_decision(decision: Decision, *, today: date) -> Decision:
    """The decision with its words tidied. Raises InvalidField for what no decision can say."""
    for name in ("account_cap", "resident_cap"):
        if not 1 <= getattr(decision, name) <= MOST_IN_ONE_TRANSFER:
            raise InvalidField(name, "an amount above 0")
    if not FIRST_YEAR <= decision.first_year <= decision.last_year <= LAST_YEAR:
        raise InvalidField("last_year", "not before the first year")
    if decision.decided_on > today:
        raise InvalidField("decided_on", "not after today")
    return Decision(
        decision_reference=tidy("decision_reference", decision.decision_reference, longest=100),
        decided_on=decision.decided_on,
        class_wording=tidy("class_wording", decision.class_wording, longest=1000),
        account_cap=decision.account_cap,
        resident_cap=decision.resident_cap,
        first_year=decision.first_year,
        last_year=decision.last_year,
        signed_by=tidy("signed_by", decision.signed_by, longest=120),
    )


def decision_content(decision: Decision) -> dict[str, Any]:
    """What two people agree on when they record a decision."""
    return {
        "decision_reference": decision.decision_reference,
        "decided_on": decision.decided_on.isoformat(),
        "class_wording": decision.class_wording,
        "account_cap": decision.account_cap,
        "resident_cap": decision.resident_cap,
        "first_year": decision.first_year,
        "last_year": decision.last_year,
        "signed_by": decision.signed_by,
    }


def read_decision(content: Any) -> Decision:
    """The decision of a proposal's content."""
    return Decision(**{**content, "decided_on": date.fromisoformat(content["decided_on"])})


def ending_content(*, scheme_id: UUID, reason: str) -> dict[str, Any]:
    """What two people agree on when they end a decision. Raises InvalidField (no reason)."""
    return {"scheme_id": to_text(scheme_id), "reason": tidy("reason", reason, longest=500)}


def closing_content(*, closes_on: date, reason: str) -> dict[str, Any]:
    """What two people agree on when they close council tax for everybody. Raises InvalidField (no reason)."""
    return {"closes_on": closes_on.isoformat(), "reason": tidy("reason", reason, longest=500)}


def check_notice(closes_on: date, *, today: date) -> None:
    """Refuse a closing that would not be published long enough before it begins. Raises InvalidField."""
    if closes_on < today + NOTICE:
        raise InvalidField("closes_on", f"at least {NOTICE.days} days from today")


def is_closed(closing: ClosingView | None, *, today: date, leaves_on: date) -> bool:
    """Whether an application made today, that would leave on this day, meets a closing of its financial year."""
    if closing is None or closing.financial_year != financial_year(leaves_on):
        return False
    return today >= closing.closes_on
