"""What a run of the nights would do, looked up and not done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ledger.book.holds import lapsed_holds
from ledger.book.models import Balance
from ledger.book.rules import AccountId
from ledger.clock import london_date
from ledger.council_tax.calendar import last_ended
from ledger.council_tax.leaving import Due, what_is_due
from ledger.council_tax.queries import batch_on
from ledger.earning.withdrawing import left_when_closed
from ledger.money import Amount
from ledger.nights.rules import ONE_DAY
from ledger.scheme.queries import rules_in_force
from ledger.settings import SchemeRules
from ledger.staging import among
from ledger.store import snapshot
from ledger.wallets.ending import Ending, endings_due
from ledger.wallets.operations import purses_past


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done for a business date as things stand: counts, minor units and pence.

    `built` says that its batch stands already: what is held then leaves with a later one.
    """

    business_date: date
    holds: int
    purses: int
    expiring: Amount
    programmes: int
    withdrawing: Amount
    notices: int
    built: bool
    lines: int
    reductions: Amount
    reversals: Amount


def plan_due(engine: Engine, *, dates: Sequence[date], now: datetime, rules: SchemeRules) -> list[Plan]:
    """A plan for each of these dates, the oldest first: what an earlier one would do is not told again by a later.

    Each goes by the rules of its own date: what was decided, over `rules`, the environment's.
    """
    planned = _Planned()
    with snapshot(engine) as session:
        return [_plan(session, day, now, planned, rules) for day in dates]


@dataclass(slots=True)
class _Planned:
    """What the plans so far would do."""

    holds: bool = False
    purses: set[AccountId] = field(default_factory=set)
    programmes: set[UUID] = field(default_factory=set)
    tellings: set[Ending] = field(default_factory=set)
    items_through: date = date.min


def _plan(session: Session, day: date, now: datetime, planned: _Planned, rules: SchemeRules) -> Plan:
    today = london_date(now)
    rules = rules_in_force(session, usual=rules, day=day)
    holds = 0 if planned.holds else len(lapsed_holds(session.connection(), at=now))
    ended = last_ended(day, today=today)
    purses = set(purses_past(session, business_date=ended)) - planned.purses
    left = left_when_closed(session, day=ended + ONE_DAY)
    programmes = set(left) - planned.programmes
    tellings = set(endings_due(session, morning=max(day + ONE_DAY, today))) - planned.tellings
    built = batch_on(session, business_date=day) is not None
    due = Due() if built else what_is_due(session, business_date=day, after=planned.items_through, rules=rules)
    plan = Plan(
        business_date=day,
        holds=holds,
        purses=len(purses),
        expiring=_available(session, purses),
        programmes=len(programmes),
        withdrawing=sum(left[one] for one in programmes),
        notices=len(tellings),
        built=built,
        lines=due.lines,
        reductions=due.reductions,
        reversals=due.reversals,
    )
    planned.holds = True
    planned.items_through = day if due.lines else planned.items_through
    planned.purses |= purses
    planned.programmes |= programmes
    planned.tellings |= tellings
    return plan


def _available(session: Session, purses: set[AccountId]) -> Amount:
    available = func.sum(Balance.credited - Balance.debited - Balance.held)
    query = select(func.coalesce(available, 0)).where(among(Balance.account_id, purses))
    return int(session.execute(query).scalar_one())
