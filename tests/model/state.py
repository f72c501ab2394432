"""What the model of the book stands in, and how it refuses."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.model.operations import Answer, Move, Operation, refused

CEILING = 10**12


class Refused(Exception):
    """An operation is refused: its answer."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.answer = refused(code, **facts)


@dataclass
class State:
    """All there is: accounts, holds, transactions, answered keys and closed months."""

    accounts: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[Operation, Answer]] = field(default_factory=dict)
    months: list[dict[str, Any]] = field(default_factory=list)


def check_form(move: Move) -> None:
    """Refuse what could never be a transaction."""
    bad = not move.lines or any(
        type(amount) is not int or not 1 <= amount <= CEILING or debit == credit for debit, credit, amount in move.lines
    )
    if bad:
        raise Refused("posting_malformed")


def credited_by(accounts: list[dict[str, Any]], last: date) -> tuple[tuple[tuple[str, bool], int], ...]:
    """What was credited up to a day to the accounts of each unit, the strict ones apart."""
    totals: dict[tuple[str, bool], int] = {}
    for account in accounts:
        name = (account["unit"], account["strict"])
        by_then = sum(change for _at, day, change in account["history"] if day <= last and change > 0)
        totals[name] = totals.get(name, 0) + by_then
    return tuple(sorted((name, total) for name, total in totals.items() if total))
