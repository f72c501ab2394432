"""The lines of a night's file, and each item: how it stands, and the form that asks for some of it back."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice

from council_office.alone import alone_hint, left_today, limit_of
from council_office.batch_seen import REASONS as REASON_WORDS
from council_office.item_seen import ITEM_STATES, item_rows, line_rows, reversal_rows
from council_office.pages.council_tax import LAST_SEQUENCE
from ledger.council_tax.batch_lines import lines_after
from ledger.council_tax.item_queries import item_seen
from ledger.council_tax.over_caps import is_over_caps
from ledger.council_tax.queries import batch
from ledger.council_tax.reversing import REASONS, ask_reversal, cancel_reversal
from ledger.council_tax.rules import LONGEST_WHY, UNANSWERED, ItemCode, ItemState, Reason
from ledger.council_tax.views import ItemSeen
from ledger.money import Amount, format_amount
from ledger.people.rules import Permission
from ledger.wallets.rules import Cap
from shared_web.acts import note
from shared_web.amount_entry import AmountBetween, AmountEntry, ValueForm
from shared_web.core import settings
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.words_typed import one_line, words

pages = Blueprint("council_tax_items", __name__)

ON_A_PAGE = 100


class TakeBackForm(ValueForm):
    """How much of a reduction is asked back, and why."""

    amount = AmountEntry("How much is to be taken back?")
    reason = SelectField(
        "Reason in the file",
        choices=[SelectChoice("", "Choose a reason"), *(SelectChoice(one.value, REASON_WORDS[one]) for one in REASONS)],
        validators=[words("Choose a reason", most=3)],
    )
    why = TextAreaField(
        "Why",
        description="What went wrong, who says so, and where the evidence is kept",
        filters=[one_line],
        validators=[words("Say why", most=LONGEST_WHY)],
    )

    def __init__(self, *, left: Amount, alone: str) -> None:
        super().__init__()
        self.amount.description = alone
        too_much = "Enter {most} or less: that is what is left of it"
        self.amount.validators = [AmountBetween(most=left, too_much=too_much)]


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/lines")
@needs(Permission.EXPORT)
def lines(sequence: int) -> str:
    """Every line of a night's file, a hundred at a time, in the file's order."""
    after = min(max(request.args.get("after", default=0, type=int), 0), LAST_SEQUENCE)
    with reading() as session:
        found = batch(session, sequence=sequence)
        rows = lines_after(session, sequence=sequence, after=after, most=ON_A_PAGE + 1)
    shown = rows[:ON_A_PAGE]
    return render_template(
        "council_office/batch_lines.html",
        batch=found,
        number=f"{found.sequence:06}",
        rows=line_rows(shown, account_format=settings().account_format, linked=_may_reverse()),
        first=shown[0].line if shown else 0,
        last=shown[-1].line if shown else 0,
        before=max(after - ON_A_PAGE, 0) if after else None,
        more=len(rows) > ON_A_PAGE,
    )


@pages.get("/council-tax/items/<reference>")
@needs(Permission.REVERSE)
def show(reference: str) -> str:
    """One item, and the form that asks for some of it back."""
    with reading() as session:
        found = item_seen(session, reference=reference)
        form = take_back_form(session, found)
        form.amount.data = found.left
        return drawn(session, found, form)


@pages.post("/council-tax/items/<reference>")
@needs(Permission.REVERSE)
@answered_once
def take_back(session: Session, reference: str) -> ResponseReturnValue:
    """Ask for some of it back, or propose to: the next file carries it, and it posts when that is answered."""
    found = item_seen(session, reference=reference)
    form = take_back_form(session, found)
    if not form.validate_on_submit():
        return drawn(session, found, form), 422
    asked = ask_reversal(
        session,
        reference=reference,
        amount=form.amount.data,
        reason=Reason(form.reason.data),
        why=form.why.data,
        officer_id=signed_in().person_id,
        rules=settings().rules,
        occasion=occasion(),
    )
    note(
        "council-tax-item",
        found.item.reference,
        reason=form.why.data,
        asked=asked.item,
        proposal=asked.proposal,
        amount=form.amount.data,
    )
    where = f"/office/approvals/{asked.proposal}" if asked.proposal else f"/office/council-tax/items/{asked.item}"
    return redirect(where, 303)


@pages.post("/council-tax/items/<reference>/cancel")
@needs(Permission.REVERSE)
@answered_once
def cancel(session: Session, reference: str) -> ResponseReturnValue:
    """Ask no longer for what has not left."""
    cancel_reversal(session, reference=reference, officer_id=signed_in().person_id, occasion=occasion())
    return redirect(f"/office/council-tax/items/{item_seen(session, reference=reference).takes_back}", 303)


def take_back_form(session: Session, found: ItemSeen) -> TakeBackForm:
    """The form, which says how much whoever is signed in may still take back alone."""
    cap = Cap.REVERSED_ALONE_A_DAY
    return TakeBackForm(left=found.left, alone=alone_hint(left_today(session, cap), limit=limit_of(cap)))


def drawn(session: Session, found: ItemSeen, form: TakeBackForm) -> str:
    """The page of an item."""
    item = found.item
    state, state_kind = ITEM_STATES[item.state]
    over = is_over_caps(session, item_id=item.id)
    return render_template(
        "council_office/council_tax_item.html",
        reference=item.reference,
        amount=format_amount(item.amount),
        state=state,
        state_kind=state_kind,
        rows=item_rows(found, account_format=settings().account_format, over=over),
        reversals=reversal_rows(found.reversals),
        left=format_amount(found.left) if found.left else "",
        unanswered=item.code == ItemCode.REDUCTION and item.state in UNANSWERED,
        waits=item.code != ItemCode.REDUCTION and item.state == ItemState.HELD,
        may_cancel=ValueForm(),
        form=form,
    )


def _may_reverse() -> bool:
    return Permission.REVERSE in signed_in().permissions
