"""Reverse a transaction whole, with reason and evidence: one officer up to a limit, two over it."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.book.models import Account, Transfer
from ledger.book.reversal import reverse
from ledger.book.rules import Posting
from ledger.corrections.errors import GivenBackBefore, TwoOfficersNeeded
from ledger.corrections.models import Correction
from ledger.corrections.queries import transaction_seen
from ledger.corrections.rules import (
    CorrectionKind,
    check_reversible,
    may_reverse_alone,
    reversal_content,
)
from ledger.corrections.views import TransactionSeen
from ledger.earning.models import ActivitySession, Award
from ledger.earning.rules import cap_shares
from ledger.identifiers import from_text, to_text
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.redemption.errors import AlreadyVoided
from ledger.redemption.models import Redemption
from ledger.redemption.returns import give_back
from ledger.settings import SchemeRules
from ledger.wallets.alone import counted_alone
from ledger.wallets.operations import give_back_cap
from ledger.wallets.rules import Cap

REVERSAL = CorrectionKind.REVERSAL.value


def ask_reversal(
    session: Session,
    *,
    transaction_id: UUID,
    reason: str,
    evidence: str,
    officer_id: UUID,
    rules: SchemeRules,
    occasion: Occasion,
) -> str | None:
    """Reverse at once where one officer may, else propose it; the reference of the proposal, None if it is reversed.

    Raises what `reverse_transaction` raises; a proposal is refused at once only where nobody may reverse it.
    """
    found = check_standing(session, transaction_id=transaction_id)
    content = reversal_content(transaction_id=found.id, amount=found.amount, reason=reason, evidence=evidence)
    with suppress(TwoOfficersNeeded):
        reverse_transaction(
            session,
            transaction_id=found.id,
            reason=reason,
            evidence=evidence,
            officer_id=officer_id,
            rules=rules,
            occasion=occasion,
        )
        return None
    return proposals.propose(session, kind=REVERSAL, content=content, maker_id=officer_id, occasion=occasion).reference


def approve_reversal(
    session: Session, *, proposal_id: UUID, checker_id: UUID, rules: SchemeRules, occasion: Occasion
) -> UUID:
    """Approve a proposed reversal and make it, both or neither; the transaction's id.

    Raises NotFound for a proposal of another kind, and what `proposals.approve` and `reverse_transaction` raise.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=REVERSAL, called="reversal")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    return reverse_transaction(
        session,
        transaction_id=from_text(proposed.content["transaction"]),
        reason=proposed.content["reason"],
        evidence=proposed.content["evidence"],
        officer_id=proposed.maker_id,
        rules=rules,
        proposal_id=proposal_id,
        occasion=occasion,
    )


def reverse_transaction(
    session: Session,
    *,
    transaction_id: UUID,
    reason: str,
    evidence: str,
    officer_id: UUID,
    rules: SchemeRules,
    proposal_id: UUID | None = None,
    occasion: Occasion,
) -> UUID:
    """Reverse a transaction whole and write down why; the id of the transaction that does.

    What it gave back of a redemption or an award is counted there, so that nothing goes back twice. Past
    `rules.reversal_alone`, with all that the officer took back alone that day, it needs an approved proposal of exactly
    this, and uses it up. Raises NotFound, InvalidField, LeftForCouncilTax, NotReversible, AlreadyVoided,
    GivenBackBefore, AlreadyReversed, CannotReverse with what could be taken back, AccountFrozen, TwoOfficersNeeded,
    ProposalNotApproved, ProposalDiffers.
    """
    found = check_standing(session, transaction_id=transaction_id)
    content = reversal_content(transaction_id=found.id, amount=found.amount, reason=reason, evidence=evidence)
    if proposal_id is None:
        _count_alone(session, found, officer_id=officer_id, rules=rules, occasion=occasion)
    else:
        proposals.use_proposal(session, proposal_id=proposal_id, kind=REVERSAL, content=content, occasion=occasion)
    posted_id = _post(session, found, rules=rules, occasion=occasion)
    row = {
        "id": occasion.new_id(),
        "kind": REVERSAL,
        "transaction_id": posted_id,
        "about": found.id,
        "reason": content["reason"],
        "evidence": content["evidence"],
        "officer_id": officer_id,
        "proposal_id": proposal_id,
        "at": occasion.now,
    }
    session.connection().execute(insert(Correction), row)
    return posted_id


