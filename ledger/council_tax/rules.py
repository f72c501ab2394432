"""Pure rules of the council-tax reduction: lives, roles, reasons, and what may be applied when."""

from enum import StrEnum


class ItemState(StrEnum):
    """A council-tax item's life (scheme.md, Life of each thing)."""

    HELD = "held"
    CANCELLED = "cancelled"
    BATCHED = "batched"
    SENT = "sent"
    APPLIED = "applied"
    PARTLY_APPLIED = "partly_applied"
    REFUSED = "refused"
    DEFERRED = "deferred"
    CLAWED_BACK = "clawed_back"


class BatchState(StrEnum):
    """A council-tax batch's life (scheme.md)."""

    OPEN = "open"
    BUILT = "built"
    APPROVED = "approved"
    RELEASED = "released"
    ANSWERED = "answered"
    RECONCILED = "reconciled"


class LinkRole(StrEnum):
    """Whether the resident's name is on the bill, or someone's they live with."""

    LIABLE = "liable"
    HOUSEHOLD_MEMBER = "household_member"


class ItemCode(StrEnum):
    """What a line of the file does: reduce, reverse whole, reverse in part."""

    REDUCTION = "RED"
    REVERSAL = "REV"
    PARTIAL_REVERSAL = "PRV"


class Reason(StrEnum):
    """Why, in three letters, as the CTX 1 file says it."""

    VOLUNTARY = "VOL"
    GIFT = "GIF"
    ORGANISER_ERROR = "ORG"
    RESIDENT_REQUEST = "RES"
    FRAUD = "FRD"
    CORRECTION = "COR"
