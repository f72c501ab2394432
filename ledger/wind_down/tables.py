"""The tables of the files: a history, its receipts, council tax, whose each folder is, and what all comes to."""

from collections.abc import Sequence

from ledger.book.queries import TrialLine
from ledger.council_tax.views import ItemView
from ledger.identifiers import to_text
from ledger.spreadsheets import Column, Kind, Table
from ledger.wind_down.people import Moved, Owner, Receipt


def history_table(moves: Sequence[Moved]) -> Table:
    """Every transaction, the oldest first, with what there was after it."""
    columns = ("Day", "Written down at (UTC)", "What", "Reference", "Unit", "Change", "After", "Transaction")
    kinds = {"Day": Kind.DAY, "Change": Kind.AMOUNT, "After": Kind.AMOUNT}
    return Table(
        title="History",
        columns=[Column(heading=name, kind=kinds.get(name, Kind.WORDS)) for name in columns],
        rows=[
            (
                moved.effective_on,
                moved.posted_at.isoformat(),
                moved.what,
                moved.reference,
                moved.unit,
                moved.change,
                moved.balance,
                to_text(moved.transaction_id),
            )
            for moved in moves
        ],
    )


def receipts_table(receipts: Sequence[Receipt]) -> Table:
    """Every transfer by the names that it has in journal.csv, so that each is found there."""
    columns = ("transaction", "line", "kind", "debit_account", "credit_account", "amount", "unit", "change")
    kinds = {"line": Kind.NUMBER, "amount": Kind.AMOUNT, "change": Kind.AMOUNT}
    return Table(
        title="Receipts",
        columns=[Column(heading=name, kind=kinds.get(name, Kind.WORDS)) for name in columns],
        rows=[
            (
                to_text(one.transaction_id),
                one.line,
                one.kind,
                str(one.debit),
                str(one.credit),
                one.amount,
                one.debit.unit,
                one.change,
            )
            for one in receipts
        ],
    )


def items_table(items: Sequence[ItemView]) -> Table:
    """What a resident applied to council tax, and where it is."""
    columns = ("Reference", "Applied at (UTC)", "State", "Pounds", "Pounds back", "Leaves on", "Account")
    kinds = {"Pounds": Kind.AMOUNT, "Pounds back": Kind.AMOUNT, "Leaves on": Kind.DAY}
    return Table(
        title="Council tax",
        columns=[Column(heading=name, kind=kinds.get(name, Kind.WORDS)) for name in columns],
        rows=[
            (
                item.reference,
                item.applied_at.isoformat(),
                item.state.value,
                item.amount,
                item.returned,
                item.leaves_on,
                item.account_ref + item.check_character,
            )
            for item in items
        ],
    )


def balances_table(balances: Sequence[tuple[str, str, str, int]]) -> Table:
    """Who has what, by folder and id alone."""
    columns = [Column(heading=name) for name in ("Folder", "Id", "Unit")] + [
        Column(heading="Balance", kind=Kind.AMOUNT)
    ]
    return Table(title="Balances", columns=columns, rows=balances)


def index_table(owners: Sequence[Owner]) -> Table:
    """Whose each folder is, and how they are reached: two of one name are told apart by it."""
    columns = ("Id", "Name", "E-mail address", "Address", "File")
    return Table(
        title="Index",
        columns=[Column(heading=name) for name in columns],
        rows=[
            (to_text(one.id), one.name, one.email, one.address, f"{one.folder}/{to_text(one.id)}/statement.html")
            for one in owners
        ],
    )


def trial_table(lines: Sequence[TrialLine]) -> Table:
    """What each kind of account comes to over all of the books."""
    columns = [Column(heading="Unit"), Column(heading="Kind"), Column(heading="Accounts", kind=Kind.NUMBER)]
    columns += [Column(heading=name, kind=Kind.AMOUNT) for name in ("Debited", "Credited", "Balance")]
    rows = [
        (line.unit, line.kind, line.accounts, line.debited, line.credited, line.credited - line.debited)
        for line in lines
    ]
    return Table(title="Trial balance", columns=columns, rows=rows)
