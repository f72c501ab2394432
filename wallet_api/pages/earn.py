"""Ways to earn: sessions by day, the nearest to a postcode first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, g, render_template, request
from wtforms import StringField, ValidationError

from ledger.clock import london_date
from ledger.earning.nearby import GridPlace, miles_between, place_of_postcode
from ledger.earning.postcodes import read_postcode
from ledger.earning.queries import SessionView, sessions_between
from ledger.errors import NotFound
from ledger.identifiers import to_text
from ledger.money import format_amount
from shared_web.counted import counted
from shared_web.days import hours, near_day
from shared_web.db import occasion, reading
from shared_web.forms import TallystickForm
from wallet_api.wording import heading_of, miles

pages = Blueprint("earn", __name__)

DAYS = {"today": "Today", "tomorrow": "Tomorrow"}
FURTHEST_WEEK = 12
FEW_LEFT = 3


class NearForm(TallystickForm):
    """Where somebody is, if they want what is near first."""

    near = StringField("Near postcode")

    def __init__(self, text: str) -> None:
        super().__init__(formdata=None, meta={"csrf": False}, near=text)

    def validate_near(self, field: StringField) -> None:
        """A whole postcode, or nothing."""
        if field.data and read_postcode(field.data) is None:
            raise ValidationError("Enter a postcode like SW9 0QN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One session in the list."""

    id: str
    view: SessionView
    distance: float | None

    @property
    def lines(self) -> list[str]:
        """When, how far, and where."""
        far = "" if self.distance is None else f", {miles(self.distance)}"
        return [f"{hours(self.view.starts_at, self.view.ends_at)}{far}", self.view.place]

    @property
    def earns(self) -> str:
        """What taking part is worth."""
        return f"{format_amount(self.view.credits)} credits"

    @property
    def tag(self) -> tuple[str, str]:
        """A word on places, and its kind; nothing to say where there are many."""
        left = self.view.places_left
        if self.view.mine:
            return "You have a place", "leaf"
        if left <= 0:
            return "Full", "grey"
        return (f"{counted(left, 'place')} left", "hazel") if left <= FEW_LEFT else ("", "")


@pages.get("/earn")
def show() -> tuple[str, int]:
    """A week, or today, or tomorrow."""
    today = occasion().today
    chosen, week = asked_days(request.args.get("day", ""), request.args.get("week", "0"))
    form = NearForm(request.args.get("near", "").strip())
    near = read_postcode(form.near.data) if form.validate() and form.near.data else None
    first, last = days_of(chosen, week, today=today)
    now = occasion().now
    with reading() as session:
        found = sessions_between(session, first=first, last=last, resident_id=g.signed_in.person_id)
        place = place_of_postcode(session, postcode=near) if near else None
    page = render_template(
        "wallet_api/earn.html",
        form=form,
        near=near,
        unknown=near is not None and place is None,
        days=by_day([view for view in found if view.ends_at > now], place, today=today),
        chips=chips(chosen, near),
        week_of=near_day(first) if week else "",
        **weeks_beside(week, chosen, near),
    )
    return page, 422 if form.errors else 200


def asked_days(day: str, week: str) -> tuple[str, int]:
    """The chip that was pressed, and how many weeks ahead. Raises NotFound for what no page links to."""
    if day not in ("", *DAYS) or not (week.isascii() and week.isdigit() and int(week[:3]) <= FURTHEST_WEEK):
        raise NotFound("page")
    return day, int(week)


def days_of(chosen: str, week: int, *, today: date) -> tuple[date, date]:
    """The first and the last day to show."""
    if chosen == "today":
        return today, today
    if chosen == "tomorrow":
        return today + timedelta(days=1), today + timedelta(days=1)
    first = today + timedelta(weeks=week)
    return first, first + timedelta(days=6)


def by_day(found: Iterable[SessionView], place: GridPlace | None, *, today: date) -> list[tuple[str, list[Shown]]]:
    """Sessions under their days' headings; within a day the nearest first, or the soonest where no place is known."""
    shown = [Shown(id=to_text(view.id), view=view, distance=distance_of(view, place)) for view in found]
    days = groupby(shown, key=lambda one: london_date(one.view.starts_at))
    return [(heading_of(day, today=today), sorted(of_day, key=nearest)) for day, of_day in days]


def nearest(one: Shown) -> tuple[bool, float]:
    """What sorts a day: by distance, those without one last."""
    return one.distance is None, one.distance or 0.0


def distance_of(view: SessionView, place: GridPlace | None) -> float | None:
    """The miles from a place to a session; None where either is not known."""
    if place is None or view.easting is None or view.northing is None:
        return None
    return miles_between(place, GridPlace(easting=view.easting, northing=view.northing))


def address(*, day: str = "", week: int = 0, near: str | None = None) -> str:
    """The page with these choices."""
    parts = [f"day={day}"] if day else []
    parts += [f"week={week}"] if week else []
    parts += [f"near={near.replace(' ', '+')}"] if near else []
    return "/earn" + ("?" + "&".join(parts) if parts else "")


def chips(chosen: str, near: str | None) -> list[dict[str, object]]:
    """The few views of the list."""
    names = {"": "All week"} | DAYS
    return [
        {"text": text, "href": address(day=day, near=near), "current": day == chosen} for day, text in names.items()
    ]


def weeks_beside(week: int, chosen: str, near: str | None) -> dict[str, dict[str, str] | None]:
    """The ways to the weeks beside this one."""
    earlier = {"href": address(week=week - 1, near=near), "text": "The week before"} if week else None
    later = {"href": address(week=week + 1, near=near), "text": "The week after"} if week < FURTHEST_WEEK else None
    return {"earlier": None, "later": None} if chosen else {"earlier": earlier, "later": later}
