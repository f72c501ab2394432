"""Thank everybody on a list at once: bring it, look at what it would do, thank them or ask the council."""

from collections.abc import Sequence

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from ledger.earning.errors import FileProblem, RosterFileRefused
from ledger.earning.file_alone import Alone, left_from_lists
from ledger.earning.file_awards import award_file, take_back_file
from ledger.earning.roster_file import MOST_PEOPLE, as_text, read_roster_file
from ledger.earning.roster_preview import RosterPreview, preview_roster
from ledger.identifiers import from_text
from ledger.money import format_amount
from shared_web.acts import note
from shared_web.counted import people_words
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.guards import signed_in
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today
from wallet_api.organise_forms import ListForm, ThankListForm
from wallet_api.pages.organise_roster import drawn, loaded
from wallet_api.roster_list import Lists, line_items, lists_of, refused_items
from wallet_api.roster_seen import Roster

pages = Blueprint("organise_upload", __name__, url_prefix="/sessions/<text>")

CANNOT = "This list cannot be used, and nobody was thanked. Put right what is below and choose it again"


@pages.get("/upload")
def show(text: str) -> str:
    """The form, what a list looks like, what waits, and what became of the last."""
    with reading() as session:
        seen = loaded(session, text)
        return _drawn(session, text, seen, ListForm())


@pages.post("/upload")
def check(text: str) -> ResponseReturnValue:
    """What the list would do: how many people, how many credits, who not and why; or what is wrong with it."""
    form = ListForm()
    with reading() as session:
        seen = loaded(session, text)
        if not form.validate_on_submit() or seen.not_now:
            return _drawn(session, text, seen, form), 422
        try:
            lines = read_roster_file(form.file.data.read(), minutes=seen.view.minutes)
            found = _preview(session, seen, as_text(lines))
        except RosterFileRefused as error:
            form.file.errors = [*form.file.errors, CANNOT]
            return _drawn(session, text, seen, form, problems=error.problems), 422
        return drawn(
            "organise_upload_check",
            text,
            seen,
            form=ThankListForm(formdata=None, lines=as_text(lines)),
            found=found,
            lists=_lists(session, seen),
            people=people_words(len(found.awarded)),
            listed=people_words(len(found.lines)),
            awarded=line_items(found.awarded),
            refused=refused_items(found.refused, rules_today()),
        )


@pages.post("/upload/thank")
@answered_once
def thank(session: Session, text: str) -> ResponseReturnValue:
    """Thank those on the list, each decided alone; or send it to the council where that takes two people."""
    form, known = ThankListForm(), signed_in()
    seen = loaded(session, text)
    if not form.validate_on_submit():
        return redirect(f"/organise/sessions/{text}/upload", 303)
    reference = award_file(
        session,
        session_id=seen.view.id,
        organiser_id=known.organisation_id,
        operator_id=known.operator_id,
        came=_preview(session, seen, form.lines.data or "").came,
        rules=rules_today(),
        occasion=occasion(),
    )
    note("organise_upload", text, proposal=reference or "")
    return redirect(f"/organise/sessions/{text}/uploaded", 303)


@pages.get("/uploaded")
def uploaded(text: str) -> str:
    """Where the list is now: with the council, or who was thanked, and who was not and why."""
    with reading() as session:
        seen = loaded(session, text)
        return drawn("organise_uploaded", text, seen, lists=_lists(session, seen))


@pages.post("/upload/take-back")
def take_back(text: str) -> ResponseReturnValue:
    """Whoever sent the list no longer wants it."""
    with unit_of_work() as session:
        take_back_file(
            session,
            session_id=from_text(text),
            organiser_id=signed_in().organisation_id,
            operator_id=signed_in().operator_id,
            occasion=occasion(),
        )
    return redirect(f"/organise/sessions/{text}/upload", 303)


def _preview(session: Session, seen: Roster, lines: str) -> RosterPreview:
    """What these lines, which were read once or come from anywhere, would do now."""
    known = signed_in()
    return preview_roster(
        session,
        session_id=seen.view.id,
        organiser_id=known.organisation_id,
        operator_id=known.operator_id,
        lines=read_roster_file(lines.encode(), minutes=seen.view.minutes),
        rules=rules_today(),
        today=occasion().today,
    )


def _lists(session: Session, seen: Roster) -> Lists:
    known = signed_in()
    return lists_of(
        session,
        session_id=seen.view.id,
        organiser_id=known.organisation_id,
        operator_id=known.operator_id,
        rules=rules_today(),
    )


def _drawn(session: Session, text: str, seen: Roster, form: ListForm, *, problems: Sequence[FileProblem] = ()) -> str:
    rules = rules_today()
    alone = Alone(people=rules.file_people_alone, amount=rules.file_credits_alone)
    left = left_from_lists(session, operator_id=signed_in().operator_id, rules=rules, today=occasion().today)
    return drawn(
        "organise_upload",
        text,
        seen,
        form=form,
        lists=_lists(session, seen),
        problems=[[f"Line {one.line}", one.field, one.words] for one in problems],
        alone=alone_words(alone),
        left_alone=alone_words(left) if left != alone else "",
        most_people=MOST_PEOPLE,
    )


def alone_words(alone: Alone) -> str:
    """E.g. "20 people or 200.00 credits"."""
    return f"{people_words(alone.people)} or {format_amount(alone.amount)} credits"
