"""Figures and rights as officers read them."""

from markupsafe import Markup

from ledger.people.rules import Permission

MAY = {
    Permission.AWARD: "Open and fund programmes, allot credits",
    Permission.APPROVE: "Approve what others ask for",
    Permission.EXPORT: "Download council-tax files",
    Permission.SETTLE: "Pay shops",
    Permission.REVERSE: "Take back mistakes",
    Permission.SEE_PEOPLE: "See who residents are",
    Permission.SEE_AUDIT: "See who did what",
    Permission.ADMINISTER: "Look after officers and the scheme",
}


def strong(text: str) -> Markup:
    """The figure that a row of a table is about."""
    return Markup("<strong>{}</strong>").format(text)


def financial_years(first: int, last: int) -> str:
    """Financial years by when they begin, as "2026 to 2027" or "2026 to 2027, up to 2028 to 2029"."""
    start = f"{first} to {first + 1}"
    return start if first == last else f"{start}, up to {last} to {last + 1}"
