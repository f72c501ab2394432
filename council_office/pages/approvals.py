"""What one officer asked for and another decides: what it would change, approve, or send back with a reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf

from council_office.asked import asked_by_and_when, in_fours, outcome
from council_office.decided_by_two import KINDS, kind_of
from council_office.fresh_sign_in import FreshForm, check_fresh, counts_digits, owes_digits
from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people.errors import ProposalStale, WrongCode
from ledger.people.proposals import (
    ProposalView,
    own_proposals_waiting,
    proposal_called,
    proposals_waiting,
    send_back,
    withdraw,
)
from ledger.people.rules import Permission, ProposalState
from shared_web.acts import note
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.refused_fields import told_at
from shared_web.words_typed import one_line, words

pages = Blueprint("approvals", __name__)

APPROVE, SEND_BACK = "approve", "send-back"
_why = words("Say why you are sending it back", most=500)


class DecideForm(FreshForm):
    """Approve, or send back and say why; `seen` is the digest of what the page showed."""

    seen = HiddenField()

    reason = TextAreaField("Reason, if you send it back", filters=[one_line])
    decision = StringField(validators=[AnyOf((APPROVE, SEND_BACK), message="Approve it or send it back")])

    def needs_digits(self) -> bool:
        """An approval does."""
        return bool(self.decision.data == APPROVE)

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
def show(reference: str) -> ResponseReturnValue:
    """What is asked, what it would change, and the decision; or the page that has them."""
    with reading() as session:
        proposal = proposal_called(session, reference=reference)
        if page_of := kind_of(proposal).page_of:
            return redirect(page_of(proposal), 303)
        return drawn(session, proposal, DecideForm(seen=proposal.digest.hex()))


@pages.post("/approvals/<reference>")
@needs(Permission.APPROVE)
@counts_digits
@answered_once
def decide(session: Session, reference: str) -> ResponseReturnValue:
    """Approve and do it, or send it back."""
    form, proposal = DecideForm(), proposal_called(session, reference=reference)
    if kind_of(proposal).page_of is not None:
        raise NotFound("proposal")
    if not form.validate_on_submit():
        return drawn(session, proposal, form), 422
    with told_at(form.digits, WrongCode):
        check_fresh(session, form)
    if form.errors:
        return drawn(session, proposal, form), 422
    DECISIONS[form.decision.data](session, proposal, form, occasion())
    if form.seen.data != proposal.digest.hex():
        raise ProposalStale
    note("proposal", proposal.reference, reason=form.reason.data or None, digest=proposal.digest.hex())
    return redirect(f"/office/approvals/{proposal.reference}", 303)


@pages.post("/approvals/<reference>/take-back")
def take_back(reference: str) -> ResponseReturnValue:
    """Whoever asked no longer wants it."""
    with unit_of_work() as session:
        proposal = proposal_called(session, reference=reference)
        withdraw(session, proposal_id=proposal.id, maker_id=signed_in().person_id, occasion=occasion())
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
    kind = kind_of(proposal)
    return Line(
        text=kind.asked_of(session, proposal).title,
        href=kind.page_of(proposal) if kind.page_of else f"/office/approvals/{proposal.reference}",
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
        owes_digits=owes_digits(),
        may_decide=waits and not own and Permission.APPROVE in known.permissions,
        maker=proposal.maker_name.split()[0],
    )
