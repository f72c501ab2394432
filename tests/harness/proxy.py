"""A proxy before PostgreSQL that reads its messages (its manual, Frontend/Backend Protocol) and breaks the wire at one.

`Proxy.fault` is asked of every message that passes: what it says is done before or after that message goes on.
"""

import contextlib
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import URL

PLAIN = {"sslmode": "disable", "gssencmode": "disable"}


class Way(Enum):
    """Who sent a message."""

    FROM_CLIENT = auto()
    FROM_SERVER = auto()


class Fault(Enum):
    """What happens to the wire at a message."""

    CUT_BEFORE = auto()
    CUT_AFTER = auto()
    SWALLOW = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message but the first of a connection: of which connection, who sent it, its type byte, and all of it."""

    connection: int
    way: Way
    kind: bytes
    whole: bytes


def no_fault(_message: Message) -> Fault | None:
    """Let everything pass."""
    return None


@dataclass(kw_only=True)
class Proxy:
    """Where clients connect. `fault` may be changed at any time; so may `delay`, the seconds before each message of the
    server, `slice_bytes`, how many bytes of it go on at once, and `refusing`, whether who connects is turned away.
    """

    port: int
    server: str
    fault: Callable[[Message], Fault | None] = no_fault
    delay: float = 0
    slice_bytes: int = 1 << 20
    refusing: bool = False
    numbers: Iterator[int] = field(default_factory=itertools.count)
    wires: list[threading.Thread] = field(default_factory=list)

    def url(self, url: URL) -> URL:
        """The same database, by way of this proxy."""
        return url.set(host="127.0.0.1", port=self.port, query=PLAIN)

    def serve(self, listening: socket.socket) -> None:
        """Take connections until the listening socket is closed."""
        while True:
            try:
                client, _address = listening.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.server)
            wire = _Wire(number=next(self.numbers), proxy=self, client=client, server=server)
            self.wires.append(threading.Thread(target=wire.run, daemon=True))
            self.wires[-1].start()


@dataclass(kw_only=True)
class _Wire:
    """One connection: two pumps, each forwarding whole messages one way."""

    number: int
    proxy: Proxy
    client: socket.socket
    server: socket.socket

    def run(self) -> None:
        """Until either end is gone, or the wire is cut."""
        back = threading.Thread(target=self._from_server, daemon=True)
        with self.client, self.server:
            back.start()
            self._from_client()
            back.join()

    def _from_client(self) -> None:
        with self._until_cut(), self.client.makefile("rb") as stream:
            self._start(stream)
            self._pump(Way.FROM_CLIENT, stream, self.server)

    def _from_server(self) -> None:
        with self._until_cut(), self.server.makefile("rb") as stream:
            self._pump(Way.FROM_SERVER, stream, self.client)

    @contextmanager
    def _until_cut(self) -> Iterator[None]:
        try:
            with contextlib.suppress(OSError, ValueError, struct.error, EOFError):
                yield
        finally:
            for end in (self.client, self.server):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _start(self, stream: BinaryIO) -> None:
        """The first message has no type byte."""
        length = stream.read(4)
        self.server.sendall(length + stream.read(struct.unpack("!I", length)[0] - 4))

    def _pump(self, way: Way, stream: BinaryIO, onward: socket.socket) -> None:
        while True:
            head = stream.read(5)
            rest = stream.read(struct.unpack("!I", head[1:])[0] - 4)
            message = Message(connection=self.number, way=way, kind=head[:1], whole=head + rest)
            fault = self.proxy.fault(message)
            if fault is Fault.CUT_BEFORE:
                return
            if fault is not Fault.SWALLOW:
                self._forward(way, message.whole, onward)
            if fault is Fault.CUT_AFTER:
                return

    def _forward(self, way: Way, whole: bytes, onward: socket.socket) -> None:
        if way is Way.FROM_SERVER and self.proxy.delay:
            time.sleep(self.proxy.delay)
        size = self.proxy.slice_bytes
        for start in range(0, len(whole), size):
            onward.sendall(whole[start : start + size])


@contextmanager
def proxy_before(url: URL) -> Iterator[Proxy]:
    """A proxy before the server of `url`, which listens on a socket in the file system, for a while."""
    folder = url.query["host"]
    assert isinstance(folder, str), "the server of the tests listens in one folder"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = Proxy(port=listening.getsockname()[1], server=str(Path(folder, ".s.PGSQL.5432")))
        serving = threading.Thread(target=proxy.serve, args=[listening], daemon=True)
        serving.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
    for thread in (serving, *proxy.wires):
        thread.join(timeout=5)
