"""What the writers out of books find in their folder: a copy of the books, and an answer that is no good."""

import shutil
from datetime import date
from pathlib import Path

from sqlalchemy import make_url

from ledger.store import make_engine
from tests.council_tax.town import apply
from tests.harness.books_writers import BOOKS
from tests.revenues.town import exchange, household

ANSWER = "CTR_E09000022_P_000001_20261123.csv"


def lay_books(url: str, folder: Path) -> None:
    """A copy of books in a folder."""
    shutil.copy(str(make_url(url).database), folder / BOOKS)


def damaged_answer(url: str) -> bytes:
    """An answer to a file of the books at this URL, with totals that were changed on the way; named `ANSWER`."""
    engine = make_engine(url)
    made = exchange(engine)
    apply(engine, household(made), 2500)
    made.night(date(2026, 11, 22))
    made.revenues.today = date(2026, 11, 23)
    answer = made.deliver(1).replace(b",2500,", b",2400,", 1)
    engine.dispose()
    return answer
