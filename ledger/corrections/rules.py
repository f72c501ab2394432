"""Pure rules of corrections and disputes: what may be reversed or adjusted by whom, and when an answer is due."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from ledger.corrections.errors import LeftForCouncilTax, NotAdjustable, NotReversible
from ledger.errors import InvalidField, MoveRefused
from ledger.identifiers import to_text
from ledger.money import MOST_FROM_PEOPLE, Amount
from ledger.people.rules import tidy


class CorrectionKind(StrEnum):
    """A reversal mirrors a transaction; an adjustment moves an amount between two accounts."""

    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"


class DisputeState(StrEnum):
    """A dispute's life: `open → upheld | not_upheld`."""

    OPEN = "open"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


DISPUTE_MOVES: Mapping[DisputeState, frozenset[DisputeState]] = MappingProxyType(
    {
        DisputeState.OPEN: frozenset({DisputeState.UPHELD, DisputeState.NOT_UPHELD}),
        DisputeState.UPHELD: frozenset(),
        DisputeState.NOT_UPHELD: frozenset(),
    }
)
REVERSIBLE = frozenset({"redeem", "award", "fund", "allot", CorrectionKind.ADJUSTMENT.value})
"""The kinds of transaction that may be reversed: what gives back, ends or leaves the scheme has ways of its own."""

COUNCIL_TAX = "council_tax"
ADJUSTABLE_FROM = frozenset({"issuance", "budget", "allowance", "purse", "expired"})
ADJUSTABLE_TO = ADJUSTABLE_FROM - {"expired"}
"""Takings follow the redemptions and what is in transit follows the files, so neither is adjusted."""

LONGEST_REASON, LONGEST_EVIDENCE, LONGEST_ANSWER = 500, 200, 1000


def check_reversible(kind: str) -> None:
    """Refuse kinds of transaction that are put right another way. Raises LeftForCouncilTax, NotReversible."""
    if kind == COUNCIL_TAX:
        raise LeftForCouncilTax(kind=kind)
    if kind not in REVERSIBLE:
        raise NotReversible(kind=kind)


def may_reverse_alone(kind: str, amount: Amount, *, left: Amount) -> bool:
    """Whether one officer may: what is left of their limit of the day, and never an adjustment, which two made."""
    return kind != CorrectionKind.ADJUSTMENT and amount <= left


def check_adjustable(*, debit: str, credit: str) -> None:
    """Refuse an adjustment between accounts of these kinds. Raises NotAdjustable."""
    if debit not in ADJUSTABLE_FROM or credit not in ADJUSTABLE_TO:
        raise NotAdjustable(f"{debit} to {credit}")


def check_amount(amount: Amount) -> None:
    """Refuse what is no amount from 0.01 to 10,000.00. Raises InvalidField."""
    if type(amount) is not int or not 1 <= amount <= MOST_FROM_PEOPLE:
        raise InvalidField("amount", "must be from 0.01 to 10,000.00")


def reversal_content(*, transaction_id: UUID, amount: Amount, reason: str, evidence: str) -> dict[str, Any]:
    """What two people agree on when they reverse: the transaction, what it moved, why, and where the evidence is."""
    return {"transaction": to_text(transaction_id), "amount": amount, **_why(reason, evidence)}


def adjustment_content(
    *, debit: UUID, credit: UUID, amount: Amount, about: UUID | None, reason: str, evidence: str
) -> dict[str, Any]:
    """What two people agree on when they adjust: both accounts' public ids, minor units, why, and the evidence."""
    return {
        "debit": to_text(debit),
        "credit": to_text(credit),
        "amount": amount,
        "about": None if about is None else to_text(about),
        **_why(reason, evidence),
    }


def _why(reason: str, evidence: str) -> dict[str, str]:
    return {
        "reason": tidy("reason", reason, longest=LONGEST_REASON),
        "evidence": tidy("evidence", evidence, longest=LONGEST_EVIDENCE),
    }


def check_dispute_move(now: DisputeState, wanted: DisputeState) -> None:
    """Refuse a move that a dispute's life does not have. Raises MoveRefused."""
    if wanted not in DISPUTE_MOVES[now]:
        raise MoveRefused(kind="dispute", now=now, wanted=wanted)
