"""What the council-tax reduction refuses."""

from datetime import date
from pathlib import Path

from ledger.errors import LedgerError
from ledger.money import Amount, format_amount


class NotAReference(LedgerError):
    """The text is no council-tax account reference: `problem` is "shape", or "check" where a digit looks wrong."""

    code = "not_a_reference"

    def __init__(self, problem: str) -> None:
        super().__init__(f"not an account reference: {problem}")
        self.problem = problem


class AlreadyLinked(LedgerError):
    """The resident has a live link; it ends first."""

    code = "already_linked"


class NotLinked(LedgerError):
    """The resident has no live link to a council-tax account."""

    code = "not_linked"


class BelowMinimum(LedgerError):
    """Less than one application must be; `minimum` in minor units."""

    code = "below_minimum"

    def __init__(self, *, minimum: Amount) -> None:
        super().__init__(f"at least {format_amount(minimum)} at a time")
        self.minimum = minimum


class BusinessDateInFuture(LedgerError):
    """A night is run for tomorrow at the latest; `latest` is that London date."""

    code = "business_date_in_future"

    def __init__(self, *, latest: date) -> None:
        super().__init__(f"the business date is at most {latest.isoformat()}")
        self.latest = latest


class BusinessDateTooEarly(LedgerError):
    """A later night was built, and this one was not: files go in order. `newest` is the newest built."""

    code = "business_date_too_early"

    def __init__(self, *, newest: date) -> None:
        super().__init__(f"the file of {newest.isoformat()} is built already, so an earlier one cannot be")
        self.newest = newest


class FileDiffers(LedgerError):
    """A file of this name holds other bytes than the batch does: somebody must look before anything is sent."""

    code = "file_differs"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not the file that was built: do not send it, and find out who changed it")
        self.path = path


class CannotWithdraw(LedgerError):
    """The `.done` of a file cannot be taken from the disk, so that the file is not sent back."""

    code = "cannot_withdraw"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} cannot be taken away: look at the disk and who may write there")
        self.path = path


class FieldNotCanonical(LedgerError):
    """A value that CTX 1 cannot carry: out of its range, not its shape, or not plain ASCII without a comma."""

    code = "field_not_canonical"

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} cannot be {value!r}")
        self.field = field
        self.value = value


class NightMissing(LedgerError):
    """A month is closed once its nights were run; `business_date` is the first for which an item still waits."""

    code = "night_missing"

    def __init__(self, *, business_date: date) -> None:
        super().__init__(f"an item still waits for the night of {business_date.isoformat()}")
        self.business_date = business_date


class MayAward(LedgerError):
    """Who may award credits neither approves nor releases a file."""

    code = "may_award"


class UnusualNight(LedgerError):
    """The night is three times the usual one or more, and nobody said why it is right; `tenths` of the usual night."""

    code = "unusual_night"

    def __init__(self, *, tenths: int) -> None:
        super().__init__(f"this night is {tenths // 10}.{tenths % 10} times the usual: say why you are sure")
        self.tenths = tenths


class EarlierBatchWaits(LedgerError):
    """Files leave strictly in sequence; `sequence` is the one that waits."""

    code = "earlier_batch_waits"

    def __init__(self, *, sequence: int) -> None:
        super().__init__(f"batch {sequence:06d} is not released yet, and goes first")
        self.sequence = sequence


class BooksDiffer(LedgerError):
    """What the books say of a batch is not what its file says: nothing leaves, and somebody must look."""

    code = "books_differ"


class NotReleased(LedgerError):
    """A file that two officers have not released: nobody takes it yet."""

    code = "not_released"


class AlreadyArrived(LedgerError):
    """A file that arrived, as the register says though the books do not: it stays what it is."""

    code = "already_arrived"


class AnswerDamaged(LedgerError):
    """An answer that is not wholly right, and so is refused whole: where, by line of the file and field."""

    code = "answer_damaged"

    def __init__(self, *, line: int, field: str, problem: str) -> None:
        super().__init__(f"line {line}, {field}: {problem}. Nothing was taken in.")
        self.line = line
        self.field = field
        self.problem = problem


class OverReversed(LedgerError):
    """More is to be taken back than is left of an item; `left` in pence."""

    code = "over_reversed"

    def __init__(self, *, left: Amount) -> None:
        super().__init__(f"{format_amount(left)} is left to take back")
        self.left = left


class AnswerDiffers(LedgerError):
    """Another answer than the one that was taken in for this number: nothing is done, and somebody must look."""

    code = "answer_differs"

    def __init__(self, *, sequence: int) -> None:
        super().__init__(f"{sequence:06d} was answered before, otherwise: find out why, and take in neither again")
        self.sequence = sequence


class NoDecisionInForce(LedgerError):
    """The council has no decision in force by which it reduces bills of the financial year that begins in `year`."""

    code = "no_decision_in_force"

    def __init__(self, *, year: int) -> None:
        super().__init__(f"no decision is in force for {year} to {year + 1}")
        self.year = year


class CouncilTaxClosed(LedgerError):
    """Nobody applies from `closes_on` to the end of its financial year: that was published before."""

    code = "council_tax_closed"

    def __init__(self, *, closes_on: date) -> None:
        super().__init__(f"closed for everybody since {closes_on.isoformat()}")
        self.closes_on = closes_on


class DecisionEnded(LedgerError):
    """The decision was ended already."""

    code = "decision_ended"


class ClosingPublished(LedgerError):
    """A closing of that financial year is published already."""

    code = "closing_published"


class SequencePublished(LedgerError):
    """A file of this sequence left before, and the database does not know it: it was restored from before then."""

    code = "seq_already_published"

    def __init__(self, *, sequence: int, known: int) -> None:
        super().__init__(
            f"File {sequence:06d} left before, and the books end with {known:06d}: they were restored from before it. "
            "Roll the database forward to after that file (docs/operations.md, Restore); nothing was built."
        )
        self.sequence = sequence
        self.known = known
