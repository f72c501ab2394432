"""Whether a deployment is well: one check for each thing that can be wrong outside the books, and what to do."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.book.models import Transaction
from ledger.clock import london_date
from ledger.field_keys import SealBroken, open_sealed
from ledger.keys import KEY_SETTINGS
from ledger.migrations.standing import constraints_missing, grants_too_wide, triggers_missing
from ledger.migrations.upgrade import head, revision_of
from ledger.notices.models import Notice
from ledger.outages import Busy, Unavailable
from ledger.people.models import Officer
from ledger.scheme.queries import SettingSeen, settings_seen
from ledger.settings import Settings
from ledger.store import FOR_PEOPLE, make_engine, reading

APART = timedelta(seconds=5)
"""How far the database's clock may be from ours."""
RESTORE = "Restore the newest good backup, or make it again as the migration does."


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing looked at: "triggers", what is wrong with it, if anything, and what to do then.

    `notes` are sentences to know, of which nothing is wrong.
    """

    name: str
    problems: tuple[str, ...] = ()
    remedy: str = ""
    notes: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def diagnose_refused(problems: list[str]) -> list[Diagnosis]:
    """What settings that were refused say of themselves; nothing else can be looked at then."""
    of_keys = tuple(problem for problem in problems if problem.split()[0].removesuffix("_FILE") in KEY_SETTINGS)
    others = tuple(problem for problem in problems if problem not in of_keys)
    return [
        _found("settings", others, "Set them; .env.example explains each."),
        _found("keys", of_keys, "Name the right keys; `tallystick keys new` draws new ones."),
    ]


def diagnose(settings: Settings, clock: Callable[[], datetime]) -> list[Diagnosis]:
    """Look at everything: folder, database, and, where it stands at this release's revision, all that is in it.

    Our clock is read when the database's is: what was looked at before may have taken a while.
    """
    looked = [Diagnosis(name="settings"), *_folders(settings)]
    engine = make_engine(settings.database_url, patience=FOR_PEOPLE)
    try:
        with reading(engine) as session:
            return [*looked, *_database(session, settings, clock)]
    except (DBAPIError, Busy, Unavailable) as error:
        remedy = "See that it runs, that DATABASE_URL names it, and that its login may read it."
        return [*looked, _found("database", [f"it cannot be read: {_said(error)}"], remedy)]
    finally:
        engine.dispose()


def _said(error: BaseException) -> str:
    """The first line of what the database, or the way to it, said itself."""
    failure = error if isinstance(error, DBAPIError) else error.__cause__
    said = getattr(failure, "orig", None) or failure or error
    lines = str(said).strip().splitlines() or [type(said).__name__]
    return lines[0].rstrip(".")


def _folders(settings: Settings) -> Iterator[Diagnosis]:
    """The folders that we write to: the service's own, and where settings name one elsewhere."""
    yield _own_folder(settings.data)
    if settings.file_register is not None:
        yield _folder("register folder", settings.file_register.parent)
    if settings.delivery is not None and settings.delivery.target.startswith("/"):
        yield _folder("delivery folder", Path(settings.delivery.target))


def _own_folder(folder: Path) -> Diagnosis:
    found = _folder("data folder", folder)
    if found.well and folder.stat().st_mode & 0o077:
        return replace(found, problems=(f"others may look into {folder}",), remedy=f"chmod 700 {folder}")
    return found


def _folder(name: str, folder: Path) -> Diagnosis:
    if not folder.is_dir():
        return Diagnosis(name=name, problems=(f"{folder} is not there",), remedy=f"mkdir -m 700 {folder}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Diagnosis(name=name, problems=(f"{folder}: {error.strerror}",), remedy="Let the service write there.")
    return Diagnosis(name=name)


def _database(session: Session, settings: Settings, clock: Callable[[], datetime]) -> Iterator[Diagnosis]:
    connection = session.connection()
    yield Diagnosis(name="database")
    revision = revision_of(connection)
    if revision != head():
        problem = f"it stands at revision {revision or 'none'}, this release works with {head()}"
        yield Diagnosis(name="revision", problems=(problem,), remedy="Run `tallystick db upgrade`.")
        return
    yield Diagnosis(name="revision")
    for name, (look, remedy) in CHECKS.items():
        yield _found(name, look(connection), remedy)
    remedy = "Name the keys this database was written with; an old field key stays in the list until it is retired."
    yield _found("keys", _unopened(connection, settings), remedy)
    remedy = "Set the clocks by NTP, here and at the database."
    yield _found("clock", _clock(connection, clock), remedy)
    yield _rules(session, settings, clock)


CHECKS: dict[str, tuple[Callable[[Connection], list[str]], str]] = {
    "triggers": (triggers_missing, RESTORE),
    "constraints": (constraints_missing, RESTORE),
    "grants": (grants_too_wide, "Run deploy/postgresql/roles.sql, grant what is missing, and revoke what is too much."),
}


def _found(name: str, problems: Iterable[str], remedy: str) -> Diagnosis:
    found = tuple(problems)
    return Diagnosis(name=name, problems=found, remedy=remedy if found else "")


def _unopened(connection: Connection, settings: Settings) -> Iterator[str]:
    """Whether the field keys open what was sealed last."""
    officer = select(Officer.totp_secret).order_by(Officer.joined_at.desc()).limit(1)
    notice = select(Notice.payload).where(Notice.payload.is_not(None)).order_by(Notice.at.desc()).limit(1)
    for what, query in (("an officer's secret", officer), ("a waiting notice", notice)):
        sealed = connection.execute(query).scalar()
        try:
            if sealed is not None:
                open_sealed(sealed, settings.field_keys)
        except SealBroken:
            yield f"none of TALLYSTICK_FIELD_KEYS opens {what}"


def _rules(session: Session, settings: Settings, clock: Callable[[], datetime]) -> Diagnosis:
    """Which rules two officers decided otherwise than the environment says: what was decided holds."""
    seen = settings_seen(session, usual=settings.rules, today=london_date(clock()))
    differ = (one for one in seen if one.since is not None and one.value != one.environment)
    return Diagnosis(name="rules", notes=tuple(_decided_otherwise(one) for one in differ))


def _decided_otherwise(one: SettingSeen) -> str:
    setting, since = one.setting, one.since
    here, holds = (setting.text_of(value) or "empty" for value in (one.environment, one.value))
    by = f"decided by two officers ({one.decision_reference}), from {since}"
    return f"{setting.variable} is {here} here, and {holds} holds: it was {by}"


def _clock(connection: Connection, clock: Callable[[], datetime]) -> Iterator[str]:
    theirs, now = _database_time(connection), clock()
    if abs(theirs - now) > APART:
        yield f"the database's clock is {(theirs - now).total_seconds():+.0f} seconds from ours"
    newest = connection.execute(select(func.max(Transaction.posted_at))).scalar()
    if newest is not None and newest > now + APART:
        yield f"the newest transaction was posted at {newest.isoformat()}, which has not come yet"


def _database_time(connection: Connection) -> datetime:
    if connection.dialect.name == "postgresql":
        stands: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return stands
    told: str = connection.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(told).replace(tzinfo=UTC)
