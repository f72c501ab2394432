"""The months of each cohort, and where every credit rests, are what a plain count of the transfers comes to."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.book.periods import Reopening, reopen_period
from ledger.book.queries import resting
from ledger.book.rollups import advance_rollups
from ledger.close_month import close_month
from ledger.people.rules import OrganisationKind
from ledger.redemption.queries import spent_by_kind
from ledger.redemption.refunds import refund
from ledger.redemption.voids import void
from ledger.store import reading, unit_of_work
from ledger.wallets.cohort_months import cohort_months, moved_cohorts
from ledger.wallets.models import ClosedCohort
from ledger.wallets.operations import expire_purses, purses_past
from tests import factories
from tests.factories import NOON
from tests.redemption.town import MAY, Town, make_town

OCTOBER = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def town(engine: Engine) -> Town:
    """A resident with nothing yet, and two shops."""
    return make_town(engine)


def counted(session: Session) -> Iterator[tuple[date, date, str, str, int]]:
    """Every transfer: the last good days of its two accounts, the day it counts for, both kinds, its amount."""
    source, target = aliased(Account), aliased(Account)
    query = (
        select(source, target, Transaction.effective_on, Transfer.amount)
        .join_from(Transfer, Transaction, Transaction.id == Transfer.transaction_id)
        .join(source, source.id == Transfer.debit_account)
        .join(target, target.id == Transfer.credit_account)
    )
    yield from session.execute(query).all()


def lively(town: Town) -> None:
    """Credits awarded, taken, given back, voided, expired."""
    with unit_of_work(town.engine) as session:
        factories.purse(session, resident_id=town.resident_id, amount=900, expires_on=MAY, at=OCTOBER)
    town.award(3000)
    town.award(500, date(2026, 11, 22))
    kept = town.take(town.issue().token, 700)
    given_back = town.take(town.issue(NOON + timedelta(minutes=1)).token, 600, now=NOON + timedelta(minutes=1))
    undone = town.take(town.issue(NOON + timedelta(minutes=2)).token, 200, now=NOON + timedelta(minutes=2))
    with unit_of_work(town.engine) as session:
        occasion = factories.occasion_at(NOON + timedelta(hours=1))
        void(session, reference=undone.reference, merchant_id=town.deli.merchant_id, occasion=occasion)
        refund(
            session,
            reference=given_back.reference,
            merchant_id=town.deli.merchant_id,
            amount=100,
            occasion=occasion,
        )
    ended = date(2026, 11, 22)
    with unit_of_work(town.engine) as session:
        purses = purses_past(session, business_date=ended)
        night = factories.occasion_at(NOON + timedelta(hours=2))
        expire_purses(session, purses=purses, business_date=ended, occasion=night)
    assert kept.amount == 700


def test_the_months_of_cohorts_are_what_the_transfers_come_to(town: Town) -> None:
    lively(town)
    with reading(town.engine) as session:
        found = {(one.expires_on, one.month): one for one in cohort_months(session, since=date(2026, 1, 1))}
        plain: Counter[tuple[date, date, str]] = Counter()
        for source, target, day, amount in counted(session):
            for mine, other, sign in ((target, source, 1), (source, target, -1)):
                if mine.kind == "purse":
                    plain[mine.expires_on, day.replace(day=1), other.kind] += sign * amount
    months = {(expires_on, month) for expires_on, month, _ in plain}
    assert set(found) == months
    for key in months:
        assert found[key].awarded == plain[*key, "issuance"] + plain[*key, "allowance"]
        assert found[key].redeemed == -plain[*key, "takings"]
        assert found[key].expired == -plain[*key, "expired"]
    november = found[MAY, date(2026, 11, 1)]
    assert (november.awarded, november.redeemed, november.expired) == (3000, 1200, 0)


@pytest.mark.parametrize("with_subtotals", [False, True], ids=["without subtotals", "with subtotals"])
def test_where_every_credit_rests_is_what_the_transfers_come_to(town: Town, with_subtotals: bool) -> None:
    lively(town)
    if with_subtotals:
        with unit_of_work(town.engine) as session:
            advance_rollups(session.connection())
        town.award(400)
    with reading(town.engine) as session:
        found = resting(session.connection())
        plain: Counter[str] = Counter()
        for source, target, _day, amount in counted(session):
            plain[source.kind] -= amount
            plain[target.kind] += amount
    assert found == plain
    assert sum(found.values()) == 0


def test_what_shops_took_is_told_by_kind_and_day(town: Town) -> None:
    lively(town)
    with reading(town.engine) as session:
        assert spent_by_kind(session) == {OrganisationKind.SHOP: resting(session.connection())["takings"]}
        assert spent_by_kind(session, first=NOON.date(), last=NOON.date()) == {OrganisationKind.SHOP: 1200}
        assert spent_by_kind(session, last=NOON.date() - timedelta(days=1)) == {}
        assert spent_by_kind(session, first=NOON.date() + timedelta(days=1)) == {}


def test_an_empty_town_has_no_cohorts(engine: Engine) -> None:
    with reading(engine) as session:
        assert cohort_months(session, since=date(2026, 1, 1)) == []
        assert resting(session.connection()) == {}


def test_closed_months_are_told_as_they_were_kept_and_open_ones_from_the_transfers(town: Town) -> None:
    lively(town)
    with reading(town.engine) as session:
        before = cohort_months(session, since=date(2026, 1, 1))
    close_month(town.engine, month=date(2026, 10, 1), occasion=factories.occasion_at(NOON + timedelta(hours=3)))
    with reading(town.engine) as session:
        assert cohort_months(session, since=date(2026, 1, 1)) == before
        assert moved_cohorts(session, after=date.min) == before
        assert session.execute(select(ClosedCohort.awarded)).scalars().all() == [900]


def test_a_month_that_was_opened_again_is_told_from_the_transfers(town: Town) -> None:
    lively(town)
    close_month(town.engine, month=date(2026, 10, 1), occasion=factories.occasion_at(NOON + timedelta(hours=3)))
    two_people = Reopening(reason="an award was missed", proposed_by="a", approved_by="b", at=NOON)
    with unit_of_work(town.engine) as session:
        reopen_period(session.connection(), month=date(2026, 10, 1), reopening=two_people)
    with reading(town.engine) as session:
        assert cohort_months(session, since=date(2026, 1, 1)) == moved_cohorts(session, after=date.min)
