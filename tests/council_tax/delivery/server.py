"""An SFTP server on the loopback, with one folder, one person and faults to switch on."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.settings import Delivery


@dataclass(kw_only=True)
class Server:
    """A running server: its folder, the delivery that reaches it, and what it does wrong."""

    folder: Path
    delivery: Delivery
    faults: set[str] = field(default_factory=set)
    writes: list[str] = field(default_factory=list)


def new_key() -> str:
    """A private key in OpenSSH's form."""
    made = Ed25519PrivateKey.generate()
    form = serialization.PrivateFormat.OpenSSH
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def read_key(text: str) -> paramiko.PKey:
    """The key of this text."""
    return paramiko.Ed25519Key.from_private_key(StringIO(text))


def public(text: str) -> str:
    """A key's public half, as known_hosts has it."""
    key = read_key(text)
    return f"{key.get_name()} {key.get_base64()}"


class Gate(paramiko.ServerInterface):
    """Lets in whoever holds the one key."""

    def __init__(self, allowed: paramiko.PKey) -> None:
        self.allowed = allowed

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Whether this person may come in."""
        known = username == "tallystick" and key.asbytes() == self.allowed.asbytes()
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        """Keys alone."""
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """A session, as SFTP needs one."""
        return paramiko.OPEN_SUCCEEDED


class Files(paramiko.SFTPServerInterface):
    """A folder of the test's own."""

    def __init__(self, _gate: Gate, *, running: Server) -> None:
        self.server = running

    def _path(self, path: str) -> Path:
        return self.server.folder / path.lstrip("/")

    def lstat(self, path: str) -> Any:
        """What stands under a name."""
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).lstat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    stat = lstat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        """A file, written or read; a full disk takes half of it."""
        try:
            descriptor = os.open(self._path(path), flags, 0o600)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        if writes:
            self.server.writes.append(path.rpartition("/")[2])
        handle = Half(flags) if writes and "full disk" in self.server.faults else paramiko.SFTPHandle(flags)
        handle.filename = path
        if writes:
            handle.writefile = os.fdopen(descriptor, "wb")
        else:
            handle.readfile = os.fdopen(descriptor, "rb")
        return handle

    def remove(self, path: str) -> int:
        """Take a file away."""
        try:
            self._path(path).unlink()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return paramiko.SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        """Give a file another name that nothing has; or drop dead instead."""
        if "dies before the rename" in self.server.faults or self._path(newpath).exists():
            return paramiko.SFTP_FAILURE
        self._path(oldpath).rename(self._path(newpath))
        return paramiko.SFTP_OK


class Half(paramiko.SFTPHandle):
    """A file on a full disk: it keeps the first half and says that all is well."""

    def write(self, offset: int, data: bytes) -> int:
        """Half of it."""
        return super().write(offset, data[: len(data) // 2])


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server whose folder is `folder`, until the test is over."""
    host, person = new_key(), new_key()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        delivery = Delivery(target=f"sftp://tallystick@127.0.0.1:{port}/", host_key=public(host), private_key=person)
        server = Server(folder=folder, delivery=delivery)
        thread = threading.Thread(target=_serve, args=(listening, server, read_key(host), read_key(person)))
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


def _serve(listening: socket.socket, server: Server, host: paramiko.PKey, person: paramiko.PKey) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(host)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, running=server)
        try:
            transport.start_server(server=Gate(person))
        except (paramiko.SSHException, EOFError, OSError):  # whoever refuses the host's key is gone at once
            transport.close()
