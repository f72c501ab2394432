"""What a list of who came would do at this moment, line by line, before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.earning.attendance import SessionFacts, session_facts
from ledger.earning.awards import operator_email
from ledger.earning.errors import FileProblem, RosterFileRefused
from ledger.earning.file_alone import left_from_lists, needs_two, sum_of
from ledger.earning.file_award_queries import awarded_of
from ledger.earning.models import Place
from ledger.earning.queries import organiser_allowances
from ledger.earning.roster_file import EMAIL, HOURS, MOST_TOLD, LineCame
from ledger.earning.rosters import MOST_PLACES
from ledger.earning.rules import Came, cap_shares, session_credits
from ledger.money import Amount
from ledger.people.models import Resident
from ledger.people.rules import ResidentStatus, mailbox_of
from ledger.settings import SchemeRules
from ledger.wallets.queries import cap_used


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line of the list: whom it names, what they get (minor units) for how many minutes, or why not: `reason`.

    A reason is the stable code of the refusal, or the cap that would be passed; "" where nothing refuses it now.
    """

    line: int
    resident_id: UUID
    name: str
    came: Came
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPreview:
    """What a list would do now, in its own order; `needs_two` where one person may not award it alone."""

    lines: Sequence[LineSeen]
    left: Amount
    needs_two: bool

    @property
    def awarded(self) -> list[LineSeen]:
        """Those whom nothing refuses now."""
        return [one for one in self.lines if not one.reason]

    @property
    def refused(self) -> list[LineSeen]:
        """Those who would get nothing."""
        return [one for one in self.lines if one.reason]

    @property
    def amount(self) -> Amount:
        """What those get in all, minor units."""
        return sum(one.came.amount for one in self.awarded)

    @property
    def came(self) -> dict[UUID, Came]:
        """Who came for what, as the list says it."""
        return {one.resident_id: one.came for one in self.lines}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    line: int
    resident_id: UUID
    name: str
    email: str
    status: str
    came: Came


def preview_roster(
    session: Session,
    *,
    session_id: UUID,
    organiser_id: UUID,
    operator_id: UUID,
    lines: Sequence[LineCame],
    rules: SchemeRules,
    today: date,
) -> RosterPreview:
    """What these lines would do now. Raises NotFound, and RosterFileRefused for whoever we do not know."""
    facts = session_facts(session, session_id=session_id, organiser_id=organiser_id)
    own = operator_email(session, operator_id=operator_id, organiser_id=organiser_id)
    known = _known(session, facts, lines)
    before = awarded_of(session, session_id=session_id)
    allowances = organiser_allowances(session, organiser_id=organiser_id)
    left = sum(one.left for one in allowances if one.programme_id == facts.programme_id)
    reasons = _reasons(session, facts, known, own=own, before=before, rules=rules)
    _refuse_past_room(session, facts, known, reasons)
    _refuse_past(left, known, reasons)
    seen = [
        LineSeen(
            line=one.line,
            resident_id=one.resident_id,
            name=one.name,
            came=one.came,
            reason=reasons.get(one.resident_id, ""),
        )
        for one in known
    ]
    still = sum_of(one.came for one in known if one.resident_id not in before)
    alone = left_from_lists(session, operator_id=operator_id, rules=rules, today=today)
    return RosterPreview(lines=seen, left=left, needs_two=needs_two(still, left=alone))


def _known(session: Session, facts: SessionFacts, lines: Sequence[LineCame]) -> list[_Known]:
    """Each line with its resident. Raises RosterFileRefused where there is none, or the hours are worth nothing."""
    query = select(Resident.id, Resident.email, Resident.name, Resident.status)
    rows = {row.email: row for row in session.execute(query.where(Resident.email.in_({one.email for one in lines})))}
    known, problems = [], []
    for one in lines:
        amount = session_credits(tariff=facts.tariff, per=facts.tariff_per, minutes=one.minutes)
        row = rows.get(one.email)
        if row is None:
            words = "is nobody we know; ask them to join first"
            problems.append(FileProblem(line=one.line, field=EMAIL, words=words))
        elif not amount:
            problems.append(FileProblem(line=one.line, field=HOURS, words="are too few to count"))
        else:
            came = Came(minutes=one.minutes, amount=amount)
            known.append(
                _Known(line=one.line, resident_id=row.id, name=row.name, email=row.email, status=row.status, came=came)
            )
    if problems:
        raise RosterFileRefused(problems[:MOST_TOLD])
    return known


def _reasons(
    session: Session,
    facts: SessionFacts,
    known: Sequence[_Known],
    *,
    own: str | None,
    before: set[UUID],
    rules: SchemeRules,
) -> dict[UUID, str]:
    reasons: dict[UUID, str] = {}
    for one in known:
        if one.status in (ResidentStatus.CLOSING, ResidentStatus.CLOSED):
            reasons[one.resident_id] = "resident_closed"
        elif own is not None and mailbox_of(one.email) == mailbox_of(own):
            reasons[one.resident_id] = "self_award"
        elif one.resident_id in before:
            reasons[one.resident_id] = "already_awarded"
        elif cap := _cap_passed(session, facts, one, rules):
            reasons[one.resident_id] = cap
    return reasons


def _cap_passed(session: Session, facts: SessionFacts, one: _Known, rules: SchemeRules) -> str:
    shares = cap_shares(starts_at=facts.starts_at, minutes=one.came.minutes, amount=one.came.amount, rules=rules)
    for share in shares:
        used = cap_used(session, owner_id=one.resident_id, cap=share.cap, day=share.day)
        if used + share.used > share.limit:
            return share.cap.value
    return ""


def _refuse_past_room(session: Session, facts: SessionFacts, known: Sequence[_Known], reasons: dict[UUID, str]) -> None:
    """Whoever has no place needs one, and a session has 500 at most; given in the order of the residents' ids."""
    on_roster = (Place.session_id == facts.id) & Place.given_up_at.is_(None)
    placed = set(session.execute(select(Place.resident_id).where(on_roster)).scalars())
    room = MOST_PLACES - session.execute(select(func.count()).where(on_roster)).scalar_one()
    new = sorted(one.resident_id for one in known if one.resident_id not in placed)
    for resident in [one for one in new if reasons.get(one, "") not in ("resident_closed", "self_award")][room:]:
        reasons[resident] = "session_full"


def _refuse_past(left: Amount, known: Sequence[_Known], reasons: dict[UUID, str]) -> None:
    """What the allowance does not reach for, in the order in which awards are posted: that of the residents' ids."""
    for one in sorted(known, key=lambda one: one.resident_id):
        if one.resident_id in reasons:
            continue
        if one.came.amount > left:
            reasons[one.resident_id] = "insufficient_credits"
        else:
            left -= one.came.amount
