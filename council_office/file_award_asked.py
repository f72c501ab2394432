"""A proposed list of who came as officers read it: how many people and credits, the largest lines, nobody's name."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from council_office.asked import Asked, Changes, asked_by_and_when
from council_office.wording import strong
from ledger.clock import london_date
from ledger.earning.activity_queries import activity_called
from ledger.earning.file_award_queries import FileAwardView, file_award_of
from ledger.earning.queries import organiser_allowances, session_of
from ledger.earning.roster_file import hours_of
from ledger.earning.rules import came_of
from ledger.earning.views import SessionView
from ledger.identifiers import from_text
from ledger.money import Amount, format_amount, format_signed
from ledger.people.proposals import ProposalView
from ledger.wallets.rules import Cap
from shared_web.counted import people_words
from shared_web.days import full_day, hours
from shared_web.db import Session, occasion
from shared_web.in_force import rules_today

LARGEST = 3
"""How many kinds of line are shown, those worth most first."""

NOT_AWARDED = {
    "self_award": "decided or sent the list themself",
    "already_awarded": "were awarded for this session before",
    "insufficient_credits": "were past the organiser’s allowance",
    "resident_closed": "have left the scheme",
    "not_found": "have left the scheme",
    "session_full": "were more than a session may have",
    Cap.MINUTES_A_DAY: "would pass the hours of a day",
    Cap.EARNED_A_WEEK: "would pass the credits of a week",
    Cap.EARNED_A_YEAR: "would pass the credits of a year",
}


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed list in words."""
    content = proposal.content
    view = session_of(session, session_id=from_text(content["session_id"]))
    amount, people = f"{format_amount(content['credits'])} CR", people_words(content["people"])
    rules = rules_today()
    alone = f"{people_words(rules.file_people_alone)} or {format_amount(rules.file_credits_alone)} CR"
    became = file_award_of(session, proposal_id=proposal.id)
    return Asked(
        kind="Awards from a list",
        title=f"Award {amount} to {people}",
        approve=f"Approve {amount} for {people}",
        why_two=f"Over {alone} awarded from lists by one person in a day, so two people are needed.",
        rows=[
            {"key": "Organiser", "value": view.organiser_name},
            {"key": "Session", "value": session_words(view)},
            {"key": "People", "value": f"{content['people']:,}"},
            {"key": "Credits", "value": amount},
            *[{"key": "Largest lines", "value": line} for line in largest(content)],
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
            *(became_rows(became) if became else []),
        ],
        changes=changes(content["credits"], left_for(session, view)),
    )


def session_words(view: SessionView) -> str:
    """Which session, where and when."""
    when = f"{full_day(london_date(view.starts_at))}, {hours(view.starts_at, view.ends_at)}"
    return f"{view.title}, {view.place}, {when}"


def largest(content: Mapping[str, Any]) -> list[str]:
    """The lines worth most, those alike together: whose they are is no matter of this page."""
    alike = Counter((one.amount, one.minutes) for one in came_of(content).values())
    return [
        f"{format_amount(amount)} CR each for {hours_words(minutes)}: {people_words(number)}"
        for (amount, minutes), number in sorted(alike.items(), reverse=True)[:LARGEST]
    ]


def hours_words(minutes: int) -> str:
    """E.g. "1 hour" or "1.5 hours"."""
    number = hours_of(minutes)
    return f"{number} {'hour' if number == '1' else 'hours'}"


def left_for(session: Session, view: SessionView) -> Amount:
    """What the organiser has left of the programme that pays for the session."""
    offered = activity_called(session, activity_id=view.activity_id, today=occasion().today)
    allowances = organiser_allowances(session, organiser_id=view.organiser_id)
    return sum(one.left for one in allowances if one.programme_id == offered.programme_id)


def changes(amount: Amount, left: Amount) -> Changes:
    """What stays of the organiser's allowance."""
    moved = min(amount, left)
    row = ["Organiser’s allowance", format_amount(left), strong(format_signed(-moved)), format_amount(left - moved)]
    note = "Whoever would pass a cap at that moment is left out, and the organiser is told."
    short = f"The allowance does not reach for {format_amount(amount - moved)} CR of it. " if moved < amount else ""
    return Changes(unit="Balance in CR", rows=[row], note=short + note)


def became_rows(became: FileAwardView) -> list[Mapping[str, str]]:
    """What was awarded of it, and how many were not and why."""
    rows = [{"key": "Awarded", "value": f"{format_amount(became.amount)} CR to {people_words(became.people)}"}]
    reasons = Counter(NOT_AWARDED.get(reason, "could not be awarded") for reason in became.refused.values())
    return rows + [
        {"key": "Not awarded", "value": f"{people_words(number)} {reason}"}
        for reason, number in sorted(reasons.items())
    ]
