"""The journal as text for hledger and for beancount: pure renderers of accounts, rows and totals into lines."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

from ledger.book.journal import JournalAccount, JournalRow, JournalTotal
from ledger.book.rules import Unit
from ledger.identifiers import to_text
from ledger.money import Amount, format_plain

BEFORE_EVERYTHING = date(1970, 1, 1)
"""Beancount wants a day on which an account opened; ours may be named by any row of the journal."""


def hledger(
    *,
    accounts: Iterable[JournalAccount],
    rows: Iterable[JournalRow],
    totals: Iterable[JournalTotal],
    last_day: date | None,
) -> Iterator[str]:
    """Lines that `hledger check -s` accepts. Debits are positive; the totals are asserted on the last day."""
    yield "; The journal of a Tallystick book. Debits are positive, credits negative."
    yield "decimal-mark ."
    yield from (f"commodity 1000.00 {unit}" for unit in Unit)
    totals = list(totals)
    yield from (f"account {total.kind}:{total.unit}" for total in totals)
    yield from (f"account {account}" for account in accounts)
    for _, lines in groupby(rows, key=lambda row: row.transaction_id):
        yield from _hledger_transaction(lines)
    if last_day is not None:
        yield ""
        yield f"{last_day} What each kind of account comes to"
        for total in totals:
            yield f"    {total.kind}:{total.unit}  0.00 {total.unit} ==* {_amount(-total.balance, total.unit)}"


def beancount(
    *,
    accounts: Iterable[JournalAccount],
    rows: Iterable[JournalRow],
    totals: Iterable[JournalTotal],
    last_day: date | None,
) -> Iterator[str]:
    """Lines that `bean-check` accepts. Debits are positive; the totals are asserted at the opening of the next day."""
    yield "; The journal of a Tallystick book. Debits are positive, credits negative."
    yield 'option "title" "Tallystick"'
    yield from (f"{BEFORE_EVERYTHING} commodity {unit}" for unit in Unit)
    totals = list(totals)
    yield from (f"{BEFORE_EVERYTHING} open {_family(total.kind, total.unit)} {total.unit}" for total in totals)
    yield from (f"{BEFORE_EVERYTHING} open {beancount_account(account)} {account.unit}" for account in accounts)
    for _, lines in groupby(rows, key=lambda row: row.transaction_id):
        yield from _beancount_transaction(lines)
    if last_day is not None:
        yield ""
        asserted_on = last_day + timedelta(days=1)
        for total in totals:
            amount = format_plain(-total.balance)
            yield f"{asserted_on} balance {_family(total.kind, total.unit)}  {amount} ~ 0 {total.unit}"


def beancount_account(account: JournalAccount) -> str:
    """An account under one of the five roots that beancount knows: "Liabilities:Council-tax:CR:01M8…"."""
    return f"{_family(account.kind, account.unit)}:{to_text(account.public_id)}"


def one_line(text: str, special: str = "") -> str:
    """The text on one line: a backslash, what cannot be printed and each `special` character become `\\x…` escapes."""
    return "".join(_escaped(symbol) if _is_special(symbol, special) else symbol for symbol in text)


def _hledger_transaction(rows: Iterable[JournalRow]) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number == 0:
            words = one_line(f"{row.kind} {row.narrative}".rstrip(), ";|")
            yield ""
            yield f"{row.effective_on} ({to_text(row.transaction_id)}) {words}"
            yield from (f"    ; {name}:{one_line(value, ',;[]')}" for name, value in _facts(row))
        yield f"    {row.debit}  {_amount(row.amount, row.debit.unit)}"
        yield f"    {row.credit}  {_amount(-row.amount, row.credit.unit)}"


def _beancount_transaction(rows: Iterable[JournalRow]) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number == 0:
            yield ""
            yield f"{row.effective_on} * {_quoted(row.kind)} {_quoted(row.narrative)}"
            yield f"  transaction: {_quoted(to_text(row.transaction_id))}"
            yield from (f"  {name}: {_quoted(value)}" for name, value in _facts(row))
        yield f"  {beancount_account(row.debit)}  {_amount(row.amount, row.debit.unit)}"
        yield f"  {beancount_account(row.credit)}  {_amount(-row.amount, row.credit.unit)}"


def _facts(row: JournalRow) -> Iterator[tuple[str, str]]:
    yield "posted-at", row.posted_at.isoformat()
    yield "actor", row.actor
    if row.reverses:
        yield "reverses", to_text(row.reverses)
    if row.corrects:
        yield "corrects", to_text(row.corrects)


def _family(kind: str, unit: str) -> str:
    """A part of a beancount account begins with a capital and holds letters, digits and dashes."""
    return f"Liabilities:{re.sub(r'[^a-z0-9]', '-', kind).capitalize()}:{unit}"


def _amount(amount: Amount, unit: str) -> str:
    return f"{format_plain(amount)} {unit}"


def _quoted(text: str) -> str:
    """A string of beancount: what `one_line` escapes keeps its backslash, doubled."""
    inside = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'


def _is_special(symbol: str, special: str) -> bool:
    return symbol == "\\" or symbol in special or not symbol.isprintable()


def _escaped(symbol: str) -> str:
    number = ord(symbol)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
