"""When what is applied leaves: by the cut, the nights that were built, and the days on which nothing leaves."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.clock import financial_year, london_date
from ledger.council_tax.calendar import ONE_DAY, Span, departs_on, leaves_on, waits_of
from ledger.council_tax.decision_queries import closing_of_year, decision_of_year
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.views import Opening
from ledger.settings import SchemeRules


def newest_business_date(session: Session) -> date | None:
    """The newest business date that was built, or None before the first night."""
    newest = select(CouncilTaxBatch.business_date).order_by(CouncilTaxBatch.business_date.desc()).limit(1)
    return session.execute(newest).scalar_one_or_none()


def next_departure(session: Session, *, now: datetime, rules: SchemeRules) -> date:
    """The business date on which an application of this instant would leave."""
    return leaves_on(
        now, cut=rules.council_tax_cut, newest_built=newest_business_date(session), waits=waiting_days(rules)
    )


def departure_of(session: Session, *, promised: date, rules: SchemeRules) -> date:
    """The business date on which what still waits will leave, by what is known now; `promised` or later."""
    return departs_on(promised, newest_built=newest_business_date(session), waits=waiting_days(rules))


def waiting_days(rules: SchemeRules) -> tuple[Span, ...]:
    """The days on which nothing leaves, first and last of each span."""
    return waits_of(blackouts=rules.council_tax_blackouts, last_postings=rules.council_tax_last_postings)


def is_waiting_day(day: date, rules: SchemeRules) -> bool:
    """Whether nothing leaves on this business date."""
    return any(first <= day <= last for first, last in waiting_days(rules))


def opening_for(session: Session, *, now: datetime, rules: SchemeRules) -> Opening:
    """Whether an application may be made now, and when it would leave."""
    day = next_departure(session, now=now, rules=rules)
    return Opening(
        leaves_on=day,
        decision=decision_of_year(session, year=financial_year(day)),
        closing=closing_of_year(session, year=financial_year(day)),
        today=london_date(now),
        paused=rules.council_tax_paused,
        waits=is_waiting_day(day - ONE_DAY, rules),
    )
