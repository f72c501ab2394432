"""What one officer asked for and another decides: what it would change, approve, or send back with a reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf

from council_office.asked import asked_by_and_when, in_fours, outcome
from council_office.decided_by_two import KINDS, kind_of
from ledger.occasion import Occasion
from ledger.people.proposals import (
    ProposalView,
    own_proposals_waiting,
    proposal_called,
    proposals_waiting,
    send_back,
)
from ledger.people.rules import Permission, ProposalState
from shared_web.amount_entry import ValueForm
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.words_typed import one_line, words

pages = Blueprint("approvals", __name__)

APPROVE, SEND_BACK = "approve", "send-back"
_why = words("Say why you are sending it back", most=500)


class DecideForm(ValueForm):
    """Approve, or send back and say why."""

    reason = TextAreaField("Reason, if you send it back", filters=[one_line])
    decision = StringField(validators=[AnyOf((APPROVE, SEND_BACK), message="Approve it or send it back")])

    def validate_reason(self, field: TextAreaField) -> None:
        """Whoever sends it back says why."""
        if self.decision.data == SEND_BACK:
            _why(self, field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that waits, as the list shows it."""

    text: str
    href: str
    detail: str


@pages.get("/approvals")
def index() -> str:
    """What waits for this officer, and what they wait for themself."""
    officer = signed_in().person_id
    with reading() as session:
        waiting = lines(session, proposals_waiting(session, for_officer=officer))
        own = lines(session, own_proposals_waiting(session, officer_id=officer))
    return render_template("council_office/approvals.html", waiting=waiting, own=own)


@pages.get("/approvals/<reference>")
def show(reference: str) -> str:
    """What is asked, what it would change, and the decision."""
    with reading() as session:
        return drawn(session, proposal_called(session, reference=reference), DecideForm())


@pages.post("/approvals/<reference>")
@needs(Permission.APPROVE)
@answered_once
def decide(session: Session, reference: str) -> ResponseReturnValue:
    """Approve and do it, or send it back."""
    form, proposal = DecideForm(), proposal_called(session, reference=reference)
    if not form.validate_on_submit():
        return drawn(session, proposal, form), 422
    DECISIONS[form.decision.data](session, proposal, form, occasion())
    return redirect(f"/office/approvals/{proposal.reference}", 303)


def _approve(session: Session, proposal: ProposalView, _form: DecideForm, now: Occasion) -> None:
    kind_of(proposal).approve(session, proposal, now)


def _send_back(session: Session, proposal: ProposalView, form: DecideForm, now: Occasion) -> None:
    send_back(
        session,
        proposal_id=proposal.id,
        checker_id=signed_in().person_id,
        reason=form.reason.data,
        occasion=now,
    )


DECISIONS: Mapping[str, Callable[[Session, ProposalView, DecideForm, Occasion], None]] = {
    APPROVE: _approve,
    SEND_BACK: _send_back,
}


def lines(session: Session, proposals: Iterable[ProposalView]) -> list[Line]:
    """Those that are decided on these pages, as the list shows them."""
    return [line(session, proposal) for proposal in proposals if proposal.kind in KINDS]


def line(session: Session, proposal: ProposalView) -> Line:
    """A proposal in the list."""
    return Line(
        text=kind_of(proposal).asked_of(session, proposal).title,
        href=f"/office/approvals/{proposal.reference}",
        detail=f"Asked by {asked_by_and_when(proposal)}",
    )


def drawn(session: Session, proposal: ProposalView, form: DecideForm) -> str:
    """The page of one proposal. Who may decide is told apart from who may look."""
    known = signed_in()
    waits = proposal.state == ProposalState.PROPOSED
    own = proposal.maker_id == known.person_id
    return render_template(
        "council_office/approval.html",
        asked=kind_of(proposal).asked_of(session, proposal),
        proposal=proposal,
        digest=in_fours(proposal.digest),
        outcome=outcome(proposal),
        form=form,
        waits=waits,
        own=own,
        may_decide=waits and not own and Permission.APPROVE in known.permissions,
        maker=proposal.maker_name.split()[0],
    )
