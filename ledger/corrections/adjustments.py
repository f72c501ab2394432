"""Adjust by hand: an amount between two accounts, with reason and evidence, always by two officers."""

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ledger.book.posting import post
from ledger.book.rules import Line, Posting
from ledger.corrections.models import Correction
from ledger.corrections.queries import account_called, transaction_seen
from ledger.corrections.rules import CorrectionKind, adjustment_content, check_adjustable, check_amount
from ledger.errors import InvalidField
from ledger.identifiers import from_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals

ADJUSTMENT = CorrectionKind.ADJUSTMENT.value


def ask_adjustment(
    session: Session,
    *,
    debit: UUID,
    credit: UUID,
    amount: Amount,
    about: UUID | None,
    reason: str,
    evidence: str,
    officer_id: UUID,
    occasion: Occasion,
) -> str:
    """Propose to move `amount` (minor units) between two accounts named by their public ids; the proposal's reference.

    Raises InvalidField, NotFound for an account or what it is about, NotAdjustable.
    """
    check_amount(amount)
    if debit == credit:
        raise InvalidField("credit", "must be another account")
    if about is not None:
        transaction_seen(session, transaction_id=about)
    (_, payer), (_, payee) = (account_called(session, public_id=one) for one in (debit, credit))
    check_adjustable(debit=payer.kind, credit=payee.kind)
    content = adjustment_content(
        debit=debit, credit=credit, amount=amount, about=about, reason=reason, evidence=evidence
    )
    return proposals.propose(
        session, kind=ADJUSTMENT, content=content, maker_id=officer_id, occasion=occasion
    ).reference


def approve_adjustment(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> UUID:
    """Approve a proposed adjustment and make it, both or neither; the transaction's id.

    Raises NotFound for a proposal of another kind, NotAdjustable, InsufficientCredits, AccountFrozen, AccountClosed,
    UnitsDiffer, and what `proposals.approve` and `use_proposal` raise.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=ADJUSTMENT, called="adjustment")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    content = proposed.content
    proposals.use_proposal(session, proposal_id=proposal_id, kind=ADJUSTMENT, content=content, occasion=occasion)
    (debit, payer), (credit, payee) = (
        account_called(session, public_id=from_text(content[side])) for side in ("debit", "credit")
    )
    check_adjustable(debit=payer.kind, credit=payee.kind)
    about = content["about"]
    posting = Posting(
        id=occasion.new_id(),
        kind=ADJUSTMENT,
        lines=[Line(debit=debit, credit=credit, amount=content["amount"])],
        at=occasion.now,
        actor=occasion.actor,
        details={} if about is None else {"about": about},
    )
    posted = post(session.connection(), posting)
    row = {
        "id": occasion.new_id(),
        "kind": ADJUSTMENT,
        "transaction_id": posted.id,
        "about": None if about is None else from_text(about),
        "reason": content["reason"],
        "evidence": content["evidence"],
        "officer_id": proposed.maker_id,
        "proposal_id": proposal_id,
        "at": occasion.now,
    }
    session.connection().execute(insert(Correction), row)
    return posted.id
