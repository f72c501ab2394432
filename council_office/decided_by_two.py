"""Each kind of thing that takes two officers: how it reads, and what approving it does. A new kind is a row here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from council_office import allotment_asked, correction_asked
from council_office.asked import Asked
from ledger.corrections.adjustments import ADJUSTMENT, approve_adjustment
from ledger.corrections.reversals import REVERSAL, approve_reversal
from ledger.earning.programmes import approve_allotment
from ledger.earning.rules import ALLOTMENT
from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people.proposals import ProposalView
from shared_web.core import settings
from shared_web.db import Session
from shared_web.guards import signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedByTwo:
    """How a proposal of one kind reads, and what whoever is signed in does by approving it."""

    asked_of: Callable[[Session, ProposalView], Asked]
    approve: Callable[[Session, ProposalView, Occasion], None]


def kind_of(proposal: ProposalView) -> DecidedByTwo:
    """How this proposal is read and approved. Raises NotFound for one that is decided elsewhere."""
    if proposal.kind not in KINDS:
        raise NotFound("proposal")
    return KINDS[proposal.kind]


def _approve_allotment(session: Session, proposal: ProposalView, now: Occasion) -> None:
    approve_allotment(
        session,
        proposal_id=proposal.id,
        checker_id=signed_in().person_id,
        rules=settings().rules,
        occasion=now,
    )


def _approve_reversal(session: Session, proposal: ProposalView, now: Occasion) -> None:
    approve_reversal(
        session,
        proposal_id=proposal.id,
        checker_id=signed_in().person_id,
        rules=settings().rules,
        occasion=now,
    )


def _approve_adjustment(session: Session, proposal: ProposalView, now: Occasion) -> None:
    approve_adjustment(session, proposal_id=proposal.id, checker_id=signed_in().person_id, occasion=now)


KINDS: Mapping[str, DecidedByTwo] = {
    ALLOTMENT: DecidedByTwo(asked_of=allotment_asked.asked_of, approve=_approve_allotment),
    REVERSAL: DecidedByTwo(asked_of=correction_asked.reversal_asked, approve=_approve_reversal),
    ADJUSTMENT: DecidedByTwo(asked_of=correction_asked.adjustment_asked, approve=_approve_adjustment),
}
