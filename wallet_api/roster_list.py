"""A list of who came as its organiser sees it: what waits, what became of the last, and what one would do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger.clock import london_date
from ledger.earning.file_award_queries import file_proposals, last_file_award, names_of
from ledger.earning.roster_preview import LineSeen
from ledger.money import Amount, format_amount
from ledger.people.proposals import MAKERS_RIGHTS, ProposalView
from ledger.people.rules import ProposalState
from ledger.settings import SchemeRules
from shared_web.days import clock, near_day
from shared_web.db import Session
from wallet_api.refused_thanks import words_of
from wallet_api.wording import length


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A list that another person looks at: its reference, how many people, how many credits, by whom and when."""

    reference: str
    people: int
    amount: Amount
    sent: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What became of the last list: how many were thanked (minor units in all), and each other's name and reason."""

    people: int
    amount: Amount
    at: str
    refused: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The lists of one session: the one that waits, why the last was not agreed to, and what became of the last."""

    waiting: Waiting | None
    not_agreed: str
    became: Became | None


def lists_of(session: Session, *, session_id: UUID, organiser_id: UUID, operator_id: UUID, rules: SchemeRules) -> Lists:
    """The lists of a session."""
    proposed = file_proposals(session, session_id=session_id, organiser_id=organiser_id)
    latest = proposed[-1] if proposed else None
    waiting = latest if latest and latest.state == ProposalState.PROPOSED else None
    return Lists(
        waiting=_waiting(waiting, operator_id) if waiting else None,
        not_agreed=_not_agreed(latest) if latest else "",
        became=_became(session, session_id, rules),
    )


def line_items(lines: Sequence[LineSeen]) -> list[dict[str, str]]:
    """Those who would be thanked, as a list shows them."""
    return [
        {"text": one.name, "detail": length(one.came.minutes), "amount": format_amount(one.came.amount)}
        for one in lines
    ]


def refused_items(lines: Sequence[LineSeen], rules: SchemeRules) -> list[dict[str, str]]:
    """Those who would not be, and why."""
    return [{"text": one.name, "detail": f"Line {one.line}. {words_of(one.reason, rules)}"} for one in lines]


def _waiting(proposal: ProposalView, operator_id: UUID) -> Waiting:
    return Waiting(
        reference=proposal.reference,
        people=proposal.content["people"],
        amount=proposal.content["credits"],
        sent=f"{proposal.maker_name}, {near_day(london_date(proposal.made_at))} at {clock(proposal.made_at)}",
        mine=proposal.maker_id == operator_id,
    )


def _not_agreed(proposal: ProposalView) -> str:
    """Why the last list was not agreed to; nothing where it was, or waits, or its sender wanted it no more."""
    if proposal.state == ProposalState.SENT_BACK:
        return f"The council sent your list back: {proposal.reason}"
    if proposal.voided_because == MAKERS_RIGHTS:
        return "Whoever sent the last list acts for you no more, so the council did not decide it. Send it again."
    return ""


def _became(session: Session, session_id: UUID, rules: SchemeRules) -> Became | None:
    found = last_file_award(session, session_id=session_id)
    if found is None:
        return None
    names = names_of(session, residents=list(found.refused))
    refused = [
        {"text": names.get(one, "Somebody who left"), "detail": words_of(reason, rules)}
        for one, reason in found.refused.items()
    ]
    return Became(
        people=found.people,
        amount=found.amount,
        at=f"{near_day(london_date(found.at))} at {clock(found.at)}",
        refused=sorted(refused, key=lambda one: one["text"]),
    )
