"""A small town for tests of the book: its accounts, and the shortest way to post."""

import random
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from ledger.book.accounts import open_account
from ledger.book.deciding import Posted
from ledger.book.posting import post
from ledger.book.queries import strict_balance
from ledger.book.rules import AccountId, Line, Mode, Posting, Unit
from ledger.identifiers import SCHEME, uuid7
from ledger.store import reading, unit_of_work

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_source = random.Random(__name__)


def new_id() -> UUID:
    """Another id of this town."""
    return uuid7(NOON, _source.randbytes)


def open_rollup(connection: Connection, kind: str = "issuance", unit: Unit = Unit.CR) -> AccountId:
    """A rollup account of the scheme."""
    return open_account(connection, public_id=new_id(), kind=kind, unit=unit, owner_id=SCHEME, mode=Mode.ROLLUP)


def open_strict(connection: Connection, kind: str = "purse", expires_on: date | None = None) -> AccountId:
    """A strict account of an owner of its own."""
    return open_account(
        connection,
        public_id=new_id(),
        kind=kind,
        unit=Unit.CR,
        owner_id=new_id(),
        mode=Mode.STRICT,
        expires_on=expires_on,
    )


def posting(*lines: tuple[AccountId, AccountId, int], at: datetime = NOON, kind: str = "move") -> Posting:
    """A posting of (debit, credit, amount) lines."""
    return Posting(
        id=new_id(),
        kind=kind,
        lines=[Line(debit=debit, credit=credit, amount=amount) for debit, credit, amount in lines],
        at=at,
        actor="test",
    )


def pay(connection: Connection, debit: AccountId, credit: AccountId, amount: int, at: datetime = NOON) -> Posted:
    """Post one transfer."""
    return post(connection, posting((debit, credit, amount), at=at))


def purse_of(engine: Engine, amount: int) -> tuple[AccountId, AccountId]:
    """The issuance account, and a purse that holds `amount`."""
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance, purse = open_rollup(connection), open_strict(connection)
        pay(connection, issuance, purse, amount)
    return issuance, purse


def balance(engine: Engine, account: AccountId) -> int:
    """What a strict account holds, in minor units."""
    with reading(engine) as session:
        return strict_balance(session.connection(), account)
