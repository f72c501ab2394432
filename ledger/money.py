"""Amounts are whole minor units (100 is 1.00); the only place where text becomes an amount or an amount text."""

import re

from ledger.errors import LedgerError

Amount = int

MOST_IN_ONE_TRANSFER: Amount = 10**12
MOST_FROM_PEOPLE: Amount = 10**6
MOST_OF_A_PROGRAMME: Amount = 10**9

_TYPED = re.compile(r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,7})?(?:\.(?P<part>[0-9]{1,2}))?", re.ASCII)
_MINUS = "−"


class NotAnAmount(LedgerError):
    """The text is not an amount like 4.50."""

    code = "not_an_amount"

    def __init__(self) -> None:
        super().__init__("enter an amount like 4.50")


def parse_amount(text: str, *, most: Amount = MOST_FROM_PEOPLE) -> Amount:
    """Minor units of what a person typed: "4", "4.5", "4.50" and "1,204.50" are read, spaces around ignored.

    Raises NotAnAmount for anything else: signs, other digits, three decimals, more than `most`, usually 10,000.00.
    """
    found = _TYPED.fullmatch(text.strip(" "))
    if not found or not (found["whole"] or found["part"]):
        raise NotAnAmount
    whole = int((found["whole"] or "0").replace(",", ""))
    amount = whole * 100 + int((found["part"] or "").ljust(2, "0"))
    if amount > most:
        raise NotAnAmount
    return amount


def parse_plain(text: str) -> Amount:
    """Minor units of an amount as `format_plain` writes one above 0, up to what one transfer moves: "25000.00".

    Raises NotAnAmount.
    """
    found = re.fullmatch(r"([0-9]{1,10})\.([0-9]{2})", text, re.ASCII)
    amount = int(found[1]) * 100 + int(found[2]) if found else 0
    if not 1 <= amount <= MOST_IN_ONE_TRANSFER:
        raise NotAnAmount
    return amount


def format_amount(amount: Amount) -> str:
    """Two decimals, thousands comma, a true minus: 123450 is "1,234.50"."""
    whole, part = divmod(abs(amount), 100)
    return f"{_MINUS if amount < 0 else ''}{whole:,}.{part:02d}"


def format_signed(amount: Amount) -> str:
    """As `format_amount`, with its sign always in front: "+5.00", "−4.50", and "0.00" bare."""
    return f"+{format_amount(amount)}" if amount > 0 else format_amount(amount)


def format_pounds(amount: Amount) -> str:
    """Pence as pounds, sign first: "£4.50", "−£10.00"."""
    return f"{_MINUS if amount < 0 else ''}£{format_amount(abs(amount))}"


def format_plain(amount: Amount) -> str:
    """As `parse_amount` and machines read it back: "1234.50", "-1.00"; no comma, an ASCII minus."""
    whole, part = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{part:02d}"
