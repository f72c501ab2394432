"""Write everyone's files, the journal and how to check them: all of it has the folder's name, or nothing has."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book import journal, journal_csv, journal_text
from ledger.book.journal import Period
from ledger.book.queries import TrialLine, trial_balance
from ledger.council_tax.queries import items_of
from ledger.identifiers import to_text
from ledger.lasting import sync_folder, write_lasting
from ledger.occasion import Occasion
from ledger.spreadsheets import Table, write_csv
from ledger.store import snapshot
from ledger.wind_down import pages, tables
from ledger.wind_down.errors import BalancesDiffer, FolderTaken
from ledger.wind_down.people import KINDS, RESIDENTS, History, Owner, history_of, owners

Progress = Callable[[str, int, int], None]
WRITING = "writing"
EVERYTHING = Period()
SUMS = "SHA256SUMS"
INDEX = "private/index.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class WoundDown:
    """What was written: where, files for how many residents and shops, and what they come to by kind and unit."""

    folder: Path
    people: Counter[str]
    totals: Counter[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class _Folder:
    """A folder that is being filled; each file with its digest."""

    path: Path
    digests: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, content: bytes) -> None:
        path = self.path / name
        for inner in reversed(Path(name).parents[:-1]):
            (self.path / inner).mkdir(mode=0o700, exist_ok=True)
        write_lasting(path, content)
        self.digests[name] = hashlib.sha256(content).hexdigest()

    def write_table(self, name: str, table: Table) -> None:
        text = StringIO(newline="")
        write_csv(table, text)
        self.write(name, text.getvalue().encode("utf-8"))


def wind_down(engine: Engine, *, folder: Path, scheme: str, occasion: Occasion, progress: Progress) -> WoundDown:
    """Everyone's files as the books stand at one moment, in a folder that is not there yet.

    Raises FolderTaken, BalancesDiffer where the files do not come to what the trial balance says, OSError; then
    nothing has the folder's name. What a stopped run left beside it, under its name and `.part`, is begun anew.
    """
    with _filling(folder) as filled, snapshot(engine) as session:
        done = _write_people(session, filled, folder=folder, scheme=scheme, occasion=occasion, progress=progress)
        trial = trial_balance(session.connection())
        _check(done, trial)
        _write_journal(session, filled)
        filled.write_table("trial-balance.csv", tables.trial_table(trial))
        guide = pages.how_to_check(trial, scheme=scheme, made_on=occasion.today)
        filled.write("HOW-TO-CHECK.html", guide.encode("utf-8"))
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(filled.digests.items()))
        filled.write(SUMS, sums.encode("utf-8"))
    return done


@contextmanager
def _filling(folder: Path) -> Iterator[_Folder]:
    """A folder beside the one asked for, that gets its name once it is whole; no link is followed into another."""
    part = folder.with_name(f"{folder.name}.part")
    if os.path.lexists(folder) or part.is_symlink():
        raise FolderTaken(folder)
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(mode=0o700)
    yield _Folder(path=part)
    for inner, _, _ in os.walk(part):
        sync_folder(Path(inner))
    part.rename(folder)
    sync_folder(folder.parent)


def _write_people(
    session: Session, filled: _Folder, *, folder: Path, scheme: str, occasion: Occasion, progress: Progress
) -> WoundDown:
    everyone = list(owners(session))
    done = WoundDown(folder=folder, people=Counter(), totals=Counter())
    balances: list[tuple[str, str, str, int]] = []
    progress(WRITING, 0, len(everyone))
    for number, owner in enumerate(everyone, start=1):
        history = history_of(session, owner)
        _write_owner(session, filled, owner, history, scheme=scheme, occasion=occasion)
        done.people[owner.folder] += 1
        for unit, amount in sorted(history.balances.items()):
            done.totals[owner.folder, unit] += amount
            balances.append((owner.folder, to_text(owner.id), unit, amount))
        progress(WRITING, number, len(everyone))
    filled.write_table("balances.csv", tables.balances_table(balances))
    filled.write_table(INDEX, tables.index_table(everyone))
    return done


def _write_owner(
    session: Session, filled: _Folder, owner: Owner, history: History, *, scheme: str, occasion: Occasion
) -> None:
    start = f"{owner.folder}/{to_text(owner.id)}"
    page = pages.owner_page(owner, history, scheme=scheme, made_on=occasion.today)
    filled.write(f"{start}/statement.html", page.encode("utf-8"))
    filled.write_table(f"{start}/history.csv", tables.history_table(history.moves))
    filled.write_table(f"{start}/receipts.csv", tables.receipts_table(history.receipts))
    if owner.folder == RESIDENTS and (items := items_of(session, resident_id=owner.id)):
        filled.write_table(f"{start}/council-tax.csv", tables.items_table(items))


def _check(done: WoundDown, trial: list[TrialLine]) -> None:
    for folder, kind in KINDS.items():
        for line in trial:
            if line.kind == kind and done.totals[folder, line.unit] != line.credited - line.debited:
                raise BalancesDiffer(kind=kind, unit=line.unit)


def _write_journal(session: Session, filled: _Folder) -> None:
    connection, text = session.connection(), StringIO(newline="")
    journal_csv.write_for_machines(journal.journal_rows(connection, EVERYTHING), text)
    filled.write("journal.csv", text.getvalue().encode("utf-8"))
    lines = journal_text.hledger(
        accounts=journal.journal_accounts(connection, EVERYTHING),
        rows=journal.journal_rows(connection, EVERYTHING),
        totals=journal.journal_totals(connection, EVERYTHING),
        last_day=journal.last_day(connection, EVERYTHING),
    )
    filled.write("journal.hledger", "".join(f"{line}\n" for line in lines).encode("utf-8"))
