"""Undo a mistake: a transaction that mirrors every transfer of the original, whole, once."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ledger.book.balances import lock_accounts
from ledger.book.deciding import Posted
from ledger.book.errors import AlreadyReversed, CannotReverse, InsufficientCredits
from ledger.book.models import Transaction, Transfer
from ledger.book.posting import post
from ledger.book.rules import Line, Posting
from ledger.errors import NotFound
from ledger.money import Amount
from ledger.store import constraint_name


def reverse(connection: Connection, *, original: UUID, posting: Posting) -> Posted:
    """Post the mirror of `original`; `posting` gives all but lines and citation.

    Raises NotFound, AlreadyReversed (also for a reversal itself), CannotReverse with what could be taken back.
    """
    lines = _mirror(connection, original)
    try:
        return post(connection, replace(posting, lines=lines, reverses=original, corrects=None))
    except InsufficientCredits as refusal:
        raise CannotReverse(reversible=_reversible(connection, lines)) from refusal
    except IntegrityError as error:
        if constraint_name(error) != "uq_transactions_reverses":
            raise
        raise AlreadyReversed(original) from error


def _mirror(connection: Connection, original: UUID) -> list[Line]:
    row = connection.execute(select(Transaction.reverses).where(Transaction.id == original)).one_or_none()
    if row is None:
        raise NotFound("transaction")
    reversal = select(Transaction.id).where(Transaction.reverses == original)
    if row.reverses is not None or connection.execute(reversal).first():
        raise AlreadyReversed(original)
    transfers = connection.execute(
        select(Transfer.debit_account, Transfer.credit_account, Transfer.amount)
        .where(Transfer.transaction_id == original)
        .order_by(Transfer.line.desc())
    )
    return [Line(debit=one.credit_account, credit=one.debit_account, amount=one.amount) for one in transfers]


def _reversible(connection: Connection, lines: list[Line]) -> Amount:
    """How much of the mirror the strict accounts it debits could bear, minor units."""
    _units, balances = lock_accounts(connection, {line.debit for line in lines})
    left = {account: one.headroom for account, one in balances.items()}
    total = 0
    for line in lines:
        bearable = min(line.amount, left.get(line.debit, line.amount))
        total += bearable
        if line.debit in left:
            left[line.debit] -= bearable
    return total
