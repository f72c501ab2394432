"""What an officer may do about a night's file: approve it, release it, send it back; or why they may not."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from ledger.council_tax.release import Approval, approval_of, next_to_release, unusual
from ledger.council_tax.rules import UNRELEASED
from ledger.council_tax.views import BatchView
from ledger.money import format_pounds
from ledger.people.rules import Permission
from shared_web.counted import counted
from shared_web.days import day_and_clock
from shared_web.db import Session

APPROVE, RELEASE, SEND_BACK = "approve", "release", "send-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCard:
    """The card beside a file that waits: who approved it, what is to be known, and the button, if there is one.

    `notes` say what hinders or what to look at; `tick` is what the second officer ticks; `asks_why` has the first say
    why an unusual night is right.
    """

    first: str = ""
    why: str = ""
    notes: tuple[str, ...] = ()
    decision: str = ""
    button: str = ""
    tick: str = ""
    asks_why: bool = False
    sends_back: bool = False


def card_of(
    session: Session, found: BatchView, *, officer_id: UUID, permissions: Collection[Permission], differs: bool
) -> ReleaseCard | None:
    """The card for whoever looks; None where nothing waits, or where the books differ and nothing may leave."""
    if found.state not in UNRELEASED or differs:
        return None
    if not found.lines:
        return ReleaseCard(notes=("This file has no lines. It goes by itself after the ones before it.",))
    approval = approval_of(session, found)
    first = f"{approval.maker_name}, {day_and_clock(approval.made_at)}" if approval else ""
    why = approval.why if approval else ""
    if hindrance := _hindrance(approval, officer_id, permissions):
        return ReleaseCard(first=first, why=why, notes=(hindrance,))
    if approval is not None and approval.stands:
        return _second(session, found, first=first, why=why)
    return _first(session, found, changed=approval is not None)


def _hindrance(approval: Approval | None, officer_id: UUID, permissions: Collection[Permission]) -> str:
    """Why this officer may do nothing about it; "" where they may."""
    if Permission.AWARD in permissions:
        return "You can award credits, so you cannot release."
    if not {Permission.APPROVE, Permission.EXPORT} <= set(permissions):
        return "Someone who may approve and export decides."
    if approval is not None and approval.stands and approval.maker_id == officer_id:
        return "You approved this, so someone else must release it."
    return ""


def _first(session: Session, found: BatchView, *, changed: bool) -> ReleaseCard:
    tenths = unusual(session, found)
    notes = ["This changed after approval. Approve it again."] if changed else []
    if tenths is not None:
        notes.append(f"Tonight is {tenths // 10}.{tenths % 10} times the usual. Say why you are sure.")
    return ReleaseCard(
        notes=tuple(notes),
        decision=APPROVE,
        button=f"Approve {format_pounds(found.net)}",
        asks_why=tenths is not None,
        sends_back=True,
    )


def _second(session: Session, found: BatchView, *, first: str, why: str) -> ReleaseCard:
    goes_first = next_to_release(session)
    waits = goes_first is not None and goes_first < found.sequence
    return ReleaseCard(
        first=first,
        why=why,
        notes=(f"Batch {goes_first:06} goes first. Release that one.",) if waits else (),
        decision="" if waits else RELEASE,
        button="" if waits else f"Release {format_pounds(found.net)}",
        tick="" if waits else f"{counted(found.lines, 'line')}, {format_pounds(found.net)} net is right",
        sends_back=True,
    )
