"""Connections that answer in time: a broken one is not handed out, a silent one is cut when its request must end.

PostgreSQL ends a statement that takes too long, but nothing of its ends a network that swallows both. A request says by
when it must be answered (`answering_within`); a connection that is in use then is shut down under it.
"""

import math
import os
import select
import socket
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from ledger.outages import OutcomeUnknown, Unavailable

CONNECT_SECONDS = 2
"""How long libpq tries to connect; it knows no shorter time."""
_LOOK_EVERY = 0.05
_HERE_ALONE = "committed on this server alone"
_must_end = ContextVar("must_end", default=math.inf)


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """What is asked of a database herein, in this thread, is answered or cut by then."""
    token = _must_end.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _must_end.reset(token)


def check_time(seconds: float = 0) -> None:
    """Refuse to begin what cannot be done in the time that is left. Raises Unavailable."""
    if time.monotonic() + seconds > _must_end.get():
        raise Unavailable("the time of this request is over")


def watch(engine: Engine) -> None:
    """Look after the connections of this engine of PostgreSQL."""
    event.listen(engine, "do_connect", _check_time_to_connect)
    event.listen(engine, "connect", _listen)
    event.listen(engine, "checkout", _hand_out)
    for ended in ("checkin", "invalidate", "close"):
        event.listen(engine, ended, _taken_back)


def check_replicated(info: MutableMapping[Any, Any]) -> None:
    """Ask, once a commit has returned, whether a standby has it too where one is to have it; by a connection's `info`.

    Raises OutcomeUnknown where PostgreSQL gave up waiting: the commit stands here, and if this server dies, nowhere.
    """
    if info.pop(_HERE_ALONE, False):
        raise OutcomeUnknown("no standby has confirmed this")


def _listen(connection: Any, record: Any) -> None:
    """Note PostgreSQL's warning that it no longer waits for a standby, told by where it is raised in the server."""

    def note(diagnostic: Any) -> None:
        if diagnostic.source_function == "SyncRepWaitForLSN":
            record.info[_HERE_ALONE] = True

    connection.add_notice_handler(note)


def _check_time_to_connect(*_told: object) -> None:
    check_time(CONNECT_SECONDS)


def _hand_out(connection: Any, record: Any, _fairy: object) -> None:
    if connection.closed or (_has_something_to_say(connection) and not _answers(connection)):
        raise DisconnectionError
    if (must_end := _must_end.get()) < math.inf:
        _WATCH.begin(record, connection.fileno(), must_end)


def _taken_back(_connection: object, record: Any, *_error: object) -> None:
    _WATCH.end(record)


def _has_something_to_say(connection: Any) -> bool:
    """Whether bytes, or the end, wait on a connection that was asked nothing: it costs no round trip to look."""
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    return bool(looking.poll(0))


def _answers(connection: Any) -> bool:
    with suppress(Exception):
        connection.execute("SELECT 1")
        connection.rollback()
        return True
    return False


class _Watch:
    """The connections in use that must be given back by an instant, and a thread that shuts down those that are not."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Know of no connection, as at first: in a process that was forked the thread is missing."""
        self._lock = threading.Lock()
        self._in_use: dict[int, tuple[int, float]] = {}
        self._some = threading.Event()
        self._looking = False

    def begin(self, record: object, socket_number: int, must_end: float) -> None:
        """Shut this socket down at that instant (of the monotonic clock), unless `end` comes first."""
        with self._lock:
            self._in_use[id(record)] = (socket_number, must_end)
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._look, name="silent connections", daemon=True).start()
        self._some.set()

    def end(self, record: object) -> None:
        """This connection was given back, or is no more."""
        with self._lock:
            self._in_use.pop(id(record), None)

    def _look(self) -> None:
        while self._some.wait():
            time.sleep(_LOOK_EVERY)
            with self._lock:
                self._cut_late()
                if not self._in_use:
                    self._some.clear()

    def _cut_late(self) -> None:
        """Under the lock, so that none is closed, and its number given to another, in between."""
        now = time.monotonic()
        for key in [key for key, (_number, must_end) in self._in_use.items() if must_end < now]:
            number, _must_end = self._in_use.pop(key)
            with suppress(OSError), socket.socket(fileno=os.dup(number)) as silent:
                silent.shutdown(socket.SHUT_RDWR)


_WATCH = _Watch()
os.register_at_fork(after_in_child=_WATCH.start_anew)
