"""What the book refuses."""

from datetime import date
from uuid import UUID

from ledger.errors import LedgerError
from ledger.money import Amount, format_amount


class PostingMalformed(LedgerError):
    """A posting that could never be written; nothing was looked up, no key is used up."""

    code = "posting_malformed"


class UnknownAccount(LedgerError):
    """A posting names an account that does not exist, or a strict account without its balance row."""

    code = "unknown_account"


class UnitsDiffer(LedgerError):
    """A transfer's two accounts count different units."""

    code = "units_differ"

    def __init__(self, *, debit: str, credit: str) -> None:
        super().__init__(f"{debit} cannot pay {credit}")
        self.debit = debit
        self.credit = credit


class InsufficientCredits(LedgerError):
    """An account would fall below what is held on it; minor units."""

    code = "insufficient_credits"

    def __init__(self, *, available: Amount, needed: Amount) -> None:
        super().__init__(f"{format_amount(needed)} needed, {format_amount(available)} available")
        self.available = available
        self.needed = needed


class CeilingReached(LedgerError):
    """An account would pass the most that one may hold."""

    code = "ceiling"

    def __init__(self, *, ceiling: Amount) -> None:
        super().__init__(f"an account holds at most {format_amount(ceiling)}")
        self.ceiling = ceiling


class AccountFrozen(LedgerError):
    """The account is frozen: it may be credited, not spent from."""

    code = "account_frozen"


class AccountClosed(LedgerError):
    """The account is closed."""

    code = "account_closed"


class AccountNotEmpty(LedgerError):
    """An account that still holds something, or has something set aside, is not closed; minor units."""

    code = "account_not_empty"

    def __init__(self, *, balance: Amount, held: Amount) -> None:
        super().__init__(f"{format_amount(balance)} on it, {format_amount(held)} of that held")
        self.balance = balance
        self.held = held


class HoldEnded(LedgerError):
    """The hold has ended already; `ending` says how."""

    code = "hold_ended"

    def __init__(self, *, ending: str) -> None:
        super().__init__(f"the hold is {ending} already")
        self.ending = ending


class HoldTooSmall(LedgerError):
    """A capture asks for more than was held."""

    code = "hold_too_small"

    def __init__(self, *, held: Amount, needed: Amount) -> None:
        super().__init__(f"{format_amount(needed)} needed, {format_amount(held)} held")
        self.held = held
        self.needed = needed


class AlreadyReversed(LedgerError):
    """The transaction was reversed before, or is itself a reversal."""

    code = "already_reversed"

    def __init__(self, transaction_id: UUID) -> None:
        super().__init__("a transaction is reversed once, and a reversal never")
        self.transaction_id = transaction_id


class CannotReverse(LedgerError):
    """An account cannot bear the reversal; `reversible` is what could be taken back."""

    code = "cannot_reverse"

    def __init__(self, *, reversible: Amount) -> None:
        super().__init__(f"only {format_amount(reversible)} can be taken back")
        self.reversible = reversible


class MonthNotEnded(LedgerError):
    """A month is closed once its last day has ended in London."""

    code = "month_not_ended"


class MonthClosed(LedgerError):
    """The month is closed: what corrects it is posted in the open month, and cites it."""

    code = "month_closed"

    def __init__(self, month: date) -> None:
        super().__init__(f"{month:%B %Y} is closed")
        self.month = month


class MonthNotClosed(LedgerError):
    """Only a closed month is opened again, and the latest closed one first."""

    code = "month_not_closed"


class EarlierMonthOpen(LedgerError):
    """Months are closed in order; `month` is the first that is still open."""

    code = "earlier_month_open"

    def __init__(self, month: date) -> None:
        super().__init__(f"{month:%B %Y} is still open")
        self.month = month


class KeyReused(LedgerError):
    """The idempotency key was used before for another request."""

    code = "key_reused"
