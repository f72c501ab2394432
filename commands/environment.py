"""What a command runs with: settings, an engine on a database at the newest schema, an occasion; and how it ends."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from dotenv import dotenv_values
from sqlalchemy import Engine

from ledger import clock, log
from ledger.errors import LedgerError
from ledger.migrations.upgrade import head, revision_of
from ledger.occasion import Occasion
from ledger.outages import Busy, OutcomeUnknown, Unavailable, outage
from ledger.settings import Settings, SettingsRefused
from ledger.store import FOR_COMMANDS, make_engine, reading

Function = TypeVar("Function", bound=Callable[..., Any])

PROBLEMS, USAGE, TRY_AGAIN = 1, 2, 75
NO_ROOM_FOR_A_FILE = (
    "A file could not be written: its disk is full or read-only. Make room, and run this again: nothing is done twice."
)
"""Said of a file rather than of the database, which may stand on another disk and have taken its part."""
SETTINGS_FILE = "settings.env"
DEMO_FOLDER = Path(".tallystick") / "demo"


class DatabaseNotCurrent(LedgerError):
    """The database stands at another schema than this release works with."""

    code = "database_not_current"


def takes_folder(function: Function) -> Callable[..., Any]:
    """Give a command `--data DIR` and the folder of its settings, if any, as `folder`; end it with the right status."""

    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="TALLYSTICK_DATA",
        help="The folder of database, keys and files; its settings.env gives what the environment does not.",
    )
    @click.option("--database", envvar=["DATABASE_URL", "DATABASE_URL_FILE"], hidden=True)
    @wraps(function)
    def run(data: Path | None, database: str | None, **arguments: Any) -> Any:
        log.configure(sys.stderr)
        with honest_status():
            return function(folder=data if data or database else _demo_beside(), **arguments)

    return run


def takes_settings(function: Function) -> Callable[..., Any]:
    """Give a command `--data DIR` and its settings as `settings`, and end it with the right status."""

    @takes_folder
    @wraps(function)
    def run(folder: Path | None, **arguments: Any) -> Any:
        return function(settings=read_settings(folder), **arguments)

    return run


def read_settings(data: Path | None) -> Settings:
    """The settings of the environment, and of the folder's settings.env for what it leaves open."""
    file = data / SETTINGS_FILE if data else None
    beside = {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()} if file else {}
    settings = Settings.from_environ(os.environ, beside=beside)
    return replace(settings, data=data.absolute()) if data else settings


def _demo_beside() -> Path | None:
    """The demo that was made beside us, if one was: a command's where neither folder nor database is named."""
    return DEMO_FOLDER if (DEMO_FOLDER / SETTINGS_FILE).exists() else None


@contextmanager
def honest_status() -> Iterator[None]:
    """Say what was refused in a sentence, and end with the status that a timer understands."""
    try:
        yield
    except SettingsRefused as refusal:
        _end(USAGE, "Some settings are missing or bad:", *refusal.problems)
    except LedgerError as refusal:
        again = isinstance(refusal, Busy | Unavailable | OutcomeUnknown)
        _end(TRY_AGAIN if again else PROBLEMS, _sentence(refusal))
    except Exception as error:
        refusal = outage(error)
        if refusal is None:
            raise
        _end(TRY_AGAIN, NO_ROOM_FOR_A_FILE if isinstance(error, OSError) else _sentence(refusal))


def _sentence(refusal: LedgerError) -> str:
    sentences = {
        "busy": "The database is busy. Try again.",
        "unavailable": "The database could not write: its disk is full or read-only. Nothing was written.",
        "unknown": "The database could not be reached, or its answer was lost. Run this again: nothing is done twice.",
    }
    return sentences.get(refusal.code) or str(refusal) or refusal.code


def _end(status: int, *lines: str) -> None:
    click.echo("\n".join(lines), err=True)
    sys.exit(status)


@contextmanager
def current_engine(settings: Settings) -> Iterator[Engine]:
    """An engine that waits half a minute for others. Raises DatabaseNotCurrent."""
    engine = make_engine(settings.database_url, patience=FOR_COMMANDS)
    try:
        check_current(engine)
        yield engine
    finally:
        engine.dispose()


def check_current(engine: Engine) -> None:
    """Raises DatabaseNotCurrent, with what to do, unless the database stands at the newest revision."""
    with reading(engine) as session:
        revision = revision_of(session.connection())
    if revision != head():
        stands = f"stands at revision {revision}" if revision else "has no tables yet"
        raise DatabaseNotCurrent(
            f"The database {stands}, and this release works with {head()}. Run `tallystick db upgrade` first."
        )


def occasion(actor: str) -> Occasion:
    """Now, by this command."""
    return Occasion(now=clock.now(), actor=actor, token_bytes=secrets.token_bytes)
