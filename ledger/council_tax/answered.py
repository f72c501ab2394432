"""Pure rules of an answer: which item each of its lines is about, and what it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from ledger.council_tax.answer_codes import STATE_AFTER
from ledger.council_tax.answer_file import AnswerLine, Response
from ledger.council_tax.errors import AnswerDamaged
from ledger.council_tax.rules import ItemCode, ItemState, Outcome
from ledger.identifiers import to_text
from ledger.money import Amount

ONLY_OF_REVERSALS = frozenset({"D09", "D10"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided of one item: pence applied, and for a reduction pence that go back."""

    said: AnswerLine
    item: Any
    applied: Amount
    returned: Amount

    @property
    def reduces(self) -> bool:
        """Whether the item is a reduction, not a reversal of one."""
        return bool(self.item.code == ItemCode.REDUCTION)

    @property
    def state(self) -> ItemState:
        """Where the item stands by it."""
        return STATE_AFTER[self.said.outcome]


def decisions(response: Response, items: Mapping[UUID, Any], *, batch_id: UUID, today: date) -> list[Decision]:
    """What a response says of every item of the batch, in its order.

    Raises AnswerDamaged unless each line is answered once, within what was sent, and the totals are those of the lines.
    """
    sent = {item.line: item for item in items.values() if item.batch_id == batch_id}
    found: list[Decision] = []
    for said in response.lines:
        item = sent.pop(said.line, None)
        if item is None:
            raise _damaged(said, "line", "is in no line of our file, or was answered before")
        found.append(_decision(said, item, today=today))
    if sent:
        problem = f"our line {min(sent):06d} is not answered"
        raise AnswerDamaged(line=response.last_row, field="count", problem=problem)
    for name, said_total, reduces in (("RED", response.reductions, True), ("reversal", response.reversals, False)):
        if said_total != sum(one.applied for one in found if one.reduces == reduces):
            field = f"{name} pence applied"
            raise AnswerDamaged(line=response.last_row, field=field, problem="is not what the lines come to")
    _check_reversals(found, items)
    return found


def _decision(said: AnswerLine, item: Any, *, today: date) -> Decision:
    if said.txn_id != to_text(item.id):
        raise _damaged(said, "txn_id", "is not that of our line")
    if item.state != ItemState.SENT:
        raise _damaged(said, "txn_id", f"is of an item that is {item.state}")
    whole = said.applied == item.amount
    if said.applied > item.amount or (said.outcome == Outcome.PARTLY and whole):
        raise _damaged(said, "pence applied", f"cannot be {said.applied} of {item.amount}")
    if said.outcome == Outcome.APPLIED and not whole:
        raise _damaged(said, "pence applied", f"is {said.applied}, though all of {item.amount} was applied")
    if said.posted_on is not None and said.posted_on > today:
        raise _damaged(said, "date posted", "is a day that has not come")
    if said.code in ONLY_OF_REVERSALS and item.code == ItemCode.REDUCTION:
        raise _damaged(said, "item code", "is one of reversals alone")
    goes_back = item.code == ItemCode.REDUCTION and said.outcome != Outcome.DEFERRED
    returned = item.amount - said.applied if goes_back else 0
    return Decision(said=said, item=item, applied=said.applied, returned=returned)


def _check_reversals(found: Iterable[Decision], items: Mapping[UUID, Any]) -> None:
    """No reversal takes more than is left of what it reverses, others in the same file counted."""
    left = {item.id: item.amount - item.returned for item in items.values()}
    for one in found:
        if not one.reduces:
            left[one.item.original_id] -= one.applied
            if left[one.item.original_id] < 0:
                raise _damaged(one.said, "pence applied", "takes back more than was applied")


def _damaged(said: AnswerLine, field: str, problem: str) -> AnswerDamaged:
    return AnswerDamaged(line=said.row, field=field, problem=problem)
