"""What one officer asks and another decides, as both read it, whatever it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.people.proposals import APPROVERS_RIGHTS, MAKERS_RIGHTS, REPLACED, TAKEN_BACK, ProposalView
from ledger.people.rules import ProposalState
from shared_web.days import day_and_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What approving would change: rows of a name, what stands now, the change, and what stands after it.

    `note` is a sentence under them, or nothing.
    """

    unit: str
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideCard:
    """What the one who decides wants to know beside it."""

    heading: str
    rows: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The page's words: the kind and title, the button that approves, why it takes two, and what is asked."""

    kind: str
    title: str
    approve: str
    why_two: str
    rows: Sequence[Mapping[str, str]]
    changes: Changes | None = None
    aside: SideCard | None = None


def asked_by_and_when(proposal: ProposalView) -> str:
    """E.g. "Alex Green, 3 November 2026 at 13:04"."""
    return f"{proposal.maker_name}, {day_and_clock(proposal.made_at)}"


def outcome(proposal: ProposalView) -> str:
    """Who decided what, and when; nothing while it waits."""
    if proposal.voided_at is not None:
        return f"Void since {day_and_clock(proposal.voided_at)}: {VOID_BECAUSE[proposal.voided_because or '']}."
    if proposal.decided_at is None:
        return ""
    verb = "Sent back" if proposal.state == ProposalState.SENT_BACK else "Approved"
    return f"{verb} by {proposal.checker_name}, {day_and_clock(proposal.decided_at)}."


VOID_BECAUSE = {
    TAKEN_BACK: "whoever asked took it back",
    REPLACED: "whoever asked sent something else in its place",
    MAKERS_RIGHTS: "whoever asked may no longer do what they might",
    APPROVERS_RIGHTS: "whoever approved may no longer approve",
}


def in_fours(digest: bytes) -> str:
    """The first twelve digits of a digest, in fours, for people to compare: "5b1e 90c4 7a2f"."""
    digits = digest.hex()
    return " ".join(digits[start : start + 4] for start in (0, 4, 8))
