"""Take in what the revenues system took back later by itself: it goes back to its purses, in parts if need be."""

import hashlib
from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.book.posting import post_many
from ledger.council_tax.answer_file import Change, Changes, read_changes
from ledger.council_tax.answers import TakenIn, after_taking_back, check_ours
from ledger.council_tax.decided_postings import TAKE_BACK
from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.exchange_models import CouncilTaxAnswer
from ledger.council_tax.exchanged import (
    Caps,
    count_back,
    give_back,
    keep_answer,
    keep_lines,
    kept_answer,
    locked_items_named,
    move_items,
)
from ledger.council_tax.queries import APPLIED
from ledger.council_tax.returns import Return, return_postings
from ledger.council_tax.rules import CHANGEABLE, AnswerKind, ItemCode, Outcome
from ledger.council_tax.year_accounts import year_accounts
from ledger.errors import NotFound
from ledger.identifiers import from_text
from ledger.occasion import Occasion
from ledger.settings import Scheme


def take_changes(session: Session, *, content: bytes, scheme: Scheme, occasion: Occasion) -> TakenIn:
    """Take in a CTU file, in the caller's one unit of work: all that it says, or nothing; the same again, nothing.

    Files are numbered without a gap. Raises AnswerDamaged with line and field, AnswerDiffers.
    """
    file = read_changes(content)
    check_ours(file.authority, file.environment, scheme)
    kept = kept_answer(session, kind=AnswerKind.CHANGES, sequence=file.sequence)
    if kept is not None:
        if kept.digest != hashlib.sha256(content).digest():
            raise AnswerDiffers(sequence=file.sequence)
        return TakenIn(kind=AnswerKind.CHANGES, sequence=file.sequence, code="F00", again=True)
    _check_next(session, file)
    answer_id = keep_answer(
        session,
        kind=AnswerKind.CHANGES,
        sequence=file.sequence,
        batch_id=None,
        code="F00",
        content=content,
        occasion=occasion,
    )
    returned = _take_back(session, file, answer_id=answer_id, occasion=occasion)
    lines = len(file.changes)
    return TakenIn(
        kind=AnswerKind.CHANGES, sequence=file.sequence, code="F00", again=False, lines=lines, returned=returned
    )


def _check_next(session: Session, file: Changes) -> None:
    newest = select(func.max(CouncilTaxAnswer.sequence)).where(CouncilTaxAnswer.kind == AnswerKind.CHANGES)
    expected = (session.execute(newest).scalar_one() or 0) + 1
    if file.sequence != expected:
        raise AnswerDamaged(line=1, field="sequence", problem=f"is not {expected:06d}, the one that comes next")


def _take_back(session: Session, file: Changes, *, answer_id: UUID, occasion: Occasion) -> int:
    named = [_id_of(change) for change in file.changes]
    items = locked_items_named(session, named)
    taken: Counter[UUID] = Counter()
    befores: list[int] = []
    for change, item_id in zip(file.changes, named, strict=True):
        _check_change(change, items.get(item_id), taken[item_id], occasion)
        befores.append(items[item_id].returned + taken[item_id])
        taken[item_id] += change.amount
    caps: Caps = Counter()
    for item_id, amount in taken.items():
        count_back(caps, items[item_id], amount)
    give_back(session, caps)
    accounts = year_accounts(session, [item.financial_year for item in items.values()], kind=APPLIED, occasion=occasion)
    returns = [
        _return(items[item_id], change, before, accounts[items[item_id].financial_year])
        for change, item_id, before in zip(file.changes, named, befores, strict=True)
    ]
    postings = return_postings(session, returns, occasion)
    post_many(session.connection(), postings)
    move_items(session, [after_taking_back(items[item_id], amount) for item_id, amount in sorted(taken.items())])
    lines = enumerate(zip(file.changes, named, postings, strict=True), start=1)
    keep_lines(
        session,
        [_kept_line(change, item_id, posting.id, answer_id, line) for line, (change, item_id, posting) in lines],
    )
    return sum(taken.values())


def _id_of(change: Change) -> UUID:
    try:
        return from_text(change.txn_id)
    except NotFound:
        raise _damaged(change, "txn_id", "is of no item of ours") from None


def _check_change(change: Change, item: Any, taken: int, occasion: Occasion) -> None:
    """Refuse to take back what was not applied, or more than is left of it."""
    if item is None or item.code != ItemCode.REDUCTION:
        raise _damaged(change, "txn_id", "is of no reduction of ours")
    if item.state not in CHANGEABLE:
        raise _damaged(change, "txn_id", f"is of an item that is {item.state}")
    left = item.amount - item.returned - taken
    if change.amount > left:
        raise _damaged(change, "pence taken back", f"is more than the {left} left of it")
    if change.on > occasion.today:
        raise _damaged(change, "date", "is a day that has not come")


def _return(item: Any, change: Change, before: int, applied: int) -> Return:
    return Return(
        item_id=item.id,
        capture_id=item.transaction_id,
        resident_id=item.resident_id,
        kind=TAKE_BACK,
        debit=applied,
        amount=change.amount,
        before=before,
    )


def _kept_line(change: Change, item_id: UUID, returned_id: UUID, answer_id: UUID, line: int) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "answer_id": answer_id,
        "line": line,
        "outcome": Outcome.TAKEN_BACK.value,
        "code": change.code,
        "amount": change.amount,
        "posted_on": change.on,
        "returned_id": returned_id,
    }


def _damaged(change: Change, field: str, problem: str) -> AnswerDamaged:
    return AnswerDamaged(line=change.row, field=field, problem=problem)
