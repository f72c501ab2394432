"""Disputes: a resident or a shop says a transaction is wrong, and the council answers once, in words."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Account, Entry, Transaction, Transfer
from ledger.clock import working_days_after
from ledger.corrections.errors import CorrectionMissing, DisputedAlready
from ledger.corrections.models import Correction, Dispute
from ledger.corrections.rules import (
    LONGEST_ANSWER,
    LONGEST_REASON,
    DisputeState,
    check_dispute_move,
)
from ledger.corrections.views import DisputeView
from ledger.errors import NotFound
from ledger.identifiers import read_reference
from ledger.identifiers import reference as draw_reference
from ledger.notices.operations import enqueue
from ledger.occasion import Occasion
from ledger.people.models import Organisation, Resident
from ledger.people.rules import tidy
from ledger.redemption.models import Redemption
from ledger.settings import SchemeRules
from ledger.store import insert_once

ANSWERED = "dispute_answered"


def dispute_as_resident(
    session: Session, *, transaction_id: UUID, resident_id: UUID, reason: str, rules: SchemeRules, occasion: Occasion
) -> str:
    """A resident says that a transaction of theirs is wrong; the dispute's reference.

    Raises InvalidField, NotFound (also for what never touched their purses), DisputedAlready.
    """
    touched = select(Entry.transaction_id).join(Account, Account.id == Entry.account_id)
    own = touched.where(Entry.transaction_id == transaction_id, Account.owner_id == resident_id)
    if session.execute(own.limit(1)).first() is None:
        raise NotFound("transaction")
    row = {"resident_id": resident_id, "merchant_id": None}
    return _dispute(session, transaction_id, row, Dispute.resident_id == resident_id, reason, rules, occasion)


def dispute_as_shop(
    session: Session, *, reference: str, merchant_id: UUID, reason: str, rules: SchemeRules, occasion: Occasion
) -> str:
    """A shop says that a redemption of its own is wrong; the dispute's reference.

    Raises InvalidField, NotFound (also for another shop's), DisputedAlready.
    """
    own = (Redemption.reference == read_reference(reference), Redemption.merchant_id == merchant_id)
    transaction_id = session.execute(select(Redemption.transaction_id).where(*own)).scalar_one_or_none()
    if transaction_id is None:
        raise NotFound("redemption")
    row = {"resident_id": None, "merchant_id": merchant_id}
    return _dispute(session, transaction_id, row, Dispute.merchant_id == merchant_id, reason, rules, occasion)


def _dispute(
    session: Session,
    transaction_id: UUID,
    side: dict[str, UUID | None],
    same_side: ColumnElement[bool],
    reason: str,
    rules: SchemeRules,
    occasion: Occasion,
) -> str:
    row = {
        "id": occasion.new_id(),
        "reference": draw_reference(occasion.token_bytes),
        "transaction_id": transaction_id,
        **side,
        "reason": tidy("reason", reason, longest=LONGEST_REASON),
        "made_at": occasion.now,
        "due_on": working_days_after(occasion.today, rules.dispute_working_days),
        "state": DisputeState.OPEN,
        "answered_at": None,
        "officer_id": None,
        "answer": None,
        "correction_id": None,
    }
    same = (Dispute.transaction_id == transaction_id) & same_side
    if not insert_once(session.connection(), Dispute, row, taken=same):
        raise DisputedAlready
    return str(row["reference"])


def uphold(
    session: Session, *, reference: str, answer: str, officer_id: UUID, field_keys: Sequence[str], occasion: Occasion
) -> None:
    """Answer that the disputer is right: the newest correction of what it is about put it right, and is cited.

    Raises InvalidField, NotFound, CorrectionMissing, MoveRefused (answered already).
    """
    found = dispute(session, reference=reference)
    query = select(Correction.id).where(Correction.about == found.about)
    correction_id = session.execute(query.order_by(Correction.at.desc(), Correction.id.desc()).limit(1)).scalar()
    if correction_id is None:
        raise CorrectionMissing
    _answer(session, found, DisputeState.UPHELD, answer, officer_id, correction_id, field_keys, occasion)


def refuse(
    session: Session, *, reference: str, answer: str, officer_id: UUID, field_keys: Sequence[str], occasion: Occasion
) -> None:
    """Answer that it stands as it is, and say why. Raises InvalidField, NotFound, MoveRefused (answered already)."""
    found = dispute(session, reference=reference)
    _answer(session, found, DisputeState.NOT_UPHELD, answer, officer_id, None, field_keys, occasion)


def _answer(
    session: Session,
    found: DisputeView,
    state: DisputeState,
    answer: str,
    officer_id: UUID,
    correction_id: UUID | None,
    field_keys: Sequence[str],
    occasion: Occasion,
) -> None:
    """Answer by one guarded update, and tell the resident, if one disputed, that there is an answer."""
    words = tidy("answer", answer, longest=LONGEST_ANSWER)
    still_open = update(Dispute).where(Dispute.reference == found.reference, Dispute.state == DisputeState.OPEN)
    values = {"state": state, "answered_at": occasion.now, "officer_id": officer_id, "answer": words}
    if not session.connection().execute(still_open.values(**values, correction_id=correction_id)).rowcount:
        check_dispute_move(dispute(session, reference=found.reference).state, state)
    query = select(Resident.email).join(Dispute, Dispute.resident_id == Resident.id)
    to = session.execute(query.where(Dispute.reference == found.reference)).scalar_one_or_none()
    if to is not None:
        enqueue(
            session,
            topic=ANSWERED,
            to=to,
            subject="We have answered you",
            text=(
                f"You told us that something was wrong. Your reference is {found.reference}.\n\n"
                "Our answer is in your wallet: sign in, open History, and choose the line it is about."
            ),
            field_keys=field_keys,
            occasion=occasion,
        )


def dispute(session: Session, *, reference: str) -> DisputeView:
    """A dispute by its reference, for officers. Raises NotFound."""
    return _one(session, Dispute.reference == read_reference(reference))


def own_dispute(session: Session, *, reference: str, resident_id: UUID) -> DisputeView:
    """A resident's own dispute. Raises NotFound, also for another's."""
    return _one(session, Dispute.reference == read_reference(reference), Dispute.resident_id == resident_id)


def dispute_of_resident(session: Session, *, transaction_id: UUID, resident_id: UUID) -> DisputeView | None:
    """What a resident said of this transaction, if anything."""
    mine = (Dispute.transaction_id == transaction_id, Dispute.resident_id == resident_id)
    return next(iter(_disputes(session, *mine)), None)


def dispute_of_shop(session: Session, *, transaction_id: UUID, merchant_id: UUID) -> DisputeView | None:
    """What a shop said of this transaction, if anything."""
    mine = (Dispute.transaction_id == transaction_id, Dispute.merchant_id == merchant_id)
    return next(iter(_disputes(session, *mine)), None)


def open_disputes(session: Session) -> list[DisputeView]:
    """What waits for an answer, the soonest due first."""
    return _disputes(session, Dispute.state == DisputeState.OPEN)


def answered_disputes(session: Session, *, most: int) -> list[DisputeView]:
    """What was answered, the latest first."""
    answered = _views(Dispute.state != DisputeState.OPEN).order_by(Dispute.answered_at.desc(), Dispute.id)
    return [_view(row) for row in session.execute(answered.limit(most))]


def _one(session: Session, *where: ColumnElement[bool]) -> DisputeView:
    for found in _disputes(session, *where):
        return found
    raise NotFound("dispute")


def _disputes(session: Session, *where: ColumnElement[bool]) -> list[DisputeView]:
    return [_view(row) for row in session.execute(_views(*where).order_by(Dispute.due_on, Dispute.id))]


def _views(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    amount = select(func.sum(Transfer.amount)).where(Transfer.transaction_id == Dispute.transaction_id)
    return (
        select(
            Dispute,
            Transaction.kind,
            amount.scalar_subquery().label("amount"),
            Organisation.name.label("shop"),
            Correction.transaction_id.label("corrected_by"),
        )
        .join(Transaction, Transaction.id == Dispute.transaction_id)
        .outerjoin(Organisation, Organisation.id == Dispute.merchant_id)
        .outerjoin(Correction, Correction.id == Dispute.correction_id)
        .where(*where)
    )


def _view(row: Any) -> DisputeView:
    one = row.Dispute
    return DisputeView(
        reference=one.reference,
        about=one.transaction_id,
        amount=int(row.amount),
        kind=row.kind,
        shop=row.shop,
        reason=one.reason,
        made_at=one.made_at,
        due_on=one.due_on,
        state=DisputeState(one.state),
        answered_at=one.answered_at,
        answer=one.answer,
        corrected_by=row.corrected_by,
    )
