"""What redemption refuses, at the till and to the resident who shows a code."""

from ledger.errors import LedgerError
from ledger.money import Amount, format_amount


class CodeInvalid(LedgerError):
    """This is no code of ours. `reason` is "shape", "check" (one symbol looks wrong) or "unknown".

    "shape" and "check" are decided without a look into the database.
    """

    code = "code_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"no code of this scheme: {reason}")
        self.reason = reason


class CodeExpired(LedgerError):
    """What was shown is past its end; the resident has a newer one on the screen, or asks for one."""

    code = "code_expired"


class CodeSuperseded(LedgerError):
    """The resident asked for a new code after this one."""

    code = "superseded"


class CodeRevoked(LedgerError):
    """The resident ended this code, or signed out."""

    code = "code_revoked"


class CodeAlreadyRedeemed(LedgerError):
    """The code was taken before. `reference` is the asking shop's own receipt; None for anybody else."""

    code = "code_already_redeemed"

    def __init__(self, *, reference: str | None = None) -> None:
        super().__init__("this code has been redeemed")
        self.reference = reference


class OverCap(LedgerError):
    """More is asked than the resident's code allows; the cap itself is not the shop's to know. Minor units."""

    code = "over_cap"

    def __init__(self, *, amount: Amount) -> None:
        super().__init__(f"the code does not cover {format_amount(amount)}")
        self.amount = amount


class OverTillLimit(LedgerError):
    """More is asked than a till may take at once; `limit` in minor units."""

    code = "over_till_limit"

    def __init__(self, *, limit: Amount) -> None:
        super().__init__(f"a till takes at most {format_amount(limit)} at once")
        self.limit = limit


class NothingToSpend(LedgerError):
    """The wallet has nothing available, so there is no code to show."""

    code = "nothing_to_spend"


class ResidentFrozen(LedgerError):
    """The resident's wallet is frozen, closing or closed: no code is issued or drawn."""

    code = "resident_frozen"


class VoidTooLate(LedgerError):
    """A void belongs to the London day of its redemption; later it is a refund."""

    code = "void_too_late"


class MoreThanTaken(LedgerError):
    """A refund of more than is left of what the redemption took; minor units."""

    code = "more_than_taken"

    def __init__(self, *, left: Amount) -> None:
        super().__init__(f"{format_amount(left)} of it can still be given back")
        self.left = left


class AlreadyVoided(LedgerError):
    """The redemption was voided before: a void is whole, and once."""

    code = "already_voided"
