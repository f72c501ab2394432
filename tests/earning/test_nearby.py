"""How far an activity is, told by the activities' own postcodes."""

import pytest
from sqlalchemy import Engine

from ledger.earning.nearby import GridPlace, miles_between, place_of_postcode
from ledger.store import reading, unit_of_work
from tests import factories


def test_a_mile_is_1609_metres() -> None:
    here, there = GridPlace(easting=531_000, northing=176_000), GridPlace(easting=531_000, northing=177_609)
    assert miles_between(here, there) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("postcode", ["SE5 9RA", "SE5 9ZZ", "SE5 0AA"])
def test_a_postcode_lies_where_its_nearest_kin_do(engine: Engine, postcode: str) -> None:
    with unit_of_work(engine) as session:
        factories.growing_project(session)
    with reading(engine) as session:
        assert place_of_postcode(session, postcode=postcode) == GridPlace(easting=531665, northing=176548)


def test_nobody_knows_where_a_strange_postcode_lies(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        factories.growing_project(session)
    with reading(engine) as session:
        assert place_of_postcode(session, postcode="SE15 9RA") is None
