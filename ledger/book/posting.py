"""Post transactions, one or many: the only writer of transfers and entries, on either database, without committing.

`post` decides by the pure rules over locked balances. `post_many` and `post_each` take up to `CHUNK` postings at once:
together by a few statements where all may be, else one by one by the same rules, written out of staged rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Table,
    Update,
    bindparam,
    exists,
    insert,
    literal_column,
    select,
    true,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase

from ledger.book.balances import (
    BALANCE_COLUMNS,
    balance_columns,
    balances_from,
    balances_moved,
    lock_accounts,
    lock_in_order,
    write_balances,
    write_many_balances,
)
from ledger.book.columns import Columns, counts_on, entry_columns, transaction_columns, transfer_columns
from ledger.book.deciding import Decided, Posted, decide, decide_next
from ledger.book.errors import MonthClosed
from ledger.book.models import Balance, Entry, HoldEnd, Transaction, Transfer
from ledger.book.period_models import CLOSED_MONTH
from ledger.book.periods import citing_closed_month
from ledger.book.rollups import lock_and_sum
from ledger.book.rules import (
    AccountId,
    LockedBalance,
    Posting,
    accounts_named,
    check_posting,
)
from ledger.book.together import Plan, are_plain, plan_together, read_outcomes, stage_lines
from ledger.collecting import collecting_later
from ledger.errors import LedgerError
from ledger.prepared import Prepared
from ledger.staging import insert_staged, parameters_of, staged, unfolded
from ledger.store import constraint_name
from ledger.tables import table_of

CHUNK = 5_000
"""How many postings are decided and written at once: what they take in memory does not grow beyond that, and the one
statement that writes them ends well within the two seconds that a statement has where people wait.
"""
FEW = 1_000
"""Up to so many, the collector's walks take no time worth saving."""


def post(connection: Connection, posting: Posting) -> Posted:
    """Write one transaction whole, or refuse it with nothing written; the caller commits.

    Steps as book.md, Posting: refuse the malformed, lock in ascending order, decide, and only then write.
    Raises PostingMalformed, UnknownAccount, UnitsDiffer, InsufficientCredits, AccountFrozen, AccountClosed,
    CeilingReached, MonthClosed.
    """
    check_posting(posting)
    posting = citing_closed_month(connection, posting)
    units, balances = lock_accounts(connection, accounts_named(posting))
    decided = decide(posting, units, balances, lock_and_sum(connection, posting.floors))
    with _in_an_open_month(decided.posting):
        _write_one(connection, decided)
    return decided.posted()


def post_many(connection: Connection, postings: Sequence[Posting]) -> list[Posted]:
    """Write all these transactions, in order, or none: the first refusal refuses them all. What `post` would return.

    Balances, versions and running balances are those of the same postings one by one. Raises what `post` raises.
    """
    for posting in postings:
        check_posting(posting)
    with connection.begin_nested():
        results = _post_in_chunks(connection, postings, _raise)
    return [one for one in results if isinstance(one, Posted)]


def post_each(connection: Connection, postings: Sequence[Posting]) -> list[Posted | LedgerError]:
    """Write those of these transactions that may be, in order; for each what `post` would return, or its refusal.

    A refused one changes nothing, and those after it are decided without it. Raises MonthClosed for them all.
    """
    return _post_in_chunks(connection, postings, _let_be)


def _raise(refusal: LedgerError) -> None:
    raise refusal


def _let_be(_refusal: LedgerError) -> None:
    """The others are posted without it."""


def _post_in_chunks(
    connection: Connection, postings: Sequence[Posting], refused: Callable[[LedgerError], None]
) -> list[Posted | LedgerError]:
    """Decide and write so many postings at a time; `refused` hears of each refusal before its chunk is written."""
    if len(postings) > CHUNK:
        lock_in_order(connection, set().union(*map(accounts_named, postings)))
    results: list[Posted | LedgerError] = []
    for first in range(0, len(postings), CHUNK):
        chunk = [citing_closed_month(connection, posting) for posting in postings[first : first + CHUNK]]
        with collecting_later() if len(chunk) > FEW else nullcontext():
            results.extend(_post_together(connection, chunk) or _post_by_rules(connection, chunk, refused))
    return results


def _post_together(connection: Connection, chunk: Sequence[Posting]) -> list[Posted] | None:
    """Post a chunk by statements that number and sum by themselves; None, nothing written, where any might be refused.

    PostgreSQL does it by one statement, whose parts all hang on the row of a plan that is good.
    """
    if not are_plain(chunk):
        return None
    lock_in_order(connection, set().union(*map(accounts_named, chunk)))
    return post_planned(connection, chunk, plan_together(stage_lines(connection, chunk), chunk[0].at))


def post_planned(connection: Connection, postings: Sequence[Posting], plan: Plan) -> list[Posted] | None:
    """Write postings of one instant as a plan of all their lines says; None, nothing written, where it is not good."""
    header = transaction_columns(postings)
    transactions = staged(connection, table_of(Transaction), header)
    with _in_an_open_month(postings[0]):
        if connection.dialect.name == "postgresql":
            parts = _parts(plan, transactions, exists().select_from(plan.good))
            named = [part.cte(f"part_{number}") for number, part in enumerate(parts)]
            return read_outcomes(postings, connection.execute(plan.outcomes.add_cte(*named)).all())
        posted = read_outcomes(postings, connection.execute(plan.outcomes).all())
        for part in _parts(plan, transactions, true()) if posted else ():
            connection.execute(part)
    return posted


