"""UUIDv7 and its 26-character Crockford text form, fixed ids by name, and references people read aloud."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.errors import NotFound

TokenBytes = Callable[[int], bytes]

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in CROCKFORD for low in CROCKFORD]
SPOKEN = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""The 31 symbols of what people read out or type: no 0, 1, I, L or O."""
_REFERENCE = re.compile(f"[{SPOKEN}]{{4}}-[{SPOKEN}]{{3}}", re.ASCII)


def uuid7(now: datetime, token_bytes: TokenBytes) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(token_bytes(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def named_id(*names: str) -> UUID:
    """The one id that always stands for these names, for owners that have no row: the scheme, a financial year."""
    return uuid5(NAMESPACE_URL, "tallystick:" + ":".join(names))


SCHEME = named_id("scheme")


def crockford(value: int, length: int) -> str:
    """`value` in Crockford's base 32, `length` symbols, upper case."""
    pairs = [_PAIRS[value >> 10 * place & 1023] for place in reversed(range(-(-length // 2)))]
    return "".join(pairs)[-length:]


def to_text(identity: UUID) -> str:
    """The 26 characters in which an id stands in addresses and files."""
    return crockford(identity.int, 26)


def from_text(text: str) -> UUID:
    """The id that `to_text` wrote; case is ignored, nothing else is mapped.

    Raises NotFound for any text that is not exactly such an id.
    """
    value = 0
    for symbol in text.upper() if text.isascii() and len(text) == 26 else "!":
        place = CROCKFORD.find(symbol)
        if place < 0:
            raise NotFound("page")
        value = value << 5 | place
    if value >> 128:
        raise NotFound("page")
    return UUID(int=value)


def spoken(length: int, token_bytes: TokenBytes) -> str:
    """`length` random symbols of the spoken alphabet, each equally likely."""
    symbols: list[str] = []
    while len(symbols) < length:
        symbols += [SPOKEN[byte % 31] for byte in token_bytes(length) if byte < 248]
    return "".join(symbols[:length])


def reference(token_bytes: TokenBytes) -> str:
    """A reference people read aloud, seven symbols like "7K2M-9QF": 27 thousand million of them."""
    symbols = spoken(7, token_bytes)
    return f"{symbols[:4]}-{symbols[4:]}"


def read_reference(text: str) -> str:
    """A reference as `reference` draws it; case is ignored.

    Raises NotFound for any text that could not be one, so that no other text reaches the database.
    """
    if not _REFERENCE.fullmatch(text.upper()):
        raise NotFound("page")
    return text.upper()
