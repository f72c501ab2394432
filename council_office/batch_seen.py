"""A nightly batch as officers read it: where it is, its totals, its largest items, the nights around it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low

from markupsafe import Markup

from ledger.clock import london_date
from ledger.council_tax.calendar import Lateness, answer_expected, lateness
from ledger.council_tax.delivery.queries import attempts
from ledger.council_tax.delivery.rules import Outcome
from ledger.council_tax.history import NO_HISTORY, BatchHistory
from ledger.council_tax.references import show_reference
from ledger.council_tax.rules import BatchState, ItemCode, Reason
from ledger.council_tax.views import BatchLine, BatchView
from ledger.money import Amount, format_amount, format_pounds
from ledger.people.rules import Permission
from ledger.settings import AccountFormat
from shared_web.charts import ColumnChart, night_chart
from shared_web.counted import counted
from shared_web.days import clock, day_and_clock, plain_day
from shared_web.db import Session

STATES = {
    BatchState.OPEN: ("Being built", "grey"),
    BatchState.BUILT: ("Built", "hazel"),
    BatchState.APPROVED: ("Approved", "hazel"),
    BatchState.RELEASED: ("Released", ""),
    BatchState.ANSWERED: ("Answered", ""),
    BatchState.RECONCILED: ("Reconciled", "leaf"),
}
LATE = {Lateness.LATE: ("Answer late", "hazel"), Lateness.OVERDUE: ("Answer overdue", "brick")}
ROAD = (BatchState.BUILT, BatchState.APPROVED, BatchState.RELEASED, BatchState.ANSWERED, BatchState.RECONCILED)
KINDS = {
    ItemCode.REDUCTION: "Reduction",
    ItemCode.REVERSAL: "Reversal",
    ItemCode.PARTIAL_REVERSAL: "Part reversal",
}
REASONS = {
    Reason.VOLUNTARY: "Participation",
    Reason.GIFT: "Household gift",
    Reason.ORGANISER_ERROR: "Organiser error",
    Reason.RESIDENT_REQUEST: "Resident’s request",
    Reason.FRAUD: "Fraud",
    Reason.CORRECTION: "Correction",
}
OUTCOMES = {
    Outcome.DELIVERED: "Delivered.",
    Outcome.THERE_ALREADY: "There already, whole.",
    Outcome.DIFFERS: "Stopped:",
    Outcome.FAILED: "Not delivered:",
}
NOT_SHOWN = "Not shown"
NEW_ACCOUNT = Markup('{} <strong class="ts-tag ts-tag--hazel">New account</strong>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """Some nights up to the one shown: the drawing, what it shows in words, and the same as a table."""

    chart: ColumnChart
    words: str
    first: str
    sentence: str
    rows: list[list[str]]


def stages(found: BatchView, history: BatchHistory = NO_HISTORY) -> list[dict[str, str]]:
    """The five steps of a batch, the one it stands at marked, with what is known of each."""
    at = ROAD.index(found.state) if found.state in ROAD else 0
    details = {
        BatchState.BUILT: _when(found.built_at),
        BatchState.APPROVED: f"{history.approved_by}, {_when(history.approved_at)}" if history.approved_at else "",
        BatchState.RELEASED: " ".join(filter(None, [history.released_by, _when(history.released_at)])),
        BatchState.ANSWERED: _when(history.answered_at),
    }
    if found.state == BatchState.RELEASED and history.released_at is not None:
        details[BatchState.ANSWERED] = f"Expected {_when(answer_expected(history.released_at))}"
    if history.sent_back_at is not None:
        details[BatchState.BUILT] = f"Sent back and built anew, empty, {_when(history.sent_back_at)}"
    if history.refused_with:
        details[BatchState.ANSWERED] = f"The whole file was refused, {history.refused_with}"
    return [
        {
            "title": STATES[state][0],
            "detail": details.get(state, ""),
            "state": "done" if place < at else "now" if place == at else "later",
        }
        for place, state in enumerate(ROAD)
    ]


def tag_of(found: BatchView, *, released_at: datetime | None, now: datetime) -> tuple[str, str]:
    """A batch's state as a tag, its words and its colour: of one whose answer has not come, how late that is."""
    if released_at is None:
        return STATES[found.state]
    return LATE.get(lateness(released_at, now=now), STATES[found.state])


def _when(at: datetime | None) -> str:
    """E.g. "Mon 23 November, 01:30"; nothing of what has not been."""
    if at is None:
        return ""
    day = london_date(at)
    return f"{day:%a} {day.day} {day:%B}, {clock(at)}"


def tiles(found: BatchView, *, new: int) -> list[dict[str, str]]:
    """The control totals that the council checks by."""
    net = f"{format_pounds(found.reductions)} less {format_pounds(found.reversals)}"
    return [
        {"name": "Lines", "number": f"{found.lines:,}", "detail": "Reductions and reversals in the file"},
        {"name": "Net reduction", "number": format_pounds(found.net), "detail": net},
        {"name": "Accounts new to us", "number": f"{new:,}", "detail": "In no earlier file"},
    ]


def difference(found: BatchView, captured: Amount) -> str:
    """By how much what was captured differs from the file's reductions, in pounds; nothing where they are equal."""
    return "" if captured == found.reductions else format_pounds(captured - found.reductions)


def largest(
    lines: Sequence[BatchLine], *, account_format: AccountFormat, permissions: Collection[Permission]
) -> list[list[str]]:
    """The items that move most, as table rows; an account that no earlier file had is marked.

    Which accounts they are is for those who check or export files.
    """
    named = Permission.APPROVE in permissions or Permission.EXPORT in permissions
    return [
        [
            f"{line.line:06}",
            account_of(line, account_format=account_format) if named else NOT_SHOWN,
            KINDS[line.code],
            REASONS[line.reason],
            signed_amount(line),
        ]
        for line in lines
    ]


def signed_amount(line: BatchLine) -> str:
    """What a line moves: below nothing where it puts something back on the bill."""
    return format_amount(line.amount if line.code == ItemCode.REDUCTION else -line.amount)


def account_of(line: BatchLine, *, account_format: AccountFormat) -> str:
    """The account as it is printed on bills, never broken over two lines."""
    shown = show_reference(line.account_ref, line.check_character, account_format)
    number = shown.replace(" ", "\N{NO-BREAK SPACE}")
    return NEW_ACCOUNT.format(number) if line.new_account else number


def nights_of(newest_first: Sequence[BatchView], *, of: int) -> Nights:
    """The nights before this one and this one, drawn as the last `of` places."""
    nights = list(reversed(newest_first))
    amounts = [night.net for night in nights]
    this = format_pounds(amounts[-1])
    return Nights(
        chart=night_chart([0] * (of - len(amounts)) + amounts),
        words=f"Least {format_pounds(min(amounts))}, most {format_pounds(max(amounts))}, this night {this}.",
        first=plain_day(nights[0].business_date) if len(nights) == of else f"{counted(len(nights), 'night')} so far",
        sentence=f"This night {this}. The middle night is {format_pounds(median_low(amounts))}.",
        rows=[[plain_day(night.business_date), f"{night.lines:,}", format_amount(night.net)] for night in newest_first],
    )


def attempts_seen(session: Session, found: BatchView) -> list[Mapping[str, str]]:
    """Each try to deliver the file, the newest first: when, and how it ended."""
    return [
        {"key": day_and_clock(one.attempted_at), "value": f"{OUTCOMES[one.outcome]} {one.problem}".strip()}
        for one in attempts(session, file_name=found.file_name)
    ]
