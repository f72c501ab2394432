"""What is delivered: what two officers released and has not arrived, in sequence, each once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.council_tax.delivery.due import deliver_released, undelivered
from ledger.council_tax.delivery.errors import DeliveryDiffers
from ledger.council_tax.delivery.queries import attempts
from ledger.council_tax.delivery.rules import Outcome
from ledger.council_tax.errors import AlreadyArrived
from ledger.settings import Delivery
from ledger.store import make_engine, reading
from tests.council_tax.town import apply
from tests.databases import copied
from tests.revenues.town import Exchange, exchange, household

SATURDAY, SUNDAY, MONDAY = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)


@pytest.fixture
def made(engine: Engine) -> Exchange:
    """A council with an empty night, and one of a line that waits for two officers."""
    made = exchange(engine)
    made.build(SATURDAY)
    apply(engine, household(made), 2500)
    made.build(SUNDAY)
    return made


def delivered(made: Exchange, folder: Path) -> list[int]:
    delivery, occasion = Delivery(target=str(folder)), made.at(MONDAY, 10)
    return list(
        deliver_released(
            made.engine, delivery=delivery, register=beside(folder), command="council-tax-deliver", occasion=occasion
        )
    )


def beside(folder: Path) -> Path:
    """The register of what left by a folder."""
    return folder.with_name(f"{folder.name}.register")


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


def test_what_the_register_says_arrived_is_not_sent_again_from_books_that_were_restored(
    made: Exchange, tmp_path: Path
) -> None:
    """Backed up while a file waited, which two officers then released, and which arrived and was taken away."""
    made.engine.dispose()
    with as_they_stand(made, tmp_path) as restored:
        leave(made, tmp_path / "out")
        for path in (tmp_path / "out").iterdir():
            path.unlink()

        with pytest.raises(AlreadyArrived):
            restored.send_back(2, MONDAY, register=beside(tmp_path / "out"))
        leave(restored, tmp_path / "out")

        assert list((tmp_path / "out").iterdir()) == []
        with reading(restored.engine) as session:
            assert undelivered(session) == []
            (tried,) = attempts(session, file_name="CTX_E09000022_P_000002_20261122.csv")
        assert tried.outcome == Outcome.THERE_ALREADY


def leave(made: Exchange, folder: Path) -> None:
    """Two officers release the file that waits, and it is delivered."""
    folder.mkdir(exist_ok=True)
    made.approve(2, MONDAY)
    made.release(2, MONDAY)
    assert delivered(made, folder) == [1, 2]


@contextmanager
def as_they_stand(made: Exchange, folder: Path) -> Iterator[Exchange]:
    """The same town over a copy of its books."""
    if made.engine.dialect.name == "sqlite":
        copy = shutil.copyfile(str(made.engine.url.database), folder / "restored.sqlite")
        yield replace(made, engine=make_engine(f"sqlite:///{copy}"))
    else:
        with copied(made.engine.url) as url:
            engine = make_engine(url)
            yield replace(made, engine=engine)
            engine.dispose()
