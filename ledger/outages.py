"""Which failures are the database's and not ours: it could not be reached, or its answer was lost around a commit."""

import errno

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import LedgerError
from ledger.store import Busy, sqlstate, undone

_FULL = {"53100", "53300", "53400"}
_READ_ONLY = {"25006"}
_SQLITE_STORAGE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


class Unavailable(LedgerError):
    """The database or its disk could not take the work; nothing was written."""

    code = "unavailable"
    retry_after = 5


class OutcomeUnknown(LedgerError):
    """The connection was lost, perhaps after the work was committed: ask again with the same key (book.md)."""

    code = "unknown"
    retry_after = 1


def outage(error: BaseException) -> LedgerError | None:
    """Busy, Unavailable or OutcomeUnknown, as a failure of the database amounts to; None for a mistake of ours."""
    if isinstance(error, PoolTimeout):
        return Busy()
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return Unavailable()
    if not isinstance(error, DBAPIError):
        return None
    if undone(error):
        return Busy()
    if lost_connection(error):
        return OutcomeUnknown()
    full = sqlstate(error) in _FULL | _READ_ONLY
    return Unavailable() if full or _sqlite_name(error).startswith(_SQLITE_STORAGE) else None


def lost_connection(error: BaseException) -> bool:
    """Whether the connection to the database broke, so that nobody can say whether a commit went through."""
    if not isinstance(error, DBAPIError):
        return False
    state = sqlstate(error)
    broken = state is not None and (state.startswith(("08", "57P")) or state == "40003")
    no_answer = state is None and isinstance(error, OperationalError) and not _sqlite_name(error)
    return error.connection_invalidated or broken or no_answer


def lock_timed_out(error: BaseException) -> bool:
    """Whether PostgreSQL gave up waiting for somebody else's lock (55P03)."""
    return isinstance(error, DBAPIError) and sqlstate(error) == "55P03"


def _sqlite_name(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlite_errorname", "") or ""