def _count_alone(
    session: Session, found: TransactionSeen, *, officer_id: UUID, rules: SchemeRules, occasion: Occasion
) -> None:
    limit = rules.reversal_alone
    if not may_reverse_alone(found.kind, found.amount, left=limit) or not counted_alone(
        session,
        officer_id=officer_id,
        cap=Cap.REVERSED_ALONE_A_DAY,
        amount=found.amount,
        limit=limit,
        occasion=occasion,
    ):
        raise TwoOfficersNeeded(amount=found.amount, limit=limit)


def check_standing(session: Session, *, transaction_id: UUID) -> TransactionSeen:
    """A transaction that may be reversed as it stands now; what its accounts bear is only known on posting.

    Raises NotFound, LeftForCouncilTax, NotReversible, AlreadyVoided, GivenBackBefore.
    """
    found = transaction_seen(session, transaction_id=transaction_id)
    check_reversible(found.kind)
    for model in (Redemption, Award):
        row = session.execute(select(model.amount, model.returned).where(model.transaction_id == found.id)).first()
        if row is not None and row.returned:
            raise _given_back(session, found.id, left=row.amount - row.returned)
    return found


def _post(session: Session, found: TransactionSeen, *, rules: SchemeRules, occasion: Occasion) -> UUID:
    if found.kind == "award":
        _count_award(session, found.id, rules)
    if found.kind == "redeem":
        redemption = _count_redemption(session, found.id)
        if redemption is not None and _is_past(session, found.id, occasion):
            return give_back(
                session, redemption, kind=REVERSAL, amount=redemption.amount, returned=0, occasion=occasion
            ).id
    posting = Posting(
        id=occasion.new_id(),
        kind=REVERSAL,
        lines=(),
        at=occasion.now,
        actor=occasion.actor,
        details={"original": to_text(found.id)},
    )
    return reverse(session.connection(), original=found.id, posting=posting).id


def _count_redemption(session: Session, transaction_id: UUID) -> Any:
    """The redemption, its whole counted as returned by one guarded update; None where there is none."""
    connection, mine = session.connection(), Redemption.transaction_id == transaction_id
    redemption = connection.execute(select(Redemption.__table__).where(mine)).one_or_none()
    if redemption is None:
        return None
    counted = update(Redemption).where(mine, Redemption.returned == 0).values(returned=Redemption.amount)
    if not connection.execute(counted).rowcount:
        raise _given_back(session, transaction_id, left=0)
    return redemption


def _given_back(session: Session, transaction_id: UUID, *, left: int) -> Exception:
    query = select(Redemption.voided_at).where(Redemption.transaction_id == transaction_id)
    return AlreadyVoided() if session.execute(query).scalar_one_or_none() else GivenBackBefore(left=left)


def _is_past(session: Session, transaction_id: UUID, occasion: Occasion) -> bool:
    """Whether a purse it drew on is past its last day: what is put back there would end tonight."""
    query = (
        select(Account.id)
        .join(Transfer, Transfer.debit_account == Account.id)
        .where(Transfer.transaction_id == transaction_id, Account.expires_on < occasion.today)
    )
    return session.execute(query.limit(1)).first() is not None


def _count_award(session: Session, transaction_id: UUID, rules: SchemeRules) -> None:
    """Count the whole award as returned by one guarded update, and give its resident's caps back."""
    connection = session.connection()
    mine = (Award.transaction_id == transaction_id, Award.returned == 0)
    query = (
        select(Award.resident_id, Award.amount, Award.minutes, ActivitySession.starts_at)
        .join(ActivitySession, ActivitySession.id == Award.session_id)
        .where(Award.transaction_id == transaction_id)
    )
    award = connection.execute(query).one_or_none()
    if award is None:
        return
    if not connection.execute(update(Award).where(*mine).values(returned=Award.amount)).rowcount:
        raise GivenBackBefore(left=0)
    for share in cap_shares(starts_at=award.starts_at, minutes=award.minutes, amount=award.amount, rules=rules):
        give_back_cap(session, owner_id=award.resident_id, cap=share.cap, day=share.day, used=share.used)