def _parts(plan: Plan, transactions: FromClause, good: ColumnElement[bool]) -> list[Insert | Update]:
    """What a plan writes: each table once."""
    transfers = select(*(plan.lines.c[name] for name in _TRANSFER)).order_by(plan.lines.c.item, plan.lines.c.line)
    parts: list[Insert | Update] = [
        insert(table_of(Transaction)).from_select(_TRANSACTION, select(transactions).where(good)),
        insert(table_of(Transfer)).from_select(list(_TRANSFER), transfers.where(good)).inline(),
        insert(table_of(Entry)).from_select(_ENTRY, select(*(plan.entries.c[name] for name in _ENTRY)).where(good)),
        balances_moved(plan.changes).where(good),
    ]
    if plan.ends is not None:
        parts.append(insert(table_of(HoldEnd)).from_select(list(plan.ends.c), select(plan.ends).where(good)))
    return parts


def _post_by_rules(
    connection: Connection, chunk: Sequence[Posting], refused: Callable[[LedgerError], None]
) -> list[Posted | LedgerError]:
    """Decide a chunk one by one, each over what those before it leave, and write what may be."""
    units, balances = lock_accounts(connection, set().union(*map(accounts_named, chunk)))
    totals = lock_and_sum(connection, set().union(*(posting.floors for posting in chunk)))
    outcomes = [decide_next(posting, units, balances, totals) for posting in chunk]
    for outcome in outcomes:
        if isinstance(outcome, LedgerError):
            refused(outcome)
    _write(connection, [one for one in outcomes if isinstance(one, Decided)], balances)
    return [one.posted() if isinstance(one, Decided) else one for one in outcomes]


def _write(connection: Connection, decided: Sequence[Decided], balances: Mapping[AccountId, LockedBalance]) -> None:
    """Write a chunk by one statement a table, from staged rows."""
    touched = {account for one in decided for account in one.outcome.balances}
    if touched:
        write_many_balances(connection, [balances[account] for account in sorted(touched)])
    if not decided:
        return
    with _in_an_open_month(decided[0].posting):
        insert_staged(connection, table_of(Transaction), transaction_columns([one.posting for one in decided]))
    insert_staged(connection, table_of(Transfer), transfer_columns([one.posting for one in decided]))
    if touched:
        insert_staged(connection, table_of(Entry), entry_columns(decided))


@contextmanager
def _in_an_open_month(posting: Posting) -> Iterator[None]:
    """Tell the database's refusal of a closed month as what it is; the day of one of many stands for them all."""
    try:
        yield
    except IntegrityError as error:
        if constraint_name(error) != CLOSED_MONTH:
            raise
        raise MonthClosed(counts_on(posting).replace(day=1)) from error


def _write_one(connection: Connection, decided: Decided) -> None:
    """PostgreSQL writes it by one statement, which saves three journeys; SQLite is no journey away."""
    balances = decided.outcome.balances.values()
    header, transfers = transaction_columns([decided.posting]), transfer_columns([decided.posting])
    entries = entry_columns([decided])
    if connection.dialect.name == "postgresql":
        named = {f"header_{name}": values[0] for name, values in header.items()}
        lists = parameters_of("new_entries", entries) | parameters_of("new_balances", balance_columns(balances))
        _WRITE_ONE(connection, named | parameters_of("new_transfers", transfers) | lists)
        return
    write_balances(connection, balances)
    _insert(connection, Transaction, header)
    _insert(connection, Transfer, transfers)
    if decided.outcome.entries:
        _insert(connection, Entry, entries)


def _one_statement() -> Prepared:
    """Balances, transaction, transfers and entries of one posting, each table written once (book.md: never twice)."""
    transactions, transfers, entries = (table_of(model) for model in (Transaction, Transfer, Entry))
    values = {name: bindparam(f"header_{name}", type_=transactions.c[name].type) for name in _TRANSACTION}
    parts = (
        balances_from(unfolded(table_of(Balance), "new_balances", *BALANCE_COLUMNS)).cte("written"),
        insert(transactions).values(values).inline().cte("posted"),
        _from_lists(transfers, "new_transfers", _TRANSFER).cte("moved"),
        _from_lists(entries, "new_entries", _ENTRY).cte("entered"),
    )
    return Prepared(select(literal_column("1")).add_cte(*parts))


def _from_lists(table: Table, name: str, columns: Sequence[str]) -> Insert:
    return insert(table).from_select(list(columns), select(unfolded(table, name, *columns))).inline()


@cache
def _prepared(model: type[DeclarativeBase], *columns: str) -> Prepared:
    return Prepared(insert(table_of(model)).inline(), *columns)


def _insert(connection: Connection, model: type[DeclarativeBase], columns: Columns) -> None:
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    _prepared(model, *columns)(connection, *rows)


_TRANSACTION = tuple(transaction_columns([]))
_TRANSFER = tuple(transfer_columns([]))
_ENTRY = tuple(entry_columns([]))
_WRITE_ONE = _one_statement()
