"""Put files into a folder of an SFTP server whose one host key is known: as a part, compared, then renamed."""

import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

import paramiko
from paramiko.hostkeys import HostKeyEntry

from ledger.council_tax.delivery.errors import DeliveryDiffers, DeliveryFailed
from ledger.council_tax.delivery.rules import Outcome, check_name
from ledger.settings import Delivery

PATIENCE_SECONDS = 20
SFTP_PORT = 22


def place_all(delivery: Delivery, files: Mapping[str, bytes]) -> Outcome:
    """Put files into the server's folder in this order, or find the same bytes there already.

    Raises InvalidField for a name that is none, DeliveryDiffers, DeliveryFailed (also where another host answers).
    """
    address = urlsplit(delivery.target)
    folder = PurePosixPath(address.path)
    try:
        with _connected(delivery, address) as client:
            outcomes = [_place(client, folder / check_name(name), content) for name, content in files.items()]
    except (paramiko.SSHException, OSError, EOFError, ValueError) as error:
        raise DeliveryFailed(f"{address.hostname}: {error or type(error).__name__}") from error
    return Outcome.DELIVERED if Outcome.DELIVERED in outcomes else Outcome.THERE_ALREADY


@contextmanager
def _connected(delivery: Delivery, address: SplitResult) -> Iterator[paramiko.SFTPClient]:
    where = (address.hostname or "", address.port or SFTP_PORT)
    with socket.create_connection(where, timeout=PATIENCE_SECONDS) as connection:
        transport = paramiko.Transport(connection)
        transport.banner_timeout = transport.auth_timeout = PATIENCE_SECONDS
        try:
            transport.connect(
                hostkey=_host_key(delivery.host_key),
                username=address.username or "",
                pkey=_private_key(delivery.private_key),
            )
            yield _client(transport)
        finally:
            transport.close()


def _client(transport: paramiko.Transport) -> paramiko.SFTPClient:
    client = paramiko.SFTPClient.from_transport(transport)
    channel = client.get_channel() if client else None
    if client is None or channel is None:
        raise paramiko.SSHException("the server opened no channel")
    channel.settimeout(PATIENCE_SECONDS)
    return client


def _private_key(text: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(text))
        except paramiko.SSHException:
            continue
    raise ValueError("the private key of the settings cannot be read")


def _host_key(text: str) -> paramiko.PKey:
    entry = HostKeyEntry.from_line(f"pinned {text}")
    if entry is None or entry.key is None:
        raise ValueError("the host key of the settings cannot be read")
    return entry.key


def _place(client: paramiko.SFTPClient, path: PurePosixPath, content: bytes) -> Outcome:
    there = _read(client, path)
    if there is not None:
        if there != content:
            raise DeliveryDiffers(path)
        return Outcome.THERE_ALREADY
    part = path.with_name(f"{path.name}.part")
    _remove(client, part)
    with client.open(str(part), "wx") as opened:
        opened.write(content)
    if client.lstat(str(part)).st_size != len(content) or _read(client, part) != content:
        raise DeliveryFailed(f"{part} does not read as it was written")
    client.rename(str(part), str(path))
    return Outcome.DELIVERED


def _read(client: paramiko.SFTPClient, path: PurePosixPath) -> bytes | None:
    """What the server has under a name, None where it has nothing; what is no plain file is not ours."""
    try:
        found = client.lstat(str(path))
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode or 0):
        raise DeliveryDiffers(path)
    with client.open(str(path), "rb") as opened:
        opened.prefetch(found.st_size)
        return opened.read()


def _remove(client: paramiko.SFTPClient, part: PurePosixPath) -> None:
    try:
        client.remove(str(part))
    except FileNotFoundError:
        return
