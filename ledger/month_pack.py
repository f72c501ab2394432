"""The month-end pack: opening, movements, closing, ageing, reconciliations and exceptions of a month, as files."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.book.periods import Closing, last_of_month, period_lines
from ledger.book.queries import trial_balance
from ledger.corrections.sums import correction_sums
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import IN_TRANSIT
from ledger.council_tax.year import reduced_by_month
from ledger.earning.models import Award
from ledger.earning.rules import ALLOWANCE
from ledger.money import Amount
from ledger.month_exceptions import exceptions_of
from ledger.redemption.models import Redemption
from ledger.redemption.redemptions import TAKINGS
from ledger.spreadsheets import Cell, Column, Kind, Table, write_csv, write_xlsx
from ledger.wallets.queries import AWARD, PURSE, purse_movement, purses_on

FACTS = "month-end.json"
WORKBOOK = "month-end.xlsx"
A_DAY = timedelta(days=1)


def pack_of(session: Session, *, closing: Closing) -> dict[str, bytes]:
    """Every file of a closed month's pack, by name: a workbook, a CSV of each table, and the same as JSON.

    From what counts for the month's last day or before, so that nothing posted since changes a figure; among the
    exceptions stands what check-books finds now.
    """
    tables = pack_tables(session, closing=closing)
    workbook = io.BytesIO()
    write_xlsx(tables.values(), workbook, at=closing.closed_at)
    return {
        WORKBOOK: workbook.getvalue(),
        FACTS: _facts(tables),
        **{f"{name}.csv": _csv(table) for name, table in tables.items()},
    }


def pack_tables(session: Session, *, closing: Closing) -> dict[str, Table]:
    """The tables of a closed month's pack, by name, in the order in which they are read."""
    accounts = _accounts(session, closing)
    ageing = _ageing(session, closing.month)
    movement = _movement(session, closing.month)
    return {
        "closing": _closing(closing),
        "movement": movement,
        "accounts": accounts,
        "ageing": ageing,
        "council-tax": _council_tax(session, closing.month),
        "reconciliations": _reconciliations(session, closing.month, accounts, movement, ageing),
        "exceptions": exceptions_of(session, month=closing.month),
    }


def read_tables(facts: bytes) -> dict[str, Table]:
    """The tables of a pack as its JSON keeps them."""
    kept: dict[str, Any] = json.loads(facts, object_hook=_as_day)
    return {
        name: Table(
            title=table["title"],
            columns=[Column(heading=heading, kind=Kind(kind)) for heading, kind in table["columns"]],
            rows=table["rows"],
        )
        for name, table in kept.items()
    }


def _as_day(found: dict[str, Any]) -> Any:
    return date.fromisoformat(found["day"]) if found.keys() == {"day"} else found


def _facts(tables: Mapping[str, Table]) -> bytes:
    kept = {
        name: {
            "title": table.title,
            "columns": [[column.heading, column.kind] for column in table.columns],
            "rows": [
                [{"day": cell.isoformat()} if isinstance(cell, date) else cell for cell in row] for row in table.rows
            ],
        }
        for name, table in tables.items()
    }
    return json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8")


def _csv(table: Table) -> bytes:
    file = io.StringIO(newline="")
    write_csv(table, file)
    return file.getvalue().encode("utf-8")


def _amounts(*headings: str) -> list[Column]:
    return [Column(heading=heading, kind=Kind.AMOUNT) for heading in headings]


def _closing(closing: Closing) -> Table:
    rows: list[list[Cell]] = [
        ["Month", f"{closing.month:%B %Y}"],
        ["Closed for the time number", str(closing.number)],
        ["Closed at (UTC)", f"{closing.closed_at:%Y-%m-%d %H:%M:%S}"],
        ["Closed by", closing.closed_by],
    ]
    return Table(title="Closing", columns=[Column(heading="What"), Column(heading="Says")], rows=rows)


def _movement(session: Session, month: date) -> Table:
    moved = purse_movement(session, first=month, last=last_of_month(month))
    names = ("Opening", "Awarded", "Spent in shops", "To council tax", "Returned", "Expired", "Closing")
    row = [moved.opening, moved.awarded, moved.spent, moved.to_council_tax, moved.returned, moved.expired]
    return Table(
        title="Credits of residents",
        columns=_amounts(*(f"{name} CR" for name in names)),
        rows=[[*row, moved.outstanding]],
    )


def _accounts(session: Session, closing: Closing) -> Table:
    """Each kind of account: what it opened with, what moved it, what it closed with as it was frozen."""
    connection = session.connection()
    opened = {(line.unit, line.kind): line for line in trial_balance(connection, effective=closing.month - A_DAY)}
    rows: list[list[Cell]] = []
    for line in period_lines(connection, closing.id):
        before = opened.get((line.unit, line.kind))
        balance, debited, credited = (before.balance, before.debited, before.credited) if before else (0, 0, 0)
        moved = (line.debited - debited, line.credited - credited)
        rows.append([line.unit, line.kind.replace("_", " "), balance, *moved, line.balance])
    return Table(
        title="Accounts",
        columns=[
            Column(heading="Unit"),
            Column(heading="Kind of account"),
            *_amounts("Opening", "Debited", "Credited", "Closing"),
        ],
        rows=rows,
    )


