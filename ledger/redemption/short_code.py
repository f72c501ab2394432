"""The short form of a code, which people read out or type: eight random symbols and a check symbol."""

from ledger.identifiers import SPOKEN, TokenBytes, spoken
from ledger.redemption.errors import CodeInvalid

RANDOM_SYMBOLS = 8
LENGTH = RANDOM_SYMBOLS + 1

DENIED = frozenset(
    {
        "ANUS", "ARSE", "BASTARD", "BUGGER", "BUM", "CRAP", "CUM", "CUNT", "DAMN", "DYKE", "FAG", "FART", "FUCK",
        "FUK", "FVCK", "GYPSY", "KKK", "MUFF", "PERV", "PRAT", "PUSSY", "RAPE", "RETARD", "SCUM", "SEX", "TART",
        "TRAMP", "TURD", "TWAT", "WANK", "WENCH", "XXX",
    }
)  # fmt: skip
"""What nobody should have to read out over a counter; words with I, L or O cannot occur."""

_READ_AS_LETTERS = str.maketrans("345678", "EASGTB")


def check_symbol(symbols: str) -> str:
    """The ninth symbol: Σ i·vᵢ mod 31 over the eight, weights 1 to 8 from the left (codes.md, Short form)."""
    return SPOKEN[sum(weight * SPOKEN.index(symbol) for weight, symbol in enumerate(symbols, start=1)) % 31]


def spells_denied_word(symbols: str) -> bool:
    """Whether a word of the deny-list stands in the symbols, digits also read as the letters they look like."""
    return any(word in reading for word in DENIED for reading in (symbols, symbols.translate(_READ_AS_LETTERS)))


def new_short_code(token_bytes: TokenBytes) -> str:
    """Nine symbols, each of the first eight equally likely; drawn again while they spell a denied word."""
    while True:
        symbols = spoken(RANDOM_SYMBOLS, token_bytes)
        symbols += check_symbol(symbols)
        if not spells_denied_word(symbols):
            return symbols


def shown(symbols: str) -> str:
    """As people see it: "K7QF-2M9X-4"."""
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def read_back(text: str) -> str:
    """The nine symbols of what somebody typed, in any case, with or without spaces and hyphens.

    Nothing else is mapped: a 0 is no O. Raises CodeInvalid, with reason "shape" or "check".
    """
    symbols = text.replace(" ", "").replace("-", "").upper() if text.isascii() else ""
    if len(symbols) != LENGTH or not set(symbols) <= set(SPOKEN):
        raise CodeInvalid("shape")
    if check_symbol(symbols[:RANDOM_SYMBOLS]) != symbols[RANDOM_SYMBOLS:]:
        raise CodeInvalid("check")
    return symbols
