"""PINs as argon2id: some 20 ms and 19 MiB a hash (OWASP's second choice), so never under SQLite's write lock."""

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from ledger.identifiers import TokenBytes

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_pin(pin: str, token_bytes: TokenBytes) -> str:
    """What is stored of a PIN, salted with 16 random bytes."""
    return _HASHER.hash(pin, salt=token_bytes(16))


def pin_matches(pin: str, pin_hash: str) -> bool:
    """Whether `pin` is the one that was hashed."""
    try:
        return _HASHER.verify(pin_hash, pin)
    except VerifyMismatchError:
        return False