def _ageing(session: Session, month: date) -> Table:
    last = last_of_month(month)
    rows: list[list[Cell]] = [
        [stood.expires_on, _months_between(last, stood.expires_on), stood.residents, stood.balance]
        for stood in purses_on(session, day=last)
    ]
    return Table(
        title="Ageing",
        columns=[
            Column(heading="Last good day", kind=Kind.DAY),
            Column(heading="Months left", kind=Kind.NUMBER),
            Column(heading="Residents", kind=Kind.NUMBER),
            *_amounts("Outstanding CR"),
        ],
        rows=rows,
    )


def _months_between(day: date, expires_on: date) -> int:
    return (expires_on.year - day.year) * 12 + expires_on.month - day.month


def _council_tax(session: Session, month: date) -> Table:
    year = reduced_by_month(session, day=month, last=last_of_month(month))
    rows: list[list[Cell]] = [[f"{one.month:%B %Y}", one.sent, one.returned, one.net, one.applied] for one in year]
    names = ("Sent £", "Returned £", "Net £", "Applied: General Fund to Collection Fund £")
    return Table(title="Council tax this year", columns=[Column(heading="Month"), *_amounts(*names)], rows=rows)


def _reconciliations(session: Session, month: date, accounts: Table, movement: Table, ageing: Table) -> Table:
    """What must be equal, from two sides that were counted apart."""
    last = last_of_month(month)
    closing = {(row[0], row[1]): _amount(row[5]) for row in accounts.rows}
    purses = closing.get(("CR", PURSE), 0)
    (moved,) = movement.rows
    corrected = correction_sums(session, last=last)
    pairs: list[tuple[str, Amount, Amount]] = [
        *((f"All accounts in {unit} sum to nothing", _sum_of(closing, unit), 0) for unit in _units(closing)),
        ("Residents: opening and movements, and closing", sum(_amount(cell) for cell in moved[:-1]), purses),
        ("Residents: ageing, and closing", sum(_amount(row[3]) for row in ageing.rows), purses),
        (
            "Awards, and what they moved from allowances to purses",
            _awarded(session, last),
            _moved(session, ALLOWANCE, PURSE, last, of=Transaction.kind == AWARD),
        ),
        (
            "Redemptions, and what left purses for takings",
            _redeemed(session, last),
            _moved(session, PURSE, TAKINGS, last),
        ),
        (
            "Council-tax items, and what left purses in nightly files",
            _in_files(session, last),
            _moved(session, PURSE, IN_TRANSIT, last)
            - _moved(session, IN_TRANSIT, PURSE, last, of=Transaction.reverses.is_not(None)),
        ),
        ("Reversals by officers: what was reversed, and what that moved", corrected.originals, corrected.reversals),
        ("Adjustments by hand: what two officers agreed, and what that moved", corrected.agreed, corrected.adjustments),
    ]
    return Table(
        title="Reconciliations",
        columns=[Column(heading="What"), *_amounts("One side", "Other side", "Difference")],
        rows=[[what, one, other, one - other] for what, one, other in pairs],
    )


def _amount(cell: Cell) -> Amount:
    assert isinstance(cell, int), "an amount"
    return cell


def _units(closing: Mapping[tuple[Cell, Cell], Amount]) -> Sequence[str]:
    return sorted({str(unit) for unit, _kind in closing})


def _sum_of(closing: Mapping[tuple[Cell, Cell], Amount], unit: str) -> Amount:
    return sum(amount for (one, _kind), amount in closing.items() if one == unit)


def _moved(
    session: Session, source_kind: str, target_kind: str, last: date, *, of: ColumnElement[bool] | None = None
) -> Amount:
    """What all transfers from one kind of account to another came to by a day; those `of` some transactions alone."""
    source, target = aliased(Account), aliased(Account)
    query = (
        select(func.coalesce(func.sum(Transfer.amount), 0))
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .join(source, source.id == Transfer.debit_account)
        .join(target, target.id == Transfer.credit_account)
        .where(source.kind == source_kind, target.kind == target_kind, source.unit == "CR")
        .where(Transaction.effective_on <= last)
    )
    if of is not None:
        query = query.where(of)
    return int(session.execute(query).scalar_one())


def _awarded(session: Session, last: date) -> Amount:
    return _came_to(session, Award, last)


def _redeemed(session: Session, last: date) -> Amount:
    return _came_to(session, Redemption, last)


def _in_files(session: Session, last: date) -> Amount:
    return _came_to(session, CouncilTaxItem, last)


def _came_to(session: Session, model: type[Award | Redemption | CouncilTaxItem], last: date) -> Amount:
    """The amounts of all rows whose transaction counts for a day or before."""
    query = (
        select(func.coalesce(func.sum(model.amount), 0))
        .join(Transaction, Transaction.id == model.transaction_id)
        .where(Transaction.effective_on <= last)
    )
    return int(session.execute(query).scalar_one())
