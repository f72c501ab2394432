"""A row or two in every append-only table, written straight into the schema: what the guards must keep as it is."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.engine import Connection

from ledger.book import holds
from ledger.book.models import AccountEvent
from ledger.book.period_models import PeriodTotal
from ledger.book.periods import Reopening, close_period, reopen_period
from ledger.book.requests import Answer, Asked, record_answer
from ledger.book.reversal import reverse
from ledger.earning.models import Allowance, Programme
from ledger.people.models import Organisation, Resident
from ledger.redemption.models import Code, Presentation
from ledger.schema import metadata
from ledger.store import unit_of_work
from tests.book.town import NOON, new_id, open_rollup, open_strict, pay, posting


def append_only_tables() -> list[Table]:
    """Every table that is only ever appended to."""
    return [table for table in metadata().sorted_tables if table.info["written"] == "append-only"]


def write_some(engine: Engine) -> None:
    """Put something into every append-only table."""
    with unit_of_work(engine) as session:
        connection = session.connection()
        _write_book(connection)
        _write_features(connection)
        record_answer(
            connection,
            Asked(principal="till:1", key="key", route="redeem", digest=b"digest"),
            Answer(status=201, content_type="text/plain", body=b"yes"),
            at=NOON,
        )


def _write_book(connection: Connection) -> None:
    issuance, purse = open_rollup(connection), open_strict(connection, expires_on=date(2027, 1, 31))
    pay(connection, issuance, purse, 1000)
    mistake = pay(connection, issuance, purse, 10)
    reverse(connection, original=mistake.id, posting=posting())
    hold = holds.NewHold(id=new_id(), reason="test", lines=[(purse, 100)], at=NOON)
    holds.place(connection, hold)
    holds.void(connection, hold_id=hold.id, at=NOON)
    connection.execute(insert(AccountEvent), {"account_id": purse, "event": "freeze", "at": NOON})
    closing = close_period(connection, closing_id=new_id(), month=date(2026, 10, 1), at=NOON, actor="test")
    _insert(connection, PeriodTotal, closing_id=closing.id, unit="CR", kind="purse", debited=0, credited=0)
    two_people = Reopening(reason="a mistake", proposed_by="a", approved_by="b", at=NOON)
    reopen_period(connection, month=closing.month, reopening=two_people)


def _write_features(connection: Connection) -> None:
    organiser, programme, resident, code = new_id(), new_id(), new_id(), new_id()
    _insert(connection, Organisation, id=organiser, kind="organiser", name="Garden", address="Here", joined_at=NOON)
    _insert(
        connection,
        Programme,
        id=programme,
        name="Growing",
        decision_reference="OMD-1",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 3, 31),
        state="open",
    )
    _insert(connection, Allowance, id=new_id(), programme_id=programme, organiser_id=organiser)
    _insert(connection, Resident, id=resident, name="Amina", email="amina@example.org", joined_at=NOON, status="open")
    _insert(connection, Code, id=code, resident_id=resident, cap=2000, state="issued", issued_at=NOON)
    later = NOON + timedelta(seconds=60)
    _insert(
        connection,
        Presentation,
        id=new_id(),
        code_id=code,
        kind="qr",
        token_digest=b"digest",
        drawn_at=NOON,
        expires_at=later,
    )


def _insert(connection: Connection, model: Any, **values: Any) -> None:
    connection.execute(insert(model), values)


def contents(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table, in a fixed order."""
    with engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
