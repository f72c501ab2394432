"""What is delivered: what two officers released and has not arrived, in sequence, each once."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.council_tax.delivery.due import deliver_released, undelivered
from ledger.council_tax.delivery.errors import DeliveryDiffers
from ledger.settings import Delivery
from ledger.store import reading
from tests.council_tax.town import apply
from tests.revenues.town import Exchange, exchange, household

SATURDAY, SUNDAY = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture
def made(engine: Engine) -> Exchange:
    """A council with an empty night, and one of a line that waits for two officers."""
    made = exchange(engine)
    made.build(SATURDAY)
    apply(engine, household(made), 2500)
    made.build(SUNDAY)
    return made


def delivered(made: Exchange, folder: Path) -> list[int]:
    delivery = Delivery(target=str(folder))
    return list(deliver_released(made.engine, delivery=delivery, occasion=made.at(date(2026, 11, 23), 10)))


def test_only_what_is_released_is_delivered_and_once(made: Exchange, tmp_path: Path) -> None:
    assert delivered(made, tmp_path) == [1]

    made.approve(2, date(2026, 11, 23))
    assert delivered(made, tmp_path) == []

    made.release(2, date(2026, 11, 23))
    assert delivered(made, tmp_path) == [2]
    assert delivered(made, tmp_path) == []
    assert (tmp_path / "CTX_E09000022_P_000002_20261122.csv").read_bytes() == made.content(2)


def test_a_file_that_cannot_go_holds_up_the_later_ones(made: Exchange, tmp_path: Path) -> None:
    there = tmp_path / "CTX_E09000022_P_000001_20261121.csv"
    there.write_bytes(b"of somebody else")
    made.approve(2, date(2026, 11, 23))
    made.release(2, date(2026, 11, 23))

    with pytest.raises(DeliveryDiffers):
        delivered(made, tmp_path)
    there.unlink()

    assert delivered(made, tmp_path) == [1, 2]


def test_what_was_answered_arrived_by_whatever_way(made: Exchange, tmp_path: Path) -> None:
    made.take(made.deliver(1), date(2026, 11, 23))

    assert delivered(made, tmp_path) == []
    with reading(made.engine) as session:
        assert undelivered(session) == []
