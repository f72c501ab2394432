"""Adjust by hand: an amount between two accounts of the scheme, for somebody else to agree to."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from council_office.correction_forms import AdjustForm
from ledger.corrections.adjustments import ask_adjustment
from ledger.corrections.queries import adjustable_accounts, transaction_seen
from ledger.identifiers import from_text
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once

pages = Blueprint("adjustments", __name__)


@pages.get("/corrections/adjust")
@needs(Permission.REVERSE)
def ask() -> str:
    """From which account to which, how much, why; about a transaction whose accounts are offered too, or about none."""
    with reading() as session:
        form = adjust_form(session, request.args.get("about", ""))
    return render_template("council_office/adjust.html", form=form)


@pages.post("/corrections/adjust")
@needs(Permission.REVERSE)
@answered_once
def propose(session: Session) -> ResponseReturnValue:
    """Ask somebody else to agree."""
    form = adjust_form(session, request.form.get("about", ""))
    if not form.validate_on_submit():
        return render_template("council_office/adjust.html", form=form), 422
    debit, credit = form.ends()
    reference = ask_adjustment(
        session,
        debit=debit,
        credit=credit,
        amount=form.amount.data,
        about=concerned(form.about.data),
        reason=form.reason.data,
        evidence=form.evidence.data,
        officer_id=signed_in().person_id,
        occasion=occasion(),
    )
    note("proposal", reference, reason=form.reason.data)
    return redirect(f"/office/approvals/{reference}", 303)


def adjust_form(session: Session, about: str) -> AdjustForm:
    """The form, with the accounts it offers. Raises NotFound for what is no transaction."""
    transaction_id = concerned(about)
    if transaction_id is not None:
        transaction_seen(session, transaction_id=transaction_id)
    return AdjustForm(accounts=adjustable_accounts(session, about=transaction_id), about=about)


def concerned(about: str) -> UUID | None:
    """The transaction that an adjustment is about, if any."""
    return from_text(about) if about else None
