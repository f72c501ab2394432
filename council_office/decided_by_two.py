"""Each kind of thing that takes two people: how an officer reads it, and what approving does. A new kind is a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from council_office import (
    allotment_asked,
    ceiling_asked,
    correction_asked,
    decision_asked,
    file_award_asked,
    funding_asked,
    grant_asked,
    item_asked,
    month_asked,
    release_asked,
    setting_asked,
    tariff_asked,
)
from council_office.asked import Asked
from ledger.corrections.adjustments import ADJUSTMENT, approve_adjustment
from ledger.corrections.reversals import REVERSAL, approve_reversal
from ledger.council_tax.decision_rules import CLOSE, DECIDE, END
from ledger.council_tax.decisions import end_decision, publish_closing, record_decision
from ledger.council_tax.release import RELEASE
from ledger.council_tax.reversing import REVERSAL as ITEM_REVERSAL
from ledger.council_tax.reversing import approve_reversal as approve_item_reversal
from ledger.earning.ceilings import approve_ceiling
from ledger.earning.file_awards import approve_file_award
from ledger.earning.funding import approve_funding
from ledger.earning.programmes import approve_allotment
from ledger.earning.rules import ALLOTMENT, FILE_AWARD, FUNDING, PROGRAMME_CEILING, TARIFF
from ledger.earning.tariffs import approve_tariff
from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people.officers import GRANT, approve_grant
from ledger.people.proposals import ProposalView
from ledger.reopen_month import REOPEN_MONTH, approve_reopening
from ledger.scheme.operations import approve_setting
from ledger.scheme.rules import SCHEME_SETTING
from shared_web.db import Session
from shared_web.guards import signed_in
from shared_web.in_force import rules_today

Approve = Callable[[Session, ProposalView, Occasion], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedByTwo:
    """How a proposal of one kind reads, and what whoever is signed in does by approving it.

    `page_of` is where it is decided, for a kind that has a page of its own.
    """

    asked_of: Callable[[Session, ProposalView], Asked]
    approve: Approve
    page_of: Callable[[ProposalView], str] | None = None


def kind_of(proposal: ProposalView) -> DecidedByTwo:
    """How this proposal is read and approved. Raises NotFound for one that is decided elsewhere."""
    if proposal.kind not in KINDS:
        raise NotFound("proposal")
    return KINDS[proposal.kind]


def _by(approve: Callable[..., object]) -> Approve:
    """What approving does, by the operation of its kind."""

    def approved(session: Session, proposal: ProposalView, now: Occasion) -> None:
        approve(session, proposal_id=proposal.id, checker_id=signed_in().person_id, occasion=now)

    return approved


def _by_rules(approve: Callable[..., object]) -> Approve:
    """As `_by`, of a kind whose operation asks for the rules of the scheme, too."""

    def approved(session: Session, proposal: ProposalView, now: Occasion) -> None:
        _by(partial(approve, rules=rules_today()))(session, proposal, now)

    return approved


KINDS: Mapping[str, DecidedByTwo] = {
    ALLOTMENT: DecidedByTwo(asked_of=allotment_asked.asked_of, approve=_by_rules(approve_allotment)),
    FUNDING: DecidedByTwo(asked_of=funding_asked.asked_of, approve=_by(approve_funding)),
    FILE_AWARD: DecidedByTwo(asked_of=file_award_asked.asked_of, approve=_by_rules(approve_file_award)),
    REOPEN_MONTH: DecidedByTwo(asked_of=month_asked.asked_of, approve=_by(approve_reopening)),
    GRANT: DecidedByTwo(asked_of=grant_asked.asked_of, approve=_by(approve_grant)),
    RELEASE: DecidedByTwo(
        asked_of=release_asked.asked_of,
        approve=release_asked.decided_elsewhere,
        page_of=release_asked.page_of,
    ),
    DECIDE: DecidedByTwo(asked_of=decision_asked.decision_asked_of, approve=_by(record_decision)),
    END: DecidedByTwo(asked_of=decision_asked.ending_asked_of, approve=_by(end_decision)),
    CLOSE: DecidedByTwo(asked_of=decision_asked.closing_asked_of, approve=_by(publish_closing)),
    TARIFF: DecidedByTwo(asked_of=tariff_asked.asked_of, approve=_by(approve_tariff)),
    SCHEME_SETTING: DecidedByTwo(asked_of=setting_asked.asked_of, approve=_by(approve_setting)),
    PROGRAMME_CEILING: DecidedByTwo(asked_of=ceiling_asked.asked_of, approve=_by(approve_ceiling)),
    REVERSAL: DecidedByTwo(asked_of=correction_asked.reversal_asked, approve=_by_rules(approve_reversal)),
    ITEM_REVERSAL: DecidedByTwo(asked_of=item_asked.asked_of, approve=_by_rules(approve_item_reversal)),
    ADJUSTMENT: DecidedByTwo(asked_of=correction_asked.adjustment_asked, approve=_by(approve_adjustment)),
}
