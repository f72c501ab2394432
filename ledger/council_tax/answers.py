"""Take in what the revenues system answered to a file: once, whole, every line of it."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.council_tax.answer_codes import FileVerdict, refuses_all
from ledger.council_tax.answer_file import AnswerLine, Response, read_response
from ledger.council_tax.answered import Decision, decisions
from ledger.council_tax.decided_postings import post_decided
from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.exchanged import (
    Caps,
    Kept,
    Move,
    count_back,
    count_item_back,
    give_back,
    keep_answer,
    keep_lines,
    kept_answer,
    locked_items,
    move_items,
)
from ledger.council_tax.held_again import hold_again
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.rules import AnswerKind, BatchState, ItemState, Outcome
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.settings import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What taking in a file did: `again` where it was taken in before, and so nothing. Pence."""

    kind: AnswerKind
    sequence: int
    code: str
    again: bool
    lines: int = 0
    applied: Amount = 0
    returned: Amount = 0

    @property
    def rejects_all(self) -> bool:
        """Whether by this answer the revenues system refused the whole file."""
        return refuses_all(self.code)


def take_response(session: Session, *, content: bytes, scheme: Scheme, occasion: Occasion) -> TakenIn:
    """Take in a CTR 1 file, in the caller's one unit of work: it does all that it says, or nothing.

    What was applied leaves transit; the rest goes back to the purses it came from, and to the caps; what was deferred
    stays on its way. Where the whole file was refused its items are held again. The same answer again does nothing.
    Raises AnswerDamaged with line and field, AnswerDiffers.
    """
    response = read_response(content)
    check_ours(response.authority, response.environment, scheme)
    found = _locked_batch(session, response.sequence)
    kept = kept_answer(session, kind=AnswerKind.RESPONSE, sequence=response.sequence)
    if kept is not None:
        return _said_before(response, kept, content)
    if bytes(found.digest).hex() != response.sha256:
        raise _in_header("SHA-256", "is not that of our file of this number")
    if found.state != BatchState.RELEASED:
        raise _in_header("sequence", "is of a file that was not released")
    answer_id = keep_answer(
        session,
        kind=AnswerKind.RESPONSE,
        sequence=response.sequence,
        batch_id=found.id,
        code=response.code,
        content=content,
        occasion=occasion,
    )
    done = TakenIn(kind=AnswerKind.RESPONSE, sequence=response.sequence, code=response.code, again=False)
    if response.verdict == FileVerdict.REFUSED:
        lines = hold_again(session, batch_id=found.id, now=ItemState.SENT, occasion=occasion)
        done = replace(done, lines=lines)
    else:
        done = _apply(session, response, answer_id=answer_id, batch_id=found.id, done=done, occasion=occasion)
    answered = update(CouncilTaxBatch).where(CouncilTaxBatch.id == found.id).values(state=BatchState.ANSWERED.value)
    session.connection().execute(answered)
    return done


def check_ours(authority: str, environment: str, scheme: Scheme) -> None:
    """Refuse a file of another council, or of the other environment. Raises AnswerDamaged."""
    if authority != scheme.authority:
        raise _in_header("authority", "is another council's")
    if environment != scheme.environment:
        raise _in_header("environment", "is not ours")


def _in_header(field: str, problem: str) -> AnswerDamaged:
    return AnswerDamaged(line=1, field=field, problem=problem)


def _locked_batch(session: Session, sequence: int) -> Any:
    """The batch that an answer is about, locked: two who take the same in wait for each other."""
    columns = (CouncilTaxBatch.id, CouncilTaxBatch.state, CouncilTaxBatch.digest)
    query = select(*columns).where(CouncilTaxBatch.sequence == sequence).with_for_update()
    found = session.connection().execute(query).one_or_none()
    if found is None:
        raise _in_header("sequence", "is of no file of ours")
    return found


def _said_before(response: Response, kept: Kept, content: bytes) -> TakenIn:
    """Nothing, where the same was said before: in the same bytes, or line by line (F02)."""
    if kept.digest != hashlib.sha256(content).digest():
        before = read_response(kept.content)
        same = before.verdict == response.verdict and _said(before.lines) == _said(response.lines)
        if before.sha256 != response.sha256 or not same:
            raise AnswerDiffers(sequence=response.sequence)
    return TakenIn(kind=AnswerKind.RESPONSE, sequence=response.sequence, code=response.code, again=True)


def _said(lines: Sequence[AnswerLine]) -> list[AnswerLine]:
    return sorted((replace(line, row=0) for line in lines), key=lambda line: line.line)


def _apply(
    session: Session, response: Response, *, answer_id: UUID, batch_id: UUID, done: TakenIn, occasion: Occasion
) -> TakenIn:
    items = locked_items(session, batch_id=batch_id)
    found = decisions(response, items, batch_id=batch_id, today=occasion.today)
    give_back(session, _caps(found, items))
    applied, returned = post_decided(session, found, items, occasion)
    move_items(session, [*_moves(found, applied, returned), *_original_moves(found, items)])
    keep_lines(session, [_kept_line(one, answer_id, applied, returned) for one in found])
    return replace(
        done,
        lines=len(found),
        applied=sum(one.applied for one in found if one.reduces),
        returned=sum(one.returned if one.reduces else one.applied for one in found),
    )


def _caps(found: Sequence[Decision], items: Mapping[UUID, Any]) -> Caps:
    caps: Caps = Counter()
    for one in found:
        if not one.reduces:
            count_back(caps, items[one.item.original_id], one.applied)
        elif one.returned:
            count_back(caps, one.item, one.returned)
        if one.reduces and one.said.outcome == Outcome.REJECTED:
            count_item_back(caps, one.item)
    return +caps


def _moves(found: Sequence[Decision], applied: Mapping[UUID, UUID], returned: Mapping[UUID, UUID]) -> list[Move]:
    return [
        Move(
            item_id=one.item.id,
            state=one.state,
            returned=one.item.returned + one.returned,
            transaction_id=one.item.transaction_id if one.reduces else returned.get(one.item.id),
            retry_on=one.said.retry_on,
        )
        for one in found
    ]


def _original_moves(found: Sequence[Decision], items: Mapping[UUID, Any]) -> list[Move]:
    """Where the reductions stand that were reversed: taken back once nothing of them is left."""
    back: Counter[UUID] = Counter()
    for one in found:
        if not one.reduces:
            back[one.item.original_id] += one.applied
    return [after_taking_back(items[item_id], amount) for item_id, amount in sorted(back.items()) if amount]


def after_taking_back(item: Any, amount: Amount) -> Move:
    """Where a reduction stands after so much more of it was taken back."""
    returned = item.returned + amount
    state = ItemState.CLAWED_BACK if returned == item.amount else ItemState(item.state)
    return Move(item_id=item.id, state=state, returned=returned, transaction_id=item.transaction_id)


def _kept_line(
    one: Decision, answer_id: UUID, applied: Mapping[UUID, UUID], returned: Mapping[UUID, UUID]
) -> dict[str, Any]:
    return {
        "item_id": one.item.id,
        "answer_id": answer_id,
        "line": one.said.line,
        "outcome": one.said.outcome.value,
        "code": one.said.code,
        "amount": one.applied,
        "posted_on": one.said.posted_on,
        "bill": one.said.bill,
        "retry_on": one.said.retry_on,
        "applied_id": applied.get(one.item.id),
        "returned_id": returned.get(one.item.id),
    }
