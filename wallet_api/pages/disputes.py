"""A resident says that a transaction is wrong, and reads what the council answers."""

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, TextAreaField

from ledger.corrections.disputes import dispute_as_resident, dispute_of_resident, own_dispute
from ledger.corrections.errors import DisputedAlready
from ledger.corrections.rules import LONGEST_REASON, DisputeState
from ledger.errors import NotFound
from ledger.identifiers import from_text, to_text
from ledger.wallets.queries import movements_of
from shared_web.days import day_and_clock, full_day
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.in_force import rules_today
from shared_web.refused_fields import told_at
from shared_web.words_typed import one_line, words
from wallet_api.statement import Line, describe

pages = Blueprint("disputes", __name__)

TAGS = {
    DisputeState.OPEN: ("We are looking into it", "hazel"),
    DisputeState.UPHELD: ("Put right", "leaf"),
    DisputeState.NOT_UPHELD: ("It stands as it is", "grey"),
}


class DisputeForm(TallystickForm):
    """What is wrong."""

    transaction = HiddenField()
    reason = TextAreaField(
        "What is wrong?",
        description="For example, the shop took it twice",
        filters=[one_line],
        validators=[words("Tell us what is wrong", most=LONGEST_REASON)],
    )


@pages.get("/disputes/new")
def ask() -> ResponseReturnValue:
    """Say what is wrong with one transaction; what was said already is shown instead."""
    form = DisputeForm(transaction=request.args.get("transaction", ""))
    with reading() as session:
        line = own_line(session, form.transaction.data)
        said = dispute_of_resident(session, transaction_id=from_text(line.id), resident_id=g.signed_in.person_id)
    if said is not None:
        return redirect(f"/disputes/{said.reference}", 303)
    return render_template("wallet_api/dispute_new.html", form=form, line=line)


@pages.post("/disputes/new")
def send() -> ResponseReturnValue:
    """Tell the council."""
    form = DisputeForm()
    with reading() as session:
        line = own_line(session, form.transaction.data or "")
    if form.validate_on_submit():
        with told_at(form.reason, DisputedAlready), unit_of_work() as session:
            reference = dispute_as_resident(
                session,
                transaction_id=from_text(line.id),
                resident_id=g.signed_in.person_id,
                reason=form.reason.data,
                rules=rules_today(),
                occasion=occasion(),
            )
            return redirect(f"/disputes/{reference}", 303)
    return render_template("wallet_api/dispute_new.html", form=form, line=line), 422


@pages.get("/disputes/<reference>")
def show(reference: str) -> str:
    """What was said, until when we answer, and the answer. Somebody else's is as absent as none."""
    with reading() as session:
        found = own_dispute(session, reference=reference, resident_id=g.signed_in.person_id)
        line = own_line(session, to_text(found.about))
    name, kind = TAGS[found.state]
    return render_template(
        "wallet_api/dispute.html",
        found=found,
        line=line,
        state=name,
        state_kind=kind,
        said=day_and_clock(found.made_at),
        due=full_day(found.due_on),
        answered=day_and_clock(found.answered_at) if found.answered_at else "",
    )


def own_line(session: Session, text: str) -> Line:
    """One transaction of the resident's own, in words. Raises NotFound."""
    transaction_id = from_text(text)
    own = movements_of(session, resident_id=g.signed_in.person_id)
    found = [movement for movement in own if movement.transaction_id == transaction_id]
    if not found:
        raise NotFound("transaction")
    (line,) = describe(session, found, resident_id=g.signed_in.person_id)
    return line
