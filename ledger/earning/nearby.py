"""How far away an activity is: where a postcode lies, told by the activities' own, and the miles between two places."""

from dataclasses import dataclass
from math import hypot

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ledger.earning.models import Activity

METRES_IN_A_MILE = 1609.344


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPlace:
    """A place on the national grid of Great Britain, in metres."""

    easting: int
    northing: int


def place_of_postcode(session: Session, *, postcode: str) -> GridPlace | None:
    """Where a postcode as it is printed ("SW9 0QN") lies: in the middle of the activities that have it.

    Where none has, in the middle of those of its sector ("SW9 0"), then of its district ("SW9"); None where nobody is.
    """
    district, _, rest = postcode.partition(" ")
    for among in (
        Activity.postcode == postcode,
        Activity.postcode.like(f"{district} {rest[:1]}%"),
        Activity.postcode.like(f"{district} %"),
    ):
        if (found := _middle(session, among)) is not None:
            return found
    return None


def miles_between(one: GridPlace, other: GridPlace) -> float:
    """The miles between two places, as the crow flies."""
    return hypot(one.easting - other.easting, one.northing - other.northing) / METRES_IN_A_MILE


def _middle(session: Session, among: ColumnElement[bool]) -> GridPlace | None:
    query = select(func.avg(Activity.easting), func.avg(Activity.northing)).where(among, Activity.easting.is_not(None))
    easting, northing = session.execute(query).one()
    return None if easting is None else GridPlace(easting=round(easting), northing=round(northing))
