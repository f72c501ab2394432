"""Writers of files out of books, which are `books.db` of the folder, each to be interrupted in a process of its own."""

from pathlib import Path

from sqlalchemy import Engine

from ledger.council_tax.incoming import take_in_folder
from ledger.store import make_engine
from ledger.wind_down.write import wind_down
from tests.council_tax.town import SCHEME
from tests.days import noon
from tests.factories import occasion_at
from tests.redemption.town import NOON

BOOKS, ANSWERS, OUT = "books.db", "answers", "out"


def answers(folder: Path) -> None:
    """Take in the answers that lie in a folder."""
    for _ in take_in_folder(_books(folder), folder / ANSWERS, scheme=SCHEME, occasion=occasion_at(noon(NOON.date()))):
        pass


def way_out(folder: Path) -> None:
    """Everyone's files."""
    occasion = occasion_at(noon(NOON.date()))
    wind_down(
        _books(folder), folder=folder / OUT, scheme="Lambeth Credits", occasion=occasion, progress=lambda *_: None
    )


def _books(folder: Path) -> Engine:
    return make_engine(f"sqlite:///{folder / BOOKS}")
