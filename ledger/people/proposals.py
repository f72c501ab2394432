"""Two people, one mechanism: one proposes, another decides, and what was approved is done once, exactly as approved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from ledger.errors import NotFound
from ledger.identifiers import read_reference
from ledger.identifiers import reference as draw_reference
from ledger.occasion import Occasion
from ledger.people.checkers import check_checker
from ledger.people.errors import ProposalDiffers, ProposalNotApproved
from ledger.people.models import Officer, Operator, Proposal
from ledger.people.rules import ProposalState, check_proposal_move, proposal_digest, tidy

TAKEN_BACK, REPLACED = "taken back", "replaced"
MAKERS_RIGHTS, APPROVERS_RIGHTS = "maker's rights ended", "approver's rights ended"
"""Why a proposal became void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal: what is to be done and its SHA-256, who made it, who decided, when and why, when it was done.

    Whoever made it is an officer, or an operator of an organiser; whoever decided is an officer.
    """

    id: UUID
    reference: str
    kind: str
    content: Mapping[str, Any]
    digest: bytes
    state: ProposalState
    maker_id: UUID
    maker_name: str
    made_at: datetime
    checker_id: UUID | None
    checker_name: str | None
    decided_at: datetime | None
    reason: str | None
    used_at: datetime | None
    voided_at: datetime | None
    voided_because: str | None


def propose(
    session: Session, *, kind: str, content: Mapping[str, Any], maker_id: UUID, occasion: Occasion
) -> ProposalView:
    """A new proposal of an officer, for another to decide; neither kind nor content ever changes.

    `content` holds text, whole numbers, truths, lists and objects of these.
    """
    return _propose(session, kind, content, {"maker_id": maker_id}, occasion)


def propose_by_operator(
    session: Session, *, kind: str, content: Mapping[str, Any], operator_id: UUID, occasion: Occasion
) -> ProposalView:
    """As `propose`, by somebody who acts for an organiser, for an officer to decide."""
    return _propose(session, kind, content, {"operator_id": operator_id}, occasion)


def _propose(
    session: Session, kind: str, content: Mapping[str, Any], made_by: Mapping[str, UUID], occasion: Occasion
) -> ProposalView:
    proposal_id = occasion.new_id()
    row = {
        "id": proposal_id,
        "reference": draw_reference(occasion.token_bytes),
        "kind": kind,
        "content": dict(content),
        "digest": proposal_digest(kind, content),
        "state": ProposalState.PROPOSED,
        "made_at": occasion.now,
        **made_by,
    }
    session.connection().execute(insert(Proposal), row)
    return proposal(session, proposal_id=proposal_id)


def approve(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Agree to what another officer proposed.

    Raises NotFound, OwnProposal, NotAllowed, ApproverMadeByMaker, MoveRefused (decided already, or void).
    """
    _decide(session, proposal_id, ProposalState.APPROVED, checker_id=checker_id, reason=None, occasion=occasion)


def send_back(session: Session, *, proposal_id: UUID, checker_id: UUID, reason: str, occasion: Occasion) -> None:
    """Refuse what another officer proposed, and say why.

    Raises InvalidField (no reason), and what `approve` raises.
    """
    why = tidy("reason", reason, longest=500)
    _decide(session, proposal_id, ProposalState.SENT_BACK, checker_id=checker_id, reason=why, occasion=occasion)


def _decide(
    session: Session,
    proposal_id: UUID,
    decision: ProposalState,
    *,
    checker_id: UUID,
    reason: str | None,
    occasion: Occasion,
) -> None:
    """Move it by one guarded update, so that of two who decide at the same instant one is told so."""
    found = proposal(session, proposal_id=proposal_id)
    check_checker(session, maker_id=found.maker_id, checker_id=checker_id, occasion=occasion)
    undecided = update(Proposal).where(
        Proposal.id == proposal_id, Proposal.state == ProposalState.PROPOSED, Proposal.voided_at.is_(None)
    )
    decided = undecided.values(state=decision, checker_id=checker_id, decided_at=occasion.now, reason=reason)
    if session.connection().execute(decided).rowcount:
        return
    check_proposal_move(proposal(session, proposal_id=proposal_id).state, decision)


def withdraw(session: Session, *, proposal_id: UUID, maker_id: UUID, occasion: Occasion) -> None:
    """Take back what one proposed, before it is used. Raises NotFound for another officer's, MoveRefused."""
    if not _void(session, TAKEN_BACK, occasion, Proposal.id == proposal_id, _made_by() == maker_id):
        found = proposal(session, proposal_id=proposal_id)
        if found.maker_id != maker_id:
            raise NotFound("proposal")
        check_proposal_move(found.state, ProposalState.VOID)


def void_proposals_of(session: Session, *, officer_id: UUID, occasion: Occasion) -> int:
    """Make void what an officer proposed and nobody has used; how many were."""
    return _void(session, MAKERS_RIGHTS, occasion, Proposal.maker_id == officer_id)


def void_proposals_of_operator(session: Session, *, operator_id: UUID, occasion: Occasion) -> int:
    """Make void what an operator proposed and nobody has used; how many were."""
    return _void(session, MAKERS_RIGHTS, occasion, Proposal.operator_id == operator_id)


