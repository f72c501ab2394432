"""What happens to wallets as such: open a purse, count against a cap, expire what is past its last day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.book import holds
from ledger.book.accounts import open_account
from ledger.book.balances import lock_in_order
from ledger.book.errors import InsufficientCredits
from ledger.book.models import Account, Balance
from ledger.book.posting import post_many
from ledger.book.rules import AccountId, Ending, Line, Mode, Posting, Unit
from ledger.identifiers import SCHEME
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.staging import among, staged
from ledger.store import insert_once
from ledger.tables import table_of
from ledger.wallets.errors import CapReached
from ledger.wallets.models import CapUse
from ledger.wallets.queries import EXPIRE, EXPIRED, PURSE, cap_used, wallet_of
from ledger.wallets.rules import Cap, draw, period_of


def open_purse(
    session: Session, *, resident_id: UUID, expires_on: date, occasion: Occasion, unit: Unit = Unit.CR
) -> AccountId:
    """The account number of a resident's purse for an expiry month, opened now unless it stands already."""
    return open_account(
        session.connection(),
        public_id=occasion.new_id(),
        kind=PURSE,
        unit=unit,
        owner_id=resident_id,
        mode=Mode.STRICT,
        expires_on=expires_on,
    )


def draw_lines(
    session: Session, *, resident_id: UUID, amount: Amount, now: datetime, unit: Unit = Unit.CR
) -> list[tuple[AccountId, Amount]]:
    """How `amount` is drawn from a wallet, soonest to expire first; the purses stay locked. Raises InsufficientCredits.

    The lock is a statement before the one that reads, so that what is being spent or held just now is waited for.
    """
    _lock_purses(session, resident_id=resident_id, unit=unit)
    wallet = wallet_of(session, resident_id=resident_id, now=now, unit=unit)
    if wallet.available < amount:
        raise InsufficientCredits(available=wallet.available, needed=amount)
    return [(purse.id, taken) for purse, taken in draw(wallet.purses, amount)]


def _lock_purses(session: Session, *, resident_id: UUID, unit: Unit) -> None:
    query = (
        select(Balance.account_id)
        .join(Account, Account.id == Balance.account_id)
        .where(Account.owner_id == resident_id, Account.kind == PURSE, Account.unit == unit)
        .order_by(Balance.account_id)
        .with_for_update(of=Balance)
    )
    session.connection().execute(query).all()


def use_cap(session: Session, *, owner_id: UUID, cap: Cap, day: date, used: int, limit: int) -> None:
    """Count `used` against a cap of `limit` in the period that holds `day`, by one guarded update.

    Raises CapReached with what is left, and counts nothing.
    """
    period = period_of(cap, day)
    row = {"owner_id": owner_id, "cap": cap.value, "period_starts_on": period, "used": 0}
    same = (CapUse.owner_id == owner_id) & (CapUse.cap == cap.value) & (CapUse.period_starts_on == period)
    insert_once(session.connection(), CapUse, row, taken=same)
    guarded = update(CapUse).where(same, CapUse.used + used <= limit).values(used=CapUse.used + used)
    counted = session.connection().execute(guarded)
    if not counted.rowcount:
        left = limit - cap_used(session, owner_id=owner_id, cap=cap, day=day)
        raise CapReached(cap=cap.value, limit=limit, left=left, period_starts_on=period)


def give_back_cap(session: Session, *, owner_id: UUID, cap: Cap, day: date, used: int) -> None:
    """Give back what was counted against a cap in the period that holds `day`."""
    same = (CapUse.owner_id == owner_id) & (CapUse.cap == cap.value) & (CapUse.period_starts_on == period_of(cap, day))
    session.connection().execute(update(CapUse).where(same).values(used=CapUse.used - used))


def give_back_caps(session: Session, counts: Mapping[tuple[UUID, Cap, date], int]) -> None:
    """As `give_back_cap`, for many: what to give back by owner, cap and first day of the period."""
    if not counts:
        return
    table, keys = table_of(CapUse), sorted(counts)
    columns: dict[str, Sequence[Any]] = {
        "owner_id": [owner_id for owner_id, _cap, _period in keys],
        "cap": [cap.value for _owner_id, cap, _period in keys],
        "period_starts_on": [period for _owner_id, _cap, period in keys],
        "used": [counts[key] for key in keys],
    }
    back = staged(session.connection(), table, columns)
    same = (table.c[name] == back.c[name] for name in ("owner_id", "cap", "period_starts_on"))
    session.connection().execute(update(table).where(*same).values(used=table.c.used - back.c.used))


def purses_past(session: Session, *, business_date: date) -> list[AccountId]:
    """Purses whose last good day is the business date or earlier and that hold something not set aside."""
    query = (
        select(Account.id)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.kind == PURSE, Account.expires_on <= business_date)
        .where(Balance.credited - Balance.debited - Balance.held > 0)
        .order_by(Account.expires_on, Account.id)
    )
    return list(session.connection().execute(query).scalars())


def expire_purses(
    session: Session, *, purses: Sequence[AccountId], business_date: date, occasion: Occasion
) -> list[Amount]:
    """Move what is not held on these lapsed purses to `expired`, one transaction a purse; what each moved.

    In minor units; a purse on which everything is held, or nothing is left, moves nothing and has none.
    """
    lapsed = _lock_lapsed(session, purses)
    expired = {unit: expired_account(session, unit, occasion) for unit in sorted({row.unit for row in lapsed})}
    postings = [
        Posting(
            id=occasion.new_id(),
            kind=EXPIRE,
            lines=[Line(debit=row.account_id, credit=expired[row.unit], amount=row.available)],
            at=occasion.now,
            actor=occasion.actor,
            effective_on=business_date,
            allows_frozen=True,
        )
        for row in lapsed
    ]
    post_many(session.connection(), postings)
    return [row.available for row in lapsed]


def free_hold(session: Session, *, hold_id: UUID, ending: Ending = Ending.VOIDED, occasion: Occasion) -> None:
    """End a hold with nothing taken. What it frees on a purse past its last day expires at once. Raises HoldEnded."""
    connection = session.connection()
    held_on = [account for account, _amount in holds.hold_lines(connection, hold_id)]
    holds.void(connection, hold_id=hold_id, at=occasion.now, ending=ending)
    past = select(Account.id).where(
        among(Account.id, held_on), Account.kind == PURSE, Account.expires_on < occasion.today
    )
    purses = connection.execute(past).scalars().all()
    expire_purses(session, purses=purses, business_date=occasion.today, occasion=occasion)


def _lock_lapsed(session: Session, purses: Sequence[AccountId]) -> list[Any]:
    """Those of these purses on which something is not held: account_id, unit and what is available; locked."""
    connection = session.connection()
    lock_in_order(connection, purses)
    available = Balance.credited - Balance.debited - Balance.held
    query = (
        select(Balance.account_id, Account.unit, available.label("available"))
        .join(Account, Account.id == Balance.account_id)
        .where(among(Balance.account_id, purses), available > 0)
        .order_by(Balance.account_id)
    )
    return list(connection.execute(query))


def expired_account(session: Session, unit: str, occasion: Occasion) -> AccountId:
    """The number of the account of what ended unspent."""
    return open_account(
        session.connection(),
        public_id=occasion.new_id(),
        kind=EXPIRED,
        unit=Unit(unit),
        owner_id=SCHEME,
        mode=Mode.ROLLUP,
    )
