"""Encrypt what rests in a column (TOTP secrets, notices): Fernet under a list of keys, newest first."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ledger.errors import LedgerError


class SealBroken(LedgerError):
    """None of the keys opens this: a key is missing from the settings, or the bytes were changed."""

    code = "seal_broken"


def seal(content: str | bytes, keys: Sequence[str]) -> bytes:
    """`content` encrypted under the newest of `keys` (Fernet keys as text); text goes in as UTF-8.

    Fernet draws its own initialisation vector. Its timestamp stays 0: when is for a column to say.
    """
    plain = content.encode() if isinstance(content, str) else content
    return _fernet(keys).encrypt_at_time(plain, 0)


def open_sealed(sealed: bytes, keys: Sequence[str]) -> bytes:
    """The bytes that `seal` was given, under any of `keys`. Raises SealBroken."""
    try:
        return _fernet(keys).decrypt(sealed)
    except InvalidToken as error:
        raise SealBroken from error


def is_under_newest(sealed: bytes, keys: Sequence[str]) -> bool:
    """Whether the newest of `keys` opens what was sealed, whatever the others do."""
    try:
        Fernet(keys[0]).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _fernet(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
