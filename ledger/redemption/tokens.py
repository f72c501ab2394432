"""What a QR holds, how anything presented is read, and the digest under which it is looked up; pure."""

import hmac
import re
from dataclasses import dataclass, field

from ledger.identifiers import CROCKFORD, TokenBytes, crockford
from ledger.redemption.errors import CodeInvalid
from ledger.redemption.rules import PresentationKind
from ledger.redemption.short_code import read_back

TOKEN_LENGTH = 26

_TOKEN = re.compile(rf"[0-7][{CROCKFORD}]{{{TOKEN_LENGTH - 1}}}", re.ASCII)
_ADDRESS = re.compile(r"(?:HTTPS?://[^/?#\s@]+)?/P/(?P<token>[^/?#]*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a till was shown, read: a QR's token, or a short code's nine symbols, in upper case."""

    kind: PresentationKind
    secret: str = field(repr=False)


def new_token(token_bytes: TokenBytes) -> str:
    """A one-time token: 128 random bits as 26 symbols of Crockford's base 32."""
    return crockford(int.from_bytes(token_bytes(16), "big"), TOKEN_LENGTH)


def read_presented(text: str) -> Presented:
    """A token, its `/P/` address or a short code, in any case; the host is not looked at, the token is only ours.

    Touches no database. Raises CodeInvalid, with reason "shape" or "check".
    """
    if not text.isascii():
        raise CodeInvalid("shape")
    stripped = text.strip(" \t\r\n").upper()
    address = _ADDRESS.fullmatch(stripped)
    token = address["token"] if address else stripped
    if _TOKEN.fullmatch(token):
        return Presented(kind=PresentationKind.QR, secret=token)
    if address:
        raise CodeInvalid("shape")
    return Presented(kind=PresentationKind.SHORT, secret=read_back(stripped))


def presentation_digest(presented: Presented, *, code_key: bytes) -> bytes:
    """The 32 bytes under which a presentation is stored and found: HMAC-SHA-256, the kinds kept apart.

    A look-up by it takes the same time however much of a guess is right (threats BF-04).
    """
    message = f"tallystick/presentation/{presented.kind}/1\0{presented.secret}"
    return hmac.digest(code_key, message.encode("ascii"), "sha256")
