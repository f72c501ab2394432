"""What a failure of the database amounts to: who may ask again, at once or later, and what is known of the outcome.

The table is that of faults_and_invariants §3.4. Each class is an answer; `store.run` asks again itself where it may.
"""

import errno

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import LedgerError


class Busy(LedgerError):
    """The database could not take the work in time; nothing was written, and the same request may come again."""

    code = "busy"
    retry_after = 1


class Undone(Busy):
    """A deadlock or a serialisation failure: undone for another's sake, it may begin anew at once."""


class Unavailable(LedgerError):
    """The database or its disk could not take the work; nothing was written."""

    code = "unavailable"
    retry_after = 5


class Unreachable(Unavailable):
    """The connection broke, or none could be made, before anything was committed: another may work at once."""


class StorageFull(Unavailable):
    """There is no room on the disk; what is written may be read."""


class OutcomeUnknown(LedgerError):
    """The connection was lost, perhaps after the work was committed: ask again with the same key (book.md)."""

    code = "unknown"
    retry_after = 1


_BY_SQLSTATE: dict[str, type[LedgerError]] = {
    "40001": Undone,
    "40P01": Undone,
    "55P03": Busy,
    "57014": Busy,
    "25006": Unreachable,  # this server only reads: another connection may lead to one that writes
    "40003": Unreachable,
    "53100": StorageFull,
    "53300": Unreachable,
    "53400": Unavailable,
}
_BY_CLASS: dict[str, type[LedgerError]] = {"08": Unreachable, "57P": Unreachable}
_BY_SQLITE_NAME: dict[str, type[LedgerError]] = {
    "SQLITE_BUSY": Busy,
    "SQLITE_LOCKED": Busy,
    "SQLITE_FULL": StorageFull,
    "SQLITE_IOERR": Unavailable,
    "SQLITE_READONLY": Unavailable,
    "SQLITE_CANTOPEN": Unavailable,
}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def outage(error: BaseException) -> LedgerError | None:
    """What a failure amounts to where nothing was committed; None for a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return Busy()
    if isinstance(error, OSError) and error.errno in (*_NO_ROOM, errno.EROFS):
        return StorageFull() if error.errno in _NO_ROOM else Unavailable()
    kind = _kind(error) if isinstance(error, DBAPIError) else None
    return kind() if kind else None


def outage_of_commit(error: BaseException) -> LedgerError | None:
    """As `outage`, of a statement that commits: where the connection broke, nobody can say whether it did."""
    refusal = outage(error)
    return OutcomeUnknown() if isinstance(refusal, Unreachable) and sqlstate(error) != "25006" else refusal


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-character SQLSTATE; None on SQLite, or where the server said nothing any more."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def lock_timed_out(error: BaseException) -> bool:
    """Whether PostgreSQL gave up waiting for somebody else's lock (55P03)."""
    return isinstance(error, DBAPIError) and sqlstate(error) == "55P03"


def _kind(error: DBAPIError) -> type[LedgerError] | None:
    state, name = sqlstate(error), getattr(error.orig, "sqlite_errorname", None) or ""
    if state is not None:
        return _BY_SQLSTATE.get(state) or _starting(_BY_CLASS, state)
    if name:
        return _starting(_BY_SQLITE_NAME, name)
    no_answer = error.connection_invalidated or isinstance(error, OperationalError)
    return Unreachable if no_answer else None


def _starting(table: dict[str, type[LedgerError]], text: str) -> type[LedgerError] | None:
    return next((kind for start, kind in table.items() if text.startswith(start)), None)
