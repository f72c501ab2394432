"""Postings as the rows they become: what each table is given, column by column."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.book.deciding import Decided
from ledger.book.rules import Posting
from ledger.clock import london_date

Columns = dict[str, list[Any]]


def transaction_columns(postings: Sequence[Posting]) -> Columns:
    """Of `transactions`, a row for each posting."""
    days = {at: london_date(at) for at in {one.at for one in postings}}
    return {
        "id": [one.id for one in postings],
        "kind": [one.kind for one in postings],
        "effective_on": [one.effective_on or days[one.at] for one in postings],
        "posted_at": [one.at for one in postings],
        "actor": [one.actor for one in postings],
        "narrative": [one.narrative for one in postings],
        "details": [dict(one.details) for one in postings],
        "reverses": [one.reverses for one in postings],
        "corrects": [one.corrects for one in postings],
    }


def transfer_columns(postings: Sequence[Posting]) -> Columns:
    """Of `transfers`, a row for each line."""
    lines = [line for one in postings for line in one.lines]
    return {
        "transaction_id": [one.id for one in postings for _line in one.lines],
        "line": [number for one in postings for number in range(1, len(one.lines) + 1)],
        "debit_account": [line.debit for line in lines],
        "credit_account": [line.credit for line in lines],
        "amount": [line.amount for line in lines],
    }


def entry_columns(decided: Sequence[Decided]) -> Columns:
    """Of `entries`, a row for each strict side of a line."""
    entries = [entry for one in decided for entry in one.outcome.entries]
    return {
        "account_id": [entry.account_id for entry in entries],
        "version": [entry.version for entry in entries],
        "transaction_id": [one.posting.id for one in decided for _entry in one.outcome.entries],
        "line": [entry.line for entry in entries],
        "change": [entry.change for entry in entries],
        "balance": [entry.balance for entry in entries],
        "headroom": [entry.headroom for entry in entries],
    }


def counts_on(posting: Posting) -> date:
    """The London day that a posting counts for: its own, or that of the instant it is recorded at."""
    return posting.effective_on or london_date(posting.at)
