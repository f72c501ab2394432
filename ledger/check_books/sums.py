"""Sums over transfers that several checks compare with what other tables say."""

from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, literal, select, union_all

from ledger.book.models import Transfer


def total(column: Any) -> ColumnElement[int]:
    """The sum of a column, 0 over nothing."""
    return func.coalesce(func.sum(column), 0)


def sides() -> Subquery:
    """Every transfer twice: the account debited with `debited`, the account credited with `credited`."""
    nothing = literal(0)
    debited = select(
        Transfer.debit_account.label("account_id"), Transfer.amount.label("debited"), nothing.label("credited")
    )
    credited = select(Transfer.credit_account, nothing, Transfer.amount)
    return union_all(debited, credited).subquery("sides")


def account_sums() -> Subquery:
    """What each account that was ever touched was credited and debited in all, and by how many sides of transfers."""
    both = sides()
    return (
        select(
            both.c.account_id,
            total(both.c.credited).label("credited"),
            total(both.c.debited).label("debited"),
            func.count().label("sides"),
        )
        .group_by(both.c.account_id)
        .subquery("account_sums")
    )
