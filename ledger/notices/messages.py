"""What notices say, in words a resident would use."""

from dataclasses import dataclass, field

SIGN_IN_CODE = "sign_in_code"


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
