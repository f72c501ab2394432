"""Whether credits may be applied to council tax now, and what waits for what, in the words residents read."""

from ledger.clock import financial_year
from ledger.council_tax.views import Opening
from shared_web.days import near_day, plain_day

PAUSED = "When sending starts again"


def day_words(opening: Opening) -> str:
    """The day something leaves, as "16 March"."""
    return near_day(opening.leaves_on).split(" ", 1)[1]


def waits_words(opening: Opening) -> str:
    """Why what is applied now does not leave tonight; nothing where it does."""
    if opening.paused:
        return "Nothing is sent to council tax just now. What you apply waits, and cannot end while it waits."
    if opening.waits:
        return f"Bills are being made. This will leave on {day_words(opening)}."
    return ""


def opening_words(opening: Opening) -> str:
    """What everybody should know before they apply; nothing where all is as usual."""
    if opening.decision is None:
        year = financial_year(opening.leaves_on)
        return f"The council has not decided about bills of {year} to {year + 1} yet. Credits cannot reduce them."
    if opening.closing is None:
        return ""
    closes = plain_day(opening.closing.closes_on)
    again = f"1 April {opening.closing.financial_year + 1}"
    if opening.closed:
        return f"Council tax has been closed for everybody since {closes}. It opens again on {again}."
    return f"From {closes} to {again} nobody can apply credits: {opening.closing.reason}"
