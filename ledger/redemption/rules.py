"""Pure rules of redemption: the life of a code, and how long what is drawn of it is good."""

from datetime import timedelta
from enum import StrEnum

from ledger.money import Amount


class CodeState(StrEnum):
    """A code's life: `issued → redeemed | superseded | expired | revoked`."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REVOKED = "revoked"


class PresentationKind(StrEnum):
    """What a code is shown as: a QR, or the short form people read out."""

    QR = "qr"
    SHORT = "short"


QR_LIFE = timedelta(seconds=60)
SHORT_LIFE = timedelta(seconds=120)
QR_DRAWN_ANEW_AFTER = timedelta(seconds=45)
MOST_WITHOUT_CONFIRMATION: Amount = 2000
"""20.00: the highest cap of a code, and the most a till takes at once, until devices are enrolled (codes.md)."""
