"""A hold that has expired holds nothing, whether or not a job has run; one that has not, does."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ledger.book import capturing, holds
from ledger.book.errors import HoldEnded, InsufficientCredits
from ledger.book.models import HoldEnd, Transaction
from ledger.lapsed_holds import run_sweeping, sweep
from ledger.occasion import Occasion
from ledger.store import reading, run, unit_of_work
from ledger.wallets.operations import draw_lines, open_purse
from ledger.wallets.queries import wallet_of
from tests.book.town import balance, new_id, open_rollup, pay, posting
from tests.factories import occasion_at

LAST_DAY = date(2026, 11, 30)
WHOLE = 1_000


class Holder:
    """A resident whose one purse is held whole, for a minute from noon on 23 November."""

    def __init__(self, engine: Engine, occasion: Occasion) -> None:
        self.engine, self.id, self.occasion = engine, new_id(), occasion
        with unit_of_work(engine) as session:
            connection = session.connection()
            self.issuance = open_rollup(connection)
            self.purse = open_purse(session, resident_id=self.id, expires_on=LAST_DAY, occasion=occasion)
            pay(connection, self.issuance, self.purse, WHOLE, at=occasion.now)
            self.hold = holds.NewHold(
                id=new_id(),
                reason="test",
                lines=[(self.purse, WHOLE)],
                at=occasion.now,
                expires_at=occasion.now + timedelta(minutes=1),
            )
            holds.place(connection, self.hold)

    def available(self, later: timedelta) -> int:
        """What the resident is shown so much later."""
        with reading(self.engine) as session:
            return wallet_of(session, resident_id=self.id, now=self.occasion.now + later).available

    def spend(self, session: Session, later: timedelta) -> None:
        """Draw the whole wallet, and hold it anew."""
        now = self.occasion.now + later
        lines = draw_lines(session, resident_id=self.id, amount=WHOLE, now=now)
        holds.place(session.connection(), holds.NewHold(id=new_id(), reason="another", lines=lines, at=now))

    def ending(self) -> str | None:
        """How the hold ended."""
        with reading(self.engine) as session:
            query = select(HoldEnd.ending).where(HoldEnd.hold_id == self.hold.id)
            return session.execute(query).scalar_one_or_none()


@pytest.fixture
def holder(engine: Engine, occasion: Occasion) -> Holder:
    return Holder(engine, occasion)


def test_reads_ignore_a_hold_from_the_instant_it_expires(holder: Holder) -> None:
    assert holder.available(timedelta(seconds=59, microseconds=999_999)) == 0
    assert holder.available(timedelta(minutes=1)) == WHOLE
    assert holder.ending() is None


def test_what_a_lapsed_hold_holds_is_spent_as_if_a_job_had_run(engine: Engine, holder: Holder) -> None:
    later = timedelta(minutes=1)
    run_sweeping(
        engine, lambda session: holder.spend(session, later), occasion=occasion_at(holder.occasion.now + later)
    )

    assert holder.ending() == "expired"
    assert holder.available(later) == 0


def test_a_hold_that_has_not_expired_stays(engine: Engine, holder: Holder) -> None:
    with pytest.raises(InsufficientCredits):
        run_sweeping(engine, lambda session: holder.spend(session, timedelta(seconds=59)), occasion=holder.occasion)

    assert holder.ending() is None


def test_a_swept_hold_is_neither_captured_nor_swept_again(engine: Engine, holder: Holder) -> None:
    after = occasion_at(holder.occasion.now + timedelta(minutes=1))

    assert (sweep(engine, occasion=after), sweep(engine, occasion=after)) == (1, 0)
    with pytest.raises(HoldEnded), unit_of_work(engine) as session:
        capturing.capture(
            session.connection(), hold_id=holder.hold.id, amount=1, credit=holder.issuance, posting=posting()
        )


def test_what_is_freed_past_its_last_day_expires_at_once(engine: Engine, holder: Holder) -> None:
    in_december = occasion_at(holder.occasion.now + timedelta(days=10))

    assert sweep(engine, occasion=in_december) == 1

    assert balance(engine, holder.purse) == 0
    with reading(engine) as session:
        assert session.execute(select(Transaction.kind).order_by(Transaction.posted_at)).scalars().all() == [
            "move",
            "expire",
        ]


def test_of_a_capture_and_a_void_that_come_after_each_other_the_first_wins(engine: Engine, holder: Holder) -> None:
    """Either way round the second hears how the hold ended."""
    take = {"hold_id": holder.hold.id, "amount": WHOLE, "credit": holder.issuance}
    run(engine, lambda session: capturing.capture(session.connection(), **take, posting=posting()))

    with pytest.raises(HoldEnded) as refused, unit_of_work(engine) as session:
        holds.void(session.connection(), hold_id=holder.hold.id, at=holder.occasion.now)

    assert refused.value.ending == "captured"
    assert balance(engine, holder.purse) == 0
