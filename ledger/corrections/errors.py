"""What corrections and disputes refuse."""

from ledger.errors import LedgerError
from ledger.money import Amount, format_amount


class NotReversible(LedgerError):
    """Transactions of this kind are put right another way."""

    code = "not_reversible"

    def __init__(self, *, kind: str) -> None:
        super().__init__(f"a transaction of kind {kind} is not reversed")
        self.kind = kind


class LeftForCouncilTax(NotReversible):
    """What left for council tax comes back by the council's answer, or by a later file."""

    code = "left_for_council_tax"


class GivenBackBefore(LedgerError):
    """Some of it was given back before, so that it cannot be reversed whole; `left` in minor units."""

    code = "given_back_before"

    def __init__(self, *, left: Amount) -> None:
        super().__init__(f"{format_amount(left)} of it is left")
        self.left = left


class NotAdjustable(LedgerError):
    """No adjustment moves credits between two accounts of these kinds."""

    code = "not_adjustable"


class TwoOfficersNeeded(LedgerError):
    """The correction needs a second officer; `limit` is what one may reverse alone, minor units."""

    code = "two_officers_needed"

    def __init__(self, *, amount: Amount, limit: Amount) -> None:
        super().__init__(f"{format_amount(amount)} is over {format_amount(limit)}")
        self.amount = amount
        self.limit = limit


class DisputedAlready(LedgerError):
    """Whoever disputes this has disputed it before."""

    code = "disputed_already"


class CorrectionMissing(LedgerError):
    """A dispute is upheld by a correction of what it is about, and there is none."""

    code = "correction_missing"
