"""The code that an ordinary phone camera opened at a till: kept by this browser for as long as it may be good."""

from datetime import UTC, datetime

from flask import session as browser

from ledger.redemption.rules import QR_LIFE
from shared_web.core import core

KEPT = "kept_code"


def keep(presented: str) -> None:
    """Keep a code in this browser's signed cookie, never in an address."""
    browser[KEPT] = [presented, int(core().now().timestamp())]


def kept() -> str | None:
    """The code that was kept, unless it is past its life by now."""
    presented, seconds = browser.get(KEPT, [None, 0])
    is_good = core().now() - datetime.fromtimestamp(seconds, UTC) < QR_LIFE
    return presented if presented and is_good else None


def forget() -> None:
    """Keep no code: it was taken, or refused."""
    browser.pop(KEPT, None)
