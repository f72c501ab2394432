"""What organisers ask for: the list, and each with what stands, to allot or to decline with a reason."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf

from council_office.alone import alone_hint, left_today, limit_of
from council_office.lasting import lasting
from council_office.programme_forms import check_amount
from ledger.earning.asks import AskView, ask, asks_waiting, decline, take_up
from ledger.earning.pace import awarded_lately
from ledger.earning.queries import organiser_allowances, programme
from ledger.earning.rules import AskState
from ledger.identifiers import from_text, to_text
from ledger.money import Amount, format_amount
from ledger.people.rules import Permission
from ledger.wallets.rules import Cap
from shared_web.acts import note
from shared_web.amount_entry import AmountEntry, ValueForm
from shared_web.days import day_and_clock
from shared_web.db import Session, occasion, reading
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today
from shared_web.words_typed import one_line, words

pages = Blueprint("asks", __name__)

ALLOT, DECLINE = "allot", "decline"
_why, _purpose = words("Say why you decline it", most=500), words("Say what they are for", most=300)
STATES = {AskState.TAKEN_UP: "Taken up", AskState.DECLINED: "Declined"}


class AnswerForm(ValueForm):
    """Allot what was asked for, or another amount, or decline and say why."""

    amount = AmountEntry("How many credits?")
    purpose = StringField("For", description="What they are for. Name nobody", filters=[one_line])
    reason = TextAreaField("Reason, if you decline", filters=[one_line])
    decision = StringField(validators=[AnyOf((ALLOT, DECLINE), message="Allot it or decline it")])

    def __init__(self, *, found: AskView, left: Amount, alone: str) -> None:
        super().__init__(data={"amount": found.amount, "purpose": found.purpose})
        self.left = left
        self.amount.description = alone

    def validate_amount(self, field: AmountEntry) -> None:
        """Whoever allots says how much, of what the budget has left."""
        if self.decision.data == ALLOT:
            check_amount(field, most=self.left, too_much=f"{format_amount(self.left)} CR is left in this programme")

    def validate_purpose(self, field: StringField) -> None:
        """Whoever allots says what for."""
        if self.decision.data == ALLOT:
            _purpose(self, field)

    def validate_reason(self, field: TextAreaField) -> None:
        """Whoever declines says why."""
        if self.decision.data == DECLINE:
            _why(self, field)


@pages.get("/asks")
def index() -> str:
    """What waits, the oldest first."""
    with reading() as session:
        waiting = asks_waiting(session)
    return render_template("council_office/asks.html", lines=[line(one) for one in waiting])


@pages.get("/asks/<text>")
def show(text: str) -> str:
    """One of them."""
    with reading() as session:
        found = ask(session, ask_id=from_text(text))
        return drawn(session, found, form_of(session, found))


@pages.post("/asks/<text>")
@needs(Permission.AWARD)
@answered_once
def answer(session: Session, text: str) -> ResponseReturnValue:
    """Allot, or propose to, or decline."""
    found = ask(session, ask_id=from_text(text))
    form = form_of(session, found)
    if not form.validate_on_submit():
        return drawn(session, found, form), 422
    officer, now = signed_in().person_id, occasion()
    if form.decision.data == DECLINE:
        decline(session, ask_id=found.id, reason=form.reason.data, officer_id=officer, occasion=now)
        note("ask", text, reason=form.reason.data)
        return redirect(f"/office/asks/{text}", 303)
    reference = take_up(
        session,
        ask_id=found.id,
        amount=form.amount.data,
        purpose=form.purpose.data,
        officer_id=officer,
        rules=rules_today(),
        occasion=now,
    )
    note("ask", text, reason=form.purpose.data, proposal=reference, amount=form.amount.data)
    return redirect(f"/office/approvals/{reference}" if reference else f"/office/asks/{text}", 303)


def form_of(session: Session, found: AskView) -> AnswerForm:
    """The form, filled in as was asked."""
    left = programme(session, programme_id=found.programme_id).left
    cap = Cap.ALLOTTED_ALONE_A_DAY
    return AnswerForm(found=found, left=left, alone=alone_hint(left_today(session, cap), limit=limit_of(cap)))


def line(one: AskView) -> dict[str, str]:
    """An ask in the list."""
    return {
        "text": f"{format_amount(one.amount)} CR for {one.organiser_name}",
        "href": f"/office/asks/{to_text(one.id)}",
        "detail": f"{one.programme_name}. Asked by {one.asked_by}, {day_and_clock(one.asked_at)}",
    }


def drawn(session: Session, found: AskView, form: AnswerForm) -> str:
    """The page of one ask."""
    return render_template(
        "council_office/ask.html",
        id=to_text(found.id),
        title=f"{format_amount(found.amount)} CR for {found.organiser_name}",
        found=found,
        form=form,
        rows=[
            {"key": "From", "value": f"{found.organiser_name}, {found.asked_by}"},
            {"key": "Programme", "value": found.programme_name},
            {"key": "Amount", "value": f"{format_amount(found.amount)} CR"},
            {"key": "For", "value": found.purpose},
            {"key": "Asked", "value": day_and_clock(found.asked_at)},
        ],
        stands=stands(session, found),
        waits=found.state == AskState.WAITING,
        state=STATES.get(found.state, ""),
        may_answer=found.state == AskState.WAITING and Permission.AWARD in signed_in().permissions,
    )


def stands(session: Session, found: AskView) -> list[dict[str, str]]:
    """What the organiser and the programme have left, and how long it lasts."""
    today = occasion().today
    view = programme(session, programme_id=found.programme_id, today=today)
    allowances = organiser_allowances(session, organiser_id=found.organiser_id)
    left = sum(one.left for one in allowances if one.programme_id == found.programme_id)
    used = awarded_lately(session, today=today).get((found.programme_id, found.organiser_id), 0)
    return [
        {"key": "Left of its allowance", "value": f"{format_amount(left)} CR"},
        {"key": "Awarded in the last 28 days", "value": f"{format_amount(used)} CR"},
        {"key": "Its allowance lasts", "value": lasting(left, used=used, ends_on=view.ends_on, today=today)},
        {"key": "Left to allot in the programme", "value": f"{format_amount(view.left)} CR"},
    ]
