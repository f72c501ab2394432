"""Open accounts, each once for its owner, kind, unit and expiry day, and find them."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.engine import Connection

from ledger.book.models import Account
from ledger.book.rules import AccountId, Mode, Unit
from ledger.store import insert_once


def open_account(
    connection: Connection,
    *,
    public_id: UUID,
    kind: str,
    unit: Unit,
    owner_id: UUID,
    mode: Mode,
    expires_on: date | None = None,
) -> AccountId:
    """The number of this owner's account, opened now unless it stands already; a trigger makes its balance row."""
    same = _same(kind=kind, unit=unit, owner_id=owner_id, expires_on=expires_on)
    found = connection.execute(select(Account.id).where(same)).scalar_one_or_none()
    if found is not None:
        return found
    values = {
        "public_id": public_id,
        "kind": kind,
        "unit": unit,
        "owner_id": owner_id,
        "expires_on": expires_on,
        "mode": mode,
    }
    insert_once(connection, Account, values, taken=same)
    return connection.execute(select(Account.id).where(same)).scalar_one()


def find_account(
    connection: Connection, *, kind: str, unit: Unit, owner_id: UUID, expires_on: date | None = None
) -> AccountId | None:
    """The number of this owner's account; None where it was never opened."""
    same = _same(kind=kind, unit=unit, owner_id=owner_id, expires_on=expires_on)
    return connection.execute(select(Account.id).where(same)).scalar_one_or_none()


def _same(*, kind: str, unit: Unit, owner_id: UUID, expires_on: date | None) -> ColumnElement[bool]:
    day = Account.expires_on.is_(None) if expires_on is None else Account.expires_on == expires_on
    return and_(Account.owner_id == owner_id, Account.kind == kind, Account.unit == unit, day)
