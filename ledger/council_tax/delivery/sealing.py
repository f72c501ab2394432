"""Encrypt a file with age for the one who is to read it."""

import pyrage


def seal(content: bytes, *, recipient: str) -> bytes:
    """The file as only the holder of the recipient's key can read it (age, X25519); other bytes each time."""
    sealed: bytes = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient)])
    return sealed
