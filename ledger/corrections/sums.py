"""What corrections came to by a day, each from two sides that are counted apart."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.book.models import Transaction, Transfer
from ledger.corrections.models import Correction
from ledger.corrections.rules import CorrectionKind
from ledger.money import Amount
from ledger.people.models import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSums:
    """Minor units: what was reversed and what its reversals moved, what two agreed to adjust and what that moved."""

    originals: Amount
    reversals: Amount
    agreed: Amount
    adjustments: Amount


def correction_sums(session: Session, *, last: date) -> CorrectionSums:
    """What all corrections that count for `last` or a day before came to: by their own rows, and in the books."""
    return CorrectionSums(
        originals=_originals(session, last),
        reversals=_posted(session, CorrectionKind.REVERSAL, last),
        agreed=_agreed(session, last),
        adjustments=_posted(session, CorrectionKind.ADJUSTMENT, last),
    )


def _originals(session: Session, last: date) -> Amount:
    """What the transactions moved that were reversed."""
    query = (
        select(func.coalesce(func.sum(Transfer.amount), 0))
        .join(Correction, Correction.about == Transfer.transaction_id)
        .join(Transaction, Transaction.id == Correction.transaction_id)
        .where(Correction.kind == CorrectionKind.REVERSAL, Transaction.effective_on <= last)
    )
    return int(session.execute(query).scalar_one())


def _agreed(session: Session, last: date) -> Amount:
    """What two officers agreed to adjust."""
    query = (
        select(Proposal.content)
        .join(Correction, Correction.proposal_id == Proposal.id)
        .join(Transaction, Transaction.id == Correction.transaction_id)
        .where(Correction.kind == CorrectionKind.ADJUSTMENT, Transaction.effective_on <= last)
    )
    return sum(content["amount"] for content in session.execute(query).scalars())


def _posted(session: Session, kind: CorrectionKind, last: date) -> Amount:
    """What transactions of this kind moved, whatever is written of them elsewhere."""
    query = (
        select(func.coalesce(func.sum(Transfer.amount), 0))
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .where(Transaction.kind == kind.value, Transaction.effective_on <= last)
    )
    return int(session.execute(query).scalar_one())