def replace_proposals(session: Session, *, proposal_ids: Iterable[UUID], occasion: Occasion) -> int:
    """Make void those of these that nobody has used, since something else is asked in their place; how many were."""
    return _void(session, REPLACED, occasion, Proposal.id.in_(set(proposal_ids)))


def void_approvals_of(session: Session, *, officer_id: UUID, occasion: Occasion) -> int:
    """Make void what an officer approved and nobody has used; how many were."""
    return _void(session, APPROVERS_RIGHTS, occasion, Proposal.checker_id == officer_id)


def _void(session: Session, because: str, occasion: Occasion, *which: ColumnElement[bool]) -> int:
    unused = Proposal.state.in_((ProposalState.PROPOSED, ProposalState.APPROVED))
    voided = update(Proposal).where(*which, unused, Proposal.voided_at.is_(None))
    return session.connection().execute(voided.values(voided_at=occasion.now, voided_because=because)).rowcount


def use_proposal(
    session: Session, *, proposal_id: UUID, kind: str, content: Mapping[str, Any], occasion: Occasion
) -> None:
    """Use up an approval in the unit of work that does what was approved; of two users one is refused.

    Raises NotFound, ProposalDiffers (not what was approved), ProposalNotApproved (not decided, sent back, used, void).
    """
    found = proposal(session, proposal_id=proposal_id)
    about_to_do = proposal_digest(kind, content)
    stands = proposal_digest(found.kind, found.content)
    if not (compare_digest(found.digest, about_to_do) and compare_digest(found.digest, stands)):
        raise ProposalDiffers
    approved = update(Proposal).where(
        Proposal.id == proposal_id, Proposal.state == ProposalState.APPROVED, Proposal.voided_at.is_(None)
    )
    used = approved.values(state=ProposalState.USED, used_at=occasion.now)
    if not session.connection().execute(used).rowcount:
        raise ProposalNotApproved(state=proposal(session, proposal_id=proposal_id).state)


def proposal(session: Session, *, proposal_id: UUID) -> ProposalView:
    """A proposal. Raises NotFound."""
    found = _views(session, Proposal.id == proposal_id)
    if not found:
        raise NotFound("proposal")
    return found[0]


def proposal_of(session: Session, *, proposal_id: UUID, kind: str, called: str) -> ProposalView:
    """A proposal of this kind, for what approving it does. Raises NotFound, naming what it is called, for any other."""
    found = proposal(session, proposal_id=proposal_id)
    if found.kind != kind:
        raise NotFound(called)
    return found


def proposal_called(session: Session, *, reference: str) -> ProposalView:
    """The proposal that people call by this reference. Raises NotFound."""
    found = _views(session, Proposal.reference == read_reference(reference))
    if not found:
        raise NotFound("proposal")
    return found[0]


def proposals_waiting(session: Session, *, for_officer: UUID) -> list[ProposalView]:
    """What others proposed and nobody has decided, the oldest first."""
    return _views(session, *_WAITS, _made_by() != for_officer)


def proposals_of_organiser(session: Session, *, kind: str, organiser_id: UUID) -> list[ProposalView]:
    """What those who act for an organiser proposed of this kind, the oldest first."""
    operators = select(Operator.id).where(Operator.organisation_id == organiser_id)
    return _views(session, Proposal.kind == kind, Proposal.operator_id.in_(operators))


def own_proposals_waiting(session: Session, *, officer_id: UUID) -> list[ProposalView]:
    """What this officer proposed and nobody has decided, the oldest first."""
    return _views(session, *_WAITS, Proposal.maker_id == officer_id)


def count_waiting(session: Session, *, for_officer: UUID) -> int:
    """How many proposals wait for this officer or a colleague of theirs."""
    query = select(func.count()).where(*_WAITS, _made_by() != for_officer)
    return session.execute(query).scalar_one()


def _views(session: Session, *conditions: ColumnElement[bool]) -> list[ProposalView]:
    maker, checker = aliased(Officer), aliased(Officer)
    query = (
        select(
            Proposal.id,
            Proposal.reference,
            Proposal.kind,
            Proposal.content,
            Proposal.digest,
            Proposal.state,
            _made_by().label("maker_id"),
            func.coalesce(maker.name, Operator.name).label("maker_name"),
            Proposal.made_at,
            Proposal.checker_id,
            checker.name.label("checker_name"),
            Proposal.decided_at,
            Proposal.reason,
            Proposal.used_at,
            Proposal.voided_at,
            Proposal.voided_because,
        )
        .outerjoin(maker, maker.id == Proposal.maker_id)
        .outerjoin(Operator, Operator.id == Proposal.operator_id)
        .outerjoin(checker, checker.id == Proposal.checker_id)
        .where(*conditions)
        .order_by(Proposal.made_at, Proposal.id)
    )
    rows = session.execute(query)
    return [ProposalView(**{**row._mapping, "state": _state_of(row.state, row.voided_at)}) for row in rows]


def _made_by() -> ColumnElement[Any]:
    return func.coalesce(Proposal.maker_id, Proposal.operator_id)


def _state_of(state: str, voided_at: datetime | None) -> ProposalState:
    return ProposalState(state) if voided_at is None else ProposalState.VOID


_WAITS = (Proposal.state == ProposalState.PROPOSED, Proposal.voided_at.is_(None))
