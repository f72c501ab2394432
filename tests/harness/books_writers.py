"""Writers of files out of books, as processes of their own: `python -m tests.harness.books_writers NAME FOLDER`.

The books are `books.db` of the folder.
"""

import sys
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


def answers(engine: Engine, folder: Path) -> None:
    """Take in the answers that lie in a folder."""
    for _ in take_in_folder(engine, folder / ANSWERS, scheme=SCHEME, occasion=occasion_at(noon(NOON.date()))):
        pass


def way_out(engine: Engine, folder: Path) -> None:
    """Everyone's files."""
    occasion = occasion_at(noon(NOON.date()))
    wind_down(engine, folder=folder / OUT, scheme="Lambeth Credits", occasion=occasion, progress=lambda *_: None)


WRITERS = {writer.__name__: writer for writer in (answers, way_out)}

if __name__ == "__main__":
    into = Path(sys.argv[2])
    WRITERS[sys.argv[1]](make_engine(f"sqlite:///{into / BOOKS}"), into)
