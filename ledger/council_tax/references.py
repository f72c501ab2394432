"""Council-tax account references: read what people type, by the council's shape and check rule; show it by its mask."""

import re
from dataclasses import dataclass

from ledger.council_tax.errors import NotAReference
from ledger.settings import AccountFormat

SPACING = re.compile("[ -]")
WHOLE = "full"
FIRST_PART = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An account reference as it is sent: digits, and the check character, empty where none is sent."""

    base: str
    check_character: str


def read_reference(text: str, account_format: AccountFormat) -> Reference:
    """What a resident typed from the bill; spaces and hyphens are ignored, and with `send` base what follows a slash.

    Raises NotAReference "shape" where it does not fit the format, "check" where the check character is wrong.
    """
    written = SPACING.sub("", text).upper()
    if account_format.send == FIRST_PART:
        written = written.partition("/")[0]
    if not re.fullmatch(account_format.regex, written, re.ASCII):
        raise NotAReference("shape")
    base, check = _split(written, account_format)
    if not (base.isascii() and base.isdigit()):
        raise NotAReference("shape")
    if check != check_character(base, account_format):
        raise NotAReference("check")
    return Reference(base=base, check_character=check if account_format.send == WHOLE else "")


def _split(written: str, account_format: AccountFormat) -> tuple[str, str]:
    length = {"none": 0, "mod97": 2}.get(account_format.check, 1)
    return written[: len(written) - length], written[len(written) - length :]


def check_character(base: str, account_format: AccountFormat) -> str:
    """The check character of a base of digits, by the council's rule; empty where it has none.

    mod10: products' digits are summed, as Luhn does (ISO/IEC 7812-1). mod11: products are summed, 10 is written X, as
    in an ISBN. Both take what is missing to the next multiple. mod97: two digits, ISO/IEC 7064 MOD 97-10.
    """
    rule, _, weights = account_format.check.partition(":")
    match rule:
        case "none":
            return ""
        case "mod10":
            return str(-sum(sum(divmod(product, 10)) for product in _products(base, weights)) % 10)
        case "mod11":
            return "0123456789X"[-sum(_products(base, weights)) % 11]
        case "mod97":
            return f"{98 - int(base) * 100 % 97:02d}"
    raise AssertionError(f"settings let no other check rule through: {rule}")


def _products(base: str, weights: str) -> list[int]:
    """Each digit times its weight: the last weight goes with the last digit, and they are repeated to the left."""
    return [int(digit) * int(weights[-1 - place % len(weights)]) for place, digit in enumerate(reversed(base))]


def show_reference(base: str, check: str, account_format: AccountFormat) -> str:
    """A reference spaced as the mask on the bill is; as it stands where it is longer or shorter than the mask."""
    written = base + check
    if len(written) != len(SPACING.sub("", account_format.mask)):
        return written
    symbols = iter(written)
    return "".join(place if SPACING.match(place) else next(symbols) for place in account_format.mask)
