"""An organiser's first page: what is left to give, who to thank, what comes."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Blueprint, render_template

from ledger.clock import london_date
from ledger.earning.pace import awarded_lately, runs_out_on
from ledger.earning.queries import organiser_allowances, organiser_sessions
from ledger.earning.rules import CLAIMS_GO_ON, SessionState
from ledger.earning.views import AllowanceView, SessionView
from ledger.identifiers import to_text
from ledger.money import Amount
from shared_web.days import hours, near_day, plain_day
from shared_web.db import occasion, reading
from shared_web.guards import signed_in
from wallet_api.wording import heading_of

pages = Blueprint("organise_home", __name__)

A_DAY = timedelta(days=1)
WEEKS_AHEAD = timedelta(weeks=8)


@pages.get("/")
def show() -> str:
    """Allowances, sessions to confirm, sessions to come, sessions thanked for."""
    now = occasion()
    organiser = signed_in().organisation_id
    first, last = now.today - CLAIMS_GO_ON - A_DAY, now.today + WEEKS_AHEAD
    with reading() as session:
        allowances = organiser_allowances(session, organiser_id=organiser)
        awarded = awarded_lately(session, today=now.today)
        found = organiser_sessions(session, organiser_id=organiser, first=first, last=last)
    open_ones = [one for one in found if one.state == SessionState.OPEN and now.now <= one.ends_at + CLAIMS_GO_ON]
    return render_template(
        "wallet_api/organise_home.html",
        allowances=[(one.programme_name, one.left, lasts(one, awarded, today=now.today)) for one in allowances],
        waiting=items(open_ones, lambda one: one.starts_at <= now.now and not one.awarded, now=now.now),
        coming=items(open_ones, lambda one: one.starts_at > now.now, now=now.now),
        thanked=items(open_ones, lambda one: one.awarded > 0, now=now.now)[::-1],
    )


def lasts(one: AllowanceView, awarded: Mapping[tuple[UUID, UUID], Amount], *, today: date) -> str:
    """Until about when an allowance lasts, at the pace of the last 28 days; nothing where there is no pace."""
    used = awarded.get((one.programme_id, one.organiser_id), 0)
    day = runs_out_on(one.left, used=used, today=today) if one.left else None
    return f"At your pace, until about {plain_day(day)}" if day else ""


def items(found: list[SessionView], which: Callable[[SessionView], bool], *, now: datetime) -> list[dict[str, object]]:
    """Some of the sessions as a list shows them."""
    return [item(one, now=now) for one in found if which(one)]


def item(one: SessionView, *, now: datetime) -> dict[str, object]:
    """A session: when it is, how many are on its roster, and what is to be done by when."""
    today = london_date(now)
    shown = {
        "text": one.title,
        "href": f"/organise/sessions/{to_text(one.id)}/roster",
        "detail": f"{day_of(one, today=today)}, {hours(one.starts_at, one.ends_at)}",
    }
    if one.awarded:
        return shown | {"tag": f"{one.awarded} thanked", "tag_kind": "leaf"}
    if one.starts_at > now:
        return shown | {"lines": [f"{one.taken} of {one.places} places taken"]}
    until = near_day(london_date(one.ends_at + CLAIMS_GO_ON))
    return shown | {"lines": [f"{one.taken} on the roster. Thank them by {until}."]}


def day_of(one: SessionView, *, today: date) -> str:
    """E.g. "Today, Monday 23 November" or "Thursday 19 November"."""
    return heading_of(london_date(one.starts_at), today=today)
