"""Pure rules of the council-tax reduction: lives, roles, reasons, and what may be applied when."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median_low
from typing import Any
from uuid import UUID

from ledger.council_tax.decision_rules import Decision
from ledger.council_tax.errors import BelowMinimum
from ledger.errors import InvalidField, MoveRefused, NotFound
from ledger.identifiers import named_id, read_reference
from ledger.money import Amount
from ledger.people.rules import tidy
from ledger.settings import SchemeRules
from ledger.wallets.rules import Cap

LONGEST_WHY = 500


class ItemState(StrEnum):
    """A council-tax item's life (scheme.md, Life of each thing)."""

    HELD = "held"
    CANCELLED = "cancelled"
    BATCHED = "batched"
    SENT = "sent"
    APPLIED = "applied"
    PARTLY_APPLIED = "partly_applied"
    REFUSED = "refused"
    DEFERRED = "deferred"
    CLAWED_BACK = "clawed_back"


class BatchState(StrEnum):
    """A council-tax batch's life (scheme.md)."""

    OPEN = "open"
    BUILT = "built"
    APPROVED = "approved"
    RELEASED = "released"
    ANSWERED = "answered"
    RECONCILED = "reconciled"


UNRELEASED = (BatchState.BUILT, BatchState.APPROVED)
"""The states of a batch whose file may not leave yet."""


class LinkRole(StrEnum):
    """Whether the resident's name is on the bill, or someone's they live with."""

    LIABLE = "liable"
    HOUSEHOLD_MEMBER = "household_member"


class ItemCode(StrEnum):
    """What a line of the file does: reduce, reverse whole, reverse in part."""

    REDUCTION = "RED"
    REVERSAL = "REV"
    PARTIAL_REVERSAL = "PRV"


class Reason(StrEnum):
    """Why, in three letters, as the CTX 1 file says it."""

    VOLUNTARY = "VOL"
    GIFT = "GIF"
    ORGANISER_ERROR = "ORG"
    RESIDENT_REQUEST = "RES"
    FRAUD = "FRD"
    CORRECTION = "COR"


class AnswerKind(StrEnum):
    """What the revenues system sends: the answer to a file, or changes it made later by itself."""

    RESPONSE = "CTR"
    CHANGES = "CTU"


class Outcome(StrEnum):
    """What became of a line, in the letter of CTR 1; and U for a later change of CTU."""

    APPLIED = "A"
    PARTLY = "P"
    REJECTED = "R"
    DEFERRED = "D"
    TAKEN_BACK = "U"


ITEM_PREFIX = "CT"
UNUSUAL = 3
ITEM_MOVES: dict[ItemState, frozenset[ItemState]] = {
    ItemState.HELD: frozenset({ItemState.CANCELLED, ItemState.BATCHED}),
    ItemState.BATCHED: frozenset({ItemState.SENT, ItemState.HELD}),
    ItemState.SENT: frozenset(
        {
            ItemState.APPLIED,
            ItemState.PARTLY_APPLIED,
            ItemState.REFUSED,
            ItemState.DEFERRED,
            ItemState.HELD,
        }
    ),
    ItemState.DEFERRED: frozenset({ItemState.BATCHED}),
    ItemState.APPLIED: frozenset({ItemState.CLAWED_BACK}),
    ItemState.PARTLY_APPLIED: frozenset({ItemState.CLAWED_BACK}),
}
"""From each state to the next ones; a state that is not here is the end (scheme.md, Life of each thing)."""
CHANGEABLE = (ItemState.APPLIED, ItemState.PARTLY_APPLIED)
"""The states of a reduction of which something may be taken back."""
UNANSWERED = (ItemState.HELD, ItemState.BATCHED, ItemState.SENT, ItemState.DEFERRED)
"""The states of an item on which the revenues system has not decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapCount:
    """What one application counts against one cap, in the period that holds the day it leaves."""

    owner_id: UUID
    cap: Cap
    used: int
    of_account: bool = True


def check_move(now: ItemState, wanted: ItemState) -> None:
    """Refuse a move that an item's life does not have. Raises MoveRefused."""
    if wanted not in ITEM_MOVES.get(now, frozenset()):
        raise MoveRefused(kind="council-tax item", now=now, wanted=wanted)


def read_item_reference(text: str) -> str:
    """An item's reference as it stands, "CT-7K2M-9QF"; case is ignored.

    Raises NotFound for any text that could not be one, so that no other text reaches the database.
    """
    kind, _, spoken = text.partition("-")
    if kind.upper() != ITEM_PREFIX:
        raise NotFound("council-tax item")
    return f"{ITEM_PREFIX}-{read_reference(spoken)}"


def times_the_usual(reductions: Amount, nights_before: Sequence[Amount]) -> int | None:
    """How many tenths of the middle night this one comes to, where it is three times that or more; else None.

    Nights on which nothing left are not usual ones, and are left out.
    """
    usual = median_low([night for night in nights_before if night] or [0])
    return reductions * 10 // usual if usual and reductions >= UNUSUAL * usual else None


def account_owner(account_ref: str) -> UUID:
    """Who owns a council-tax account's counts against its caps: the account itself, whoever is linked to it."""
    return named_id("council-tax-account", account_ref)


def check_amount(amount: Amount, rules: SchemeRules) -> None:
    """Refuse less than one application must be. Raises BelowMinimum."""
    if amount < rules.council_tax_minimum:
        raise BelowMinimum(minimum=rules.council_tax_minimum)


def check_uprn(uprn: str | None) -> None:
    """Refuse a UPRN that is not 1 to 12 digits. Raises InvalidField."""
    if uprn is not None and not (uprn.isascii() and uprn.isdigit() and len(uprn) <= 12):
        raise InvalidField("uprn", "1 to 12 digits")


def reason_for(role: LinkRole) -> Reason:
    """Why a line reduces: its own liable person's wish, or a gift from another member of the household."""
    return Reason.VOLUNTARY if role == LinkRole.LIABLE else Reason.GIFT


def cap_counts(*, resident_id: UUID, account_ref: str, amount: Amount) -> list[CapCount]:
    """What an application counts: the account's items this month and year, and the resident's year, in lock order."""
    account = account_owner(account_ref)
    counts = [
        CapCount(owner_id=account, cap=Cap.COUNCIL_TAX_ITEMS_A_MONTH, used=1),
        CapCount(owner_id=account, cap=Cap.COUNCIL_TAX_A_YEAR, used=amount),
        CapCount(owner_id=resident_id, cap=Cap.COUNCIL_TAX_A_YEAR, used=amount, of_account=False),
    ]
    return sorted(counts, key=lambda count: (count.owner_id, count.cap))


def reversal_content(*, item_reference: str, amount: Amount, reason: Reason, why: str) -> dict[str, Any]:
    """What two people agree on when they take a reduction back: which, pence, the file's reason, and why."""
    return {
        "item": item_reference,
        "amount": amount,
        "reason": reason.value,
        "why": tidy("why", why, longest=LONGEST_WHY),
    }


def limit_of(count: CapCount, decision: Decision, rules: SchemeRules) -> int:
    """The limit that an application counts against: items a month, or minor units a financial year.

    A year's is the scheme's or the decision's, whichever is less.
    """
    if count.cap == Cap.COUNCIL_TAX_ITEMS_A_MONTH:
        return rules.council_tax_items_a_month
    decided = decision.account_cap if count.of_account else decision.resident_cap
    return min(rules.council_tax_a_year, decided)
