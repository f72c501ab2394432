"""What is kept instead of a secret: HMAC-SHA-256 under a key outside the database, each purpose on its own."""

import hmac
from hashlib import sha256
from uuid import UUID

from ledger.identifiers import TokenBytes, crockford
from ledger.people.rules import Realm

_ROUND = (1 << 32) // 1_000_000 * 1_000_000


def draw_token(token_bytes: TokenBytes) -> str:
    """128 random bits as 26 Crockford characters: what a sign-in's cookie holds."""
    return crockford(int.from_bytes(token_bytes(16), "big"), 26)


def draw_digits(token_bytes: TokenBytes) -> str:
    """Six random digits, each of the million equally likely."""
    while (drawn := int.from_bytes(token_bytes(4), "big")) >= _ROUND:
        continue
    return f"{drawn % 1_000_000:06}"


def token_digest(token: str, realm: Realm, code_key: bytes) -> bytes:
    """What is stored of a sign-in's token; another realm's digest of the same token differs."""
    return _digest(code_key, "sign-in", realm, token)


def code_digest(digits: str, request_id: UUID, code_key: bytes) -> bytes:
    """What is stored of a one-time code, bound to the request that asked for it."""
    return _digest(code_key, "one-time-code", str(request_id), digits)


def secret_digest(secret: str) -> bytes:
    """What tells whether two officers' apps have one secret: of 160 random bits a plain SHA-256 gives nothing away."""
    return sha256(secret.encode()).digest()


def network_digest(network: str, code_key: bytes) -> str:
    """What counts asks from a network, so that where people were is never stored."""
    return _digest(code_key, "network", network).hex()


def email_digest(email: str, code_key: bytes) -> str:
    """What counts tries for an address, so that the addresses of strangers are never stored."""
    return _digest(code_key, "email", email).hex()


def _digest(code_key: bytes, *parts: str) -> bytes:
    return hmac.new(code_key, "\0".join(parts).encode("utf-8", "surrogatepass"), sha256).digest()
