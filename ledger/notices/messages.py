"""What notices say, in words a resident would use."""

from dataclasses import dataclass, field
from datetime import date

from ledger.money import Amount, format_amount

SIGN_IN_CODE = "sign_in_code"
CREDITS_END = "credits_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A notice before it has an address: what it is about, its subject line, its text."""

    topic: str
    subject: str
    text: str = field(repr=False)


def sign_in_code(digits: str) -> Message:
    """The six digits that let somebody in; they stand in the text, for a lock screen shows the subject."""
    return Message(
        topic=SIGN_IN_CODE,
        subject="Your code to sign in",
        text=(
            f"Your code to sign in is {digits}\n\n"
            "Type it where you asked for it. It works once, for 10 minutes.\n\n"
            "Nobody from the scheme will ever ask you for this code. "
            "If you did not ask for it, you do not need to do anything."
        ),
    )


def credits_end(*, amount: Amount, unit_words: str, last_day: date) -> Message:
    """Credits that are not used by their last good day end; `unit_words` is "credits" or "thanks credits"."""
    day, what = f"{last_day.day} {last_day:%B %Y}", f"{format_amount(amount)} {unit_words}"
    return Message(
        topic=CREDITS_END,
        subject=f"Some of your {unit_words} end on {day}",
        text=(
            f"You have {what} that can be used until the end of {day}. After that day they end.\n\n"
            "Those that end first are always used first. You do not need to choose them.\n\n"
            "What you have set aside already does not end."
        ),
    )
