"""Release a night's file by two officers: one approves, another releases, or either sends it back with a reason."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.council_tax.batches import rebuild_empty
from ledger.council_tax.errors import AlreadyArrived, BooksDiffer, EarlierBatchWaits, MayAward, UnusualNight
from ledger.council_tax.exchange_models import CouncilTaxApproval, CouncilTaxRebuild
from ledger.council_tax.files import withdraw_done
from ledger.council_tax.held_again import hold_again
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxLine
from ledger.council_tax.queries import batch, batch_id_of, batches, captured_total
from ledger.council_tax.register import arrivals
from ledger.council_tax.released import first_unreleased, mark_released, release_empty
from ledger.council_tax.rules import UNRELEASED, BatchState, ItemState, times_the_usual
from ledger.council_tax.views import BatchView
from ledger.errors import MoveRefused, NotAllowed
from ledger.nights.queries import check_whole
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.errors import ProposalDiffers
from ledger.people.proposals import ProposalView
from ledger.people.queries import permissions_of
from ledger.people.rules import Permission, ProposalState, proposal_digest, tidy
from ledger.settings import Scheme

RELEASE = "council_tax_release"
NIGHTS = 30
"""How many nights before it a night is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What a first officer approved of a batch; `stands` while the batch is what they saw."""

    proposal_id: UUID
    maker_id: UUID
    maker_name: str
    made_at: datetime
    why: str
    stands: bool


def release_content(found: BatchView, *, why: str) -> dict[str, Any]:
    """What two officers agree on: the file by its number and digest, its counts and totals, and why it is right."""
    return {
        "sequence": found.sequence,
        "business_date": found.business_date.isoformat(),
        "sha256": found.sha256,
        "lines": found.lines,
        "reductions": found.reductions,
        "reversals": found.reversals,
        "hash_total": found.hash_total,
        "why": why,
    }


def approval_of(session: Session, found: BatchView) -> Approval | None:
    """The newest approval of a batch that was not sent back, or None."""
    seen = _proposal_of(session, found.sequence)
    if seen is None or seen.state == ProposalState.SENT_BACK:
        return None
    why = str(seen.content.get("why", ""))
    return Approval(
        proposal_id=seen.id,
        maker_id=seen.maker_id,
        maker_name=seen.maker_name,
        made_at=seen.made_at,
        why=why,
        stands=seen.digest == proposal_digest(RELEASE, release_content(found, why=why)),
    )


def unusual(session: Session, found: BatchView) -> int | None:
    """How many tenths of the usual night this one is, where that is thirty or more; None on any other night."""
    before = batches(session, through=found.sequence - 1, most=NIGHTS)
    return times_the_usual(found.reductions, [night.reductions for night in before])


def next_to_release(session: Session) -> int | None:
    """The batch that leaves next, by its sequence; None where all have left."""
    return first_unreleased(session)


def check_may_release(session: Session, *, officer_id: UUID) -> None:
    """Refuse who may not decide about a file now. Raises NotAllowed, MayAward."""
    permissions = permissions_of(session, officer_id=officer_id)
    if Permission.AWARD in permissions:
        raise MayAward
    if not permissions >= {Permission.APPROVE, Permission.EXPORT}:
        raise NotAllowed


def approve_batch(session: Session, *, sequence: int, officer_id: UUID, why: str = "", occasion: Occasion) -> None:
    """Approve a file with lines, for another officer to release.

    Raises NotFound, NotAllowed, MayAward, MoveRefused, BooksDiffer, UnusualNight (at three times the usual night or
    more, without `why`).
    """
    found = _waiting(session, sequence=sequence, officer_id=officer_id)
    stands = approval_of(session, found)
    if not found.lines or (stands is not None and stands.stands):
        raise MoveRefused(kind="batch", now=found.state, wanted=BatchState.APPROVED)
    if captured_total(session, sequence=sequence) != found.reductions:
        raise BooksDiffer
    tenths = unusual(session, found)
    if tenths is not None:
        if not why:
            raise UnusualNight(tenths=tenths)
        why = tidy("why", why, longest=500)
    content = release_content(found, why=why)
    made = proposals.propose(session, kind=RELEASE, content=content, maker_id=officer_id, occasion=occasion)
    row = {"proposal_id": made.id, "batch_id": batch_id_of(session, sequence)}
    session.connection().execute(insert(CouncilTaxApproval), row)
    this = CouncilTaxBatch.sequence == sequence
    session.connection().execute(update(CouncilTaxBatch).where(this).values(state=BatchState.APPROVED.value))


def release_batch(session: Session, *, sequence: int, officer_id: UUID, occasion: Occasion) -> None:
    """Release what another officer approved: its items are sent, and what follows it empty is released too.

    Raises NotFound, NotAllowed, MayAward, MoveRefused, NightNotWhole, BooksDiffer, EarlierBatchWaits, OwnProposal,
    ProposalDiffers.
    """
    found = _waiting(session, sequence=sequence, officer_id=officer_id)
    check_whole(session)
    approval = approval_of(session, found)
    if approval is None:
        raise MoveRefused(kind="batch", now=found.state, wanted=BatchState.RELEASED)
    if not approval.stands:
        raise ProposalDiffers
    if captured_total(session, sequence=sequence) != found.reductions:
        raise BooksDiffer
    first = first_unreleased(session)
    if first is not None and first < sequence:
        raise EarlierBatchWaits(sequence=first)
    proposals.approve(session, proposal_id=approval.proposal_id, checker_id=officer_id, occasion=occasion)
    proposals.use_proposal(
        session,
        proposal_id=approval.proposal_id,
        kind=RELEASE,
        content=release_content(found, why=approval.why),
        occasion=occasion,
    )
    mark_released(session, sequence=sequence, proposal_id=approval.proposal_id, occasion=occasion)
    release_empty(session, occasion=occasion)


def send_back_batch(
    session: Session,
    *,
    sequence: int,
    officer_id: UUID,
    reason: str,
    scheme: Scheme,
    register: Path,
    folder: Path,
    occasion: Occasion,
) -> None:
    """Refuse a file: it is built anew, empty, under the same number, and its items are held for the next one.

    What stands of it in `folder` has no `.done` any more before the books change: where this ends between the two, the
    next night writes it again. Raises NotFound, NotAllowed, MayAward, MoveRefused, InvalidField (no reason),
    OwnProposal, CannotWithdraw; AlreadyArrived where the register says that it arrived, though books that were restored
    do not know it.
    """
    why = tidy("reason", reason, longest=500)
    found = _waiting(session, sequence=sequence, officer_id=officer_id)
    if not found.lines:
        raise MoveRefused(kind="batch", now=found.state, wanted=BatchState.BUILT)
    if sequence in {one.sequence for one in arrivals(register)}:
        raise AlreadyArrived
    proposal = _proposal_of(session, sequence)
    if proposal is not None and proposal.state == ProposalState.PROPOSED:
        proposals.send_back(session, proposal_id=proposal.id, checker_id=officer_id, reason=why, occasion=occasion)
    _take_out(session, found, officer_id=officer_id, why=why, occasion=occasion)
    rebuild_empty(session, sequence=sequence, scheme=scheme, occasion=occasion)
    release_empty(session, occasion=occasion)
    session.flush()
    withdraw_done(found.file_name, folder)


def _take_out(session: Session, found: BatchView, *, officer_id: UUID, why: str, occasion: Occasion) -> None:
    """Take every item out of a file and hold it again; who sent it back, and why, is kept."""
    batch_id = batch_id_of(session, found.sequence)
    hold_again(session, batch_id=batch_id, now=ItemState.BATCHED, occasion=occasion)
    row = {
        "batch_id": batch_id,
        "digest": bytes.fromhex(found.sha256),
        "lines": found.lines,
        "sent_back_by": officer_id,
        "reason": why,
        "rebuilt_at": occasion.now,
    }
    session.connection().execute(insert(CouncilTaxRebuild), row)
    lines = update(CouncilTaxLine).where(CouncilTaxLine.batch_id == batch_id)
    session.connection().execute(lines.values(taken_out_at=occasion.now))


def _waiting(session: Session, *, sequence: int, officer_id: UUID) -> BatchView:
    """A batch that is not released yet, locked, for an officer who may decide about it."""
    check_may_release(session, officer_id=officer_id)
    this = CouncilTaxBatch.sequence == sequence
    session.connection().execute(select(CouncilTaxBatch.id).where(this).with_for_update()).all()
    found = batch(session, sequence=sequence)
    if found.state not in UNRELEASED:
        raise MoveRefused(kind="batch", now=found.state, wanted=BatchState.RELEASED)
    return found


def _proposal_of(session: Session, sequence: int) -> ProposalView | None:
    newest = (
        select(CouncilTaxApproval.proposal_id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxApproval.batch_id)
        .where(CouncilTaxBatch.sequence == sequence)
        .order_by(CouncilTaxApproval.proposal_id.desc())
        .limit(1)
    )
    proposal_id = session.execute(newest).scalar_one_or_none()
    return None if proposal_id is None else proposals.proposal(session, proposal_id=proposal_id)
