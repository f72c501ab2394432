"""What the shop took: today, this week, this month; one redemption; and its void."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.clock import london_date
from ledger.corrections.disputes import dispute_of_shop
from ledger.redemption.queries import DayTakings, redemption, redemptions_on, takings_by_day
from ledger.redemption.voids import void
from merchant_portal.at_till import shop_id, unlocked
from shared_web.amount_entry import ValueForm
from shared_web.charts import bar_widths
from shared_web.days import clock_to_the_second
from shared_web.days import full_day as day_name
from shared_web.db import Session, occasion, reading
from shared_web.filters import day as full_day
from shared_web.filters import day_and_month, weekday
from shared_web.idempotency import answered_once

pages = Blueprint("takings", __name__)

PERIODS = {"today": "Today", "week": "This week", "month": "This month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day of the table; `width` of 100 is its bar."""

    day: DayTakings
    name: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Some days of takings, minor units."""

    name: str
    rows: tuple[DayRow, ...]
    redemptions: int
    kept: int
    voided: int


@pages.get("/takings")
@unlocked
def show() -> ResponseReturnValue:
    """The days that were asked for, and today's redemptions."""
    asked = request.args.get("days", "today")
    chosen = asked if asked in PERIODS else "today"
    today = occasion().today
    first = first_day(chosen, today)
    with reading() as session:
        days = takings_by_day(session, merchant_id=shop_id(), first=first, last=today)
        taken_today = redemptions_on(session, merchant_id=shop_id(), day=today)
    period = period_of(days, first=first, last=today, every_day=chosen != "month")
    chips = [
        {"text": text, "href": f"/merchant/takings?days={name}", "current": name == chosen}
        for name, text in PERIODS.items()
    ]
    return render_template(
        "merchant_portal/takings.html", chips=chips, chosen=chosen, period=period, taken_today=taken_today
    )


@pages.get("/takings/<reference>")
@unlocked
def one(reference: str) -> ResponseReturnValue:
    """One redemption; today's may be undone."""
    with reading() as session:
        taken = redemption(session, reference=reference, merchant_id=shop_id())
        said = dispute_of_shop(session, transaction_id=taken.transaction_id, merchant_id=shop_id())
    may_undo = taken.voided_at is None and london_date(taken.at) == occasion().today
    return render_template(
        "merchant_portal/redemption.html",
        taken=taken,
        may_undo=may_undo,
        time=clock_to_the_second(taken.at),
        dispute=said,
        due=day_name(said.due_on) if said else "",
    )


@pages.get("/takings/<reference>/void")
@unlocked
def ask(reference: str) -> ResponseReturnValue:
    """Ask once more before it is undone; what cannot be is shown as it stands."""
    with reading() as session:
        taken = redemption(session, reference=reference, merchant_id=shop_id())
    if taken.voided_at is not None or london_date(taken.at) != occasion().today:
        return redirect(f"/merchant/takings/{taken.reference}", 303)
    return render_template("merchant_portal/void.html", taken=taken, form=ValueForm())


@pages.post("/takings/<reference>/void")
@unlocked
@answered_once
def undo(session: Session, reference: str) -> Response:
    """Undo it, whole and once, on its own day."""
    voided = void(session, reference=reference, merchant_id=shop_id(), occasion=occasion())
    return make_response(redirect(f"/merchant/takings/{voided.reference}", 303))


def first_day(chosen: str, today: date) -> date:
    """Where the days begin: weeks on Monday, months on the first."""
    match chosen:
        case "week":
            return today - timedelta(days=today.weekday())
        case "month":
            return today.replace(day=1)
    return today


def period_of(days: list[DayTakings], *, first: date, last: date, every_day: bool) -> Period:
    """The table's rows, oldest first; days with nothing are named too where `every_day`."""
    found = {one.day: one for one in days}
    named = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    shown = [found.get(on) or DayTakings(day=on, redemptions=0, kept=0, voided=0) for on in named]
    shown = [one for one in shown if every_day or one.day in found]
    widths = bar_widths([one.kept for one in shown])
    return Period(
        name=name_of(first, last),
        rows=tuple(
            DayRow(day=one, name=f"{one.day:%a} {one.day.day}", width=width)
            for one, width in zip(shown, widths, strict=True)
        ),
        redemptions=sum(one.redemptions for one in days),
        kept=sum(one.kept for one in days),
        voided=sum(one.voided for one in days),
    )


def name_of(first: date, last: date) -> str:
    """E.g. "Monday 23 November 2026", or "1 to 23 November", or "Monday 30 November to Friday 4 December"."""
    if first == last:
        return f"{weekday(first)} {full_day(first)}"
    same_month = first.month == last.month
    begins = f"{weekday(first)} {first.day}" if same_month else f"{weekday(first)} {day_and_month(first)}"
    return f"{begins} to {weekday(last)} {day_and_month(last)}"
