"""Pure rules of redemption: the life of a code, how long what is drawn of it is good, and how much it may take."""

from datetime import datetime, timedelta
from enum import StrEnum

from ledger.book.errors import InsufficientCredits
from ledger.errors import InvalidField, LedgerError, NotFound
from ledger.identifiers import SPOKEN
from ledger.money import Amount
from ledger.redemption.errors import (
    CodeAlreadyRedeemed,
    CodeExpired,
    CodeRevoked,
    CodeSuperseded,
    NothingToSpend,
    OverTillLimit,
)


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
MISSES = 5
MISSES_WINDOW = timedelta(minutes=5)

REFERENCE_LENGTH = 7

LIVES = {PresentationKind.QR: QR_LIFE, PresentationKind.SHORT: SHORT_LIFE}

_REFUSALS: dict[CodeState, type[LedgerError]] = {
    CodeState.REDEEMED: CodeAlreadyRedeemed,
    CodeState.SUPERSEDED: CodeSuperseded,
    CodeState.EXPIRED: CodeExpired,
    CodeState.REVOKED: CodeRevoked,
}


def refusal_of(state: CodeState) -> LedgerError:
    """How a code that left `issued` is refused."""
    return _REFUSALS[state]()


def state_at(state: CodeState, *, ends_at: datetime, now: datetime) -> CodeState:
    """A code's state as it is by the clock: an issued code ends with its last presentation, no job needed."""
    return CodeState.EXPIRED if state == CodeState.ISSUED and now >= ends_at else state


def choose_cap(wanted: Amount | None, *, available: Amount, limit: Amount) -> Amount:
    """The most a new code may take: the resident's choice or, without one, what is available up to the limit.

    Raises NothingToSpend, InvalidField for a cap below 0.01 or above the limit, InsufficientCredits.
    """
    if not available:
        raise NothingToSpend
    if wanted is None:
        return min(available, limit)
    if not 1 <= wanted <= limit:
        raise InvalidField("cap", "out of range")
    if wanted > available:
        raise InsufficientCredits(available=available, needed=wanted)
    return wanted


def check_till_amount(amount: Amount, *, limit: Amount) -> None:
    """Refuse what no till may ask for. Raises InvalidField below 0.01, OverTillLimit above the limit."""
    if amount < 1:
        raise InvalidField("amount", "out of range")
    if amount > limit:
        raise OverTillLimit(limit=limit)


def check_refund(amount: Amount) -> None:
    """Refuse a refund of nothing, or of no whole number. Raises InvalidField."""
    if type(amount) is not int or amount < 1:
        raise InvalidField("amount", "out of range")


def read_reference(text: str) -> str:
    """A redemption's reference as it stands, "7K2M-9QF", of what was typed: any case, spaces and hyphens or none.

    Raises NotFound for what is no reference.
    """
    symbols = text.replace(" ", "").replace("-", "").upper() if text.isascii() else ""
    if len(symbols) != REFERENCE_LENGTH or not set(symbols) <= set(SPOKEN):
        raise NotFound("redemption")
    return f"{symbols[:4]}-{symbols[4:]}"
