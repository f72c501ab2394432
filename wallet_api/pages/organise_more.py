"""Ask the council for more credits to give, and see what became of what was asked."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from ledger.clock import london_date
from ledger.earning.asks import AskView, ask_for_more, asks_of, may_ask_of
from ledger.earning.errors import AlreadyAsked
from ledger.earning.rules import AskState
from ledger.errors import InvalidField
from ledger.identifiers import from_text, to_text
from ledger.money import MOST_FROM_PEOPLE, format_amount
from ledger.people.rules import ProposalState, tidy
from shared_web.amount_entry import AmountBetween, AmountEntry
from shared_web.days import near_day
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import signed_in
from shared_web.refused_fields import told_at

pages = Blueprint("organise_more", __name__)

LONGEST_PURPOSE = 300
WAITING, GIVEN, DECLINED = ("Waiting", "hazel"), ("Given", "leaf"), ("Declined", "brick")
BY_ALLOTMENT = {ProposalState.PROPOSED: WAITING, ProposalState.APPROVED: WAITING, ProposalState.SENT_BACK: DECLINED}


class MoreForm(TallystickForm):
    """How many credits of which programme, and what for."""

    programme = SelectField("Which programme?")
    amount = AmountEntry("How many credits?", validators=[AmountBetween(most=MOST_FROM_PEOPLE)])
    purpose = StringField("What are they for?", description="Like: two more sessions a week until March. Name nobody")

    def __init__(self, *, programmes: list[tuple[str, str]]) -> None:
        super().__init__(data={"programme": programmes[0][0] if len(programmes) == 1 else ""})
        self.programme.choices = [SelectChoice("", "Choose a programme"), *(SelectChoice(*one) for one in programmes)]

    def validate_programme(self, field: SelectField) -> None:
        """One of theirs."""
        if not field.data:
            raise ValidationError("Choose a programme")

    def validate_purpose(self, field: StringField) -> None:
        """Words that can be seen."""
        try:
            tidy("purpose", field.data or "", longest=LONGEST_PURPOSE)
        except InvalidField:
            raise ValidationError(f"Say what they are for, in {LONGEST_PURPOSE} characters or fewer") from None


@pages.get("/more")
def ask() -> str:
    """The form, and what was asked before."""
    with reading() as session:
        return drawn(session, form_of(session))


@pages.post("/more")
def send() -> ResponseReturnValue:
    """Ask."""
    with reading() as session:
        form = form_of(session)
    if form.validate_on_submit():
        with told_at(form.programme, AlreadyAsked), unit_of_work() as session:
            ask_for_more(
                session,
                programme_id=from_text(form.programme.data),
                organiser_id=signed_in().organisation_id,
                operator_id=signed_in().person_id,
                amount=form.amount.data,
                purpose=form.purpose.data,
                occasion=occasion(),
            )
            return redirect("/organise/more", 303)
    with reading() as session:
        return drawn(session, form), 422


def form_of(session: Session) -> MoreForm:
    """The form, with the programmes this organiser may ask of."""
    found = may_ask_of(session, organiser_id=signed_in().organisation_id, occasion=occasion())
    return MoreForm(programmes=[(to_text(one), name) for one, name in found])


def drawn(session: Session, form: MoreForm) -> str:
    """The page."""
    found = asks_of(session, organiser_id=signed_in().organisation_id)
    return render_template(
        "wallet_api/organise_more.html",
        form=form,
        may_ask=len(form.programme.choices) > 1,
        items=[item(one) for one in found],
    )


def item(one: AskView) -> dict[str, object]:
    """An ask as the list shows it."""
    tag, kind = state_of(one)
    reason = [f"Reason: {one.reason}"] if one.reason and tag == DECLINED[0] else []
    return {
        "text": f"{format_amount(one.amount)} credits",
        "detail": f"{one.programme_name}, asked {near_day(london_date(one.asked_at))}",
        "lines": [one.purpose, *reason],
        "tag": tag,
        "tag_kind": kind,
    }


def state_of(one: AskView) -> tuple[str, str]:
    """What became of it: one that a second officer looks at still waits."""
    if one.state == AskState.WAITING:
        return WAITING
    if one.state == AskState.DECLINED:
        return DECLINED
    return GIVEN if one.allotment is None else BY_ALLOTMENT.get(one.allotment, GIVEN)
