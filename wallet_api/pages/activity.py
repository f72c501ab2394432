"""One session of an activity: what it is worth, the resident's place, the one next step."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response

from ledger.clock import london_date
from ledger.earning.queries import AwardView, SessionView, awards_of, earned_this_week, session_of
from ledger.earning.rosters import give_up_place, take_place
from ledger.earning.rules import SessionState, TariffPer
from ledger.identifiers import from_text
from ledger.money import Amount, format_amount
from shared_web.days import hour, hours, near_day
from shared_web.db import occasion, reading, unit_of_work
from shared_web.in_force import rules_today
from wallet_api.wording import length

pages = Blueprint("activity", __name__)

PER = {TariffPer.HOUR: "an hour", TariffPer.SESSION: "a session", TariffPer.ACTION: "each time"}


class Step(StrEnum):
    """Where a resident stands with a session."""

    FREE = "free"
    FULL = "full"
    PLACE = "place"
    STARTED = "started"
    WAITING = "waiting"
    THANKED = "thanked"
    OVER = "over"
    CANCELLED = "cancelled"


@pages.get("/earn/<text>")
def show(text: str) -> str:
    """The session as this resident sees it."""
    session_id, now = from_text(text), occasion()
    with reading() as session:
        view = session_of(session, session_id=session_id, resident_id=g.signed_in.person_id)
        day = london_date(view.starts_at)
        earned = earned_this_week(session, resident_id=g.signed_in.person_id, day=day)
        award = award_for(awards_of(session, resident_id=g.signed_in.person_id), session_id)
    step = step_of(view, award, started=now.now >= view.starts_at, over=now.now >= view.ends_at)
    return render_template(
        "wallet_api/activity.html",
        id=text,
        view=view,
        step=step,
        award=award,
        worth=worth_of(view),
        starts=starts_of(view, today=now.today),
        facts=facts_of(view),
        cap=cap_words(earned, view.credits) if step in (Step.FREE, Step.PLACE, Step.STARTED) else "",
    )


@pages.post("/earn/<text>/place")
def take(text: str) -> Response:
    """Take a place."""
    with unit_of_work() as session:
        take_place(session, session_id=from_text(text), resident_id=g.signed_in.person_id, occasion=occasion())
    return redirect(f"/earn/{text}", 303)


@pages.post("/earn/<text>/give-up")
def give_up(text: str) -> Response:
    """Give up a place."""
    with unit_of_work() as session:
        give_up_place(session, session_id=from_text(text), resident_id=g.signed_in.person_id, occasion=occasion())
    return redirect(f"/earn/{text}", 303)


def award_for(awards: list[AwardView], session_id: UUID) -> AwardView | None:
    """What the resident was given for this session."""
    return next((award for award in awards if award.session_id == session_id), None)


def step_of(view: SessionView, award: AwardView | None, *, started: bool, over: bool) -> Step:
    """Where the resident stands."""
    if award is not None:
        return Step.THANKED
    if view.state != SessionState.OPEN:
        return Step.CANCELLED
    if over:
        return Step.WAITING if view.mine else Step.OVER
    if view.mine:
        return Step.STARTED if started else Step.PLACE
    if started:
        return Step.OVER
    return Step.FREE if view.places_left > 0 else Step.FULL


def worth_of(view: SessionView) -> tuple[str, str]:
    """What taking part is worth, and how that comes about."""
    whole = f"{format_amount(view.credits)} credits"
    return whole, f"{format_amount(view.tariff)} credits {PER[view.tariff_per]}"


def starts_of(view: SessionView, *, today: date) -> str:
    """As "today at 2pm", "tomorrow at 2pm" or "on Tuesday 24 November at 2pm"."""
    day = london_date(view.starts_at)
    near = {0: "today", 1: "tomorrow"}.get((day - today).days, f"on {near_day(day)}")
    return f"{near} at {hour(view.starts_at)}"


def facts_of(view: SessionView) -> list[dict[str, str]]:
    """When, where and with whom."""
    where = view.place if not view.postcode or view.postcode in view.place else f"{view.place}, {view.postcode}"
    return [
        {"key": "When", "value": f"{near_day(london_date(view.starts_at))}, {hours(view.starts_at, view.ends_at)}"},
        {"key": "How long", "value": length(view.minutes)},
        {"key": "Where", "value": where},
        {"key": "Thanked by", "value": view.organiser_name},
        {"key": "Places left", "value": str(max(view.places_left, 0))},
    ]


def cap_words(earned: Amount, worth: Amount) -> str:
    """What the week's cap says about this session; a session that would pass it adds nothing."""
    limit = rules_today().earned_a_week
    so_far = f"You have earned {format_amount(earned)} of {format_amount(limit)} credits this week."
    if earned + worth > limit:
        return f"{so_far} You may come, but this one cannot add credits."
    return f"{so_far} This one counts."
