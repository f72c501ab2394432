"""Pure rules of earning: lives, tariffs, expiry months."""

from enum import StrEnum


class ProgrammeState(StrEnum):
    """A programme's life: `draft → open → closing → closed`."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class TariffPer(StrEnum):
    """What a tariff counts: an hour of a session, a whole session, or one action."""

    HOUR = "hour"
    SESSION = "session"
    ACTION = "action"


class SessionState(StrEnum):
    """A session is open, or was called off."""

    OPEN = "open"
    CANCELLED = "cancelled"
