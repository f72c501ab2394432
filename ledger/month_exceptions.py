"""The exceptions of a month: what went otherwise than it should, a line for each kind, how many, what they come to."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledger.book.models import Transaction, Transfer
from ledger.book.periods import last_of_month
from ledger.check_books import check_books
from ledger.clock import london_date, london_midnight
from ledger.corrections.models import Correction, Dispute
from ledger.corrections.rules import CorrectionKind
from ledger.council_tax.answer_codes import refuses_all
from ledger.council_tax.calendar import Lateness, lateness
from ledger.council_tax.exchange_models import (
    CouncilTaxAnswer,
    CouncilTaxAnswerLine,
    CouncilTaxRebuild,
    CouncilTaxRelease,
)
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLine
from ledger.council_tax.rules import AnswerKind, ItemCode, Outcome
from ledger.money import Amount
from ledger.nights.models import Night, NightStep
from ledger.nights.rules import NightState, has_ended
from ledger.spreadsheets import Cell, Column, Kind, Table

_LATE = MappingProxyType(
    {
        Lateness.LATE: (
            "Answers late",
            "Files without their answer a working day after it was expected",
        ),
        Lateness.OVERDUE: (
            "Answers overdue",
            "Files without their answer three working days after it was expected",
        ),
    }
)
_ITEMS: Mapping[tuple[Outcome, bool], tuple[str, str]] = MappingProxyType(
    {
        (Outcome.REJECTED, True): (
            "Items refused",
            "Applications of which nothing came off a bill; the credits went back",
        ),
        (Outcome.PARTLY, True): ("Items applied in part", "Applications of which this did not come off a bill"),
        (Outcome.DEFERRED, True): ("Items deferred", "Applications that the revenues system put off; they leave again"),
        (Outcome.TAKEN_BACK, True): ("Items taken back", "Reductions that the revenues system took back later"),
        (Outcome.REJECTED, False): ("Reversals refused", "Reductions that we asked back and that stay on the bill"),
        (Outcome.PARTLY, False): (
            "Reversals in part",
            "Reductions that we asked back, of which this stays on the bill",
        ),
        (Outcome.DEFERRED, False): ("Reversals deferred", "Reductions that we asked back, put off; they leave again"),
    }
)
"""What to say of items by the answer to them, and whether they reduce a bill or reverse that."""
_CORRECTIONS = MappingProxyType(
    {
        CorrectionKind.REVERSAL: ("Reversals by two", "Over what one officer may reverse alone in a day; two agreed"),
        CorrectionKind.ADJUSTMENT: ("Adjustments by hand", "Amounts that two officers moved between accounts"),
    }
)
_LOOKS = ("moved", "refused", "rejecting", "problem")
"""The figures of a night's steps that say, where they are not empty, that somebody must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """A London month: its days, the instant at which it begins, and the first that is of the next."""

    first: date
    last: date
    start: datetime
    end: datetime

    def has(self, at: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        return (at >= self.start) & (at < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exception:
    """A kind of exception: its name, what it is in words, how many, and minor units where it has an amount."""

    name: str
    words: str
    number: int
    amount: Amount | None = None


def exceptions_of(session: Session, *, month: date) -> Table:
    """What was out of the ordinary in the London month that begins on this day, and what check-books finds now.

    Each kind that there was has a line: its name, what it is in words, how many, and minor units or pence; None where
    it has no amount. Nothing in it is of a person.
    """
    last = last_of_month(month)
    of = _Month(first=month, last=last, start=london_midnight(month), end=london_midnight(last + timedelta(days=1)))
    found = [one for kind in _KINDS for one in kind(session, of) if one.number]
    rows: list[list[Cell]] = [[one.name, one.words, one.number, one.amount] for one in found]
    columns = [
        Column(heading="Exception"),
        Column(heading="In words"),
        Column(heading="How many", kind=Kind.NUMBER),
        Column(heading="CR or £", kind=Kind.AMOUNT),
    ]
    return Table(title="Exceptions", columns=columns, rows=rows)


def _answers(session: Session, of: _Month) -> Iterator[_Exception]:
    """Files that waited for their answer in the month, as they stood when it came, or when the month ended."""
    query = (
        select(CouncilTaxRelease.released_at, CouncilTaxBatch.reductions, CouncilTaxAnswer.taken_at)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxRelease.batch_id)
        .outerjoin(CouncilTaxAnswer, CouncilTaxAnswer.batch_id == CouncilTaxBatch.id)
        .where(CouncilTaxRelease.released_at < of.end)
        .where(CouncilTaxAnswer.id.is_(None) | (CouncilTaxAnswer.taken_at >= of.start))
    )
    number, amount = Counter[Lateness](), Counter[Lateness]()
    for row in session.execute(query):
        stood = lateness(row.released_at, now=min(row.taken_at or of.end, of.end))
        number[stood] += 1
        amount[stood] += row.reductions
    for stood, (name, words) in _LATE.items():
        yield _Exception(name=name, words=words, number=number[stood], amount=amount[stood])


def _files(session: Session, of: _Month) -> Iterator[_Exception]:
    """Files that the revenues system refused whole, and those that our own officers sent back before they left."""
    answered = (
        select(CouncilTaxAnswer.code, CouncilTaxBatch.reductions)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxAnswer.batch_id)
        .where(CouncilTaxAnswer.kind == AnswerKind.RESPONSE, of.has(CouncilTaxAnswer.taken_at))
    )
    refused = [row.reductions for row in session.execute(answered) if refuses_all(row.code)]
    words = "Files that the revenues system refused; their items were held again"
    yield _Exception(name="Files refused whole", words=words, number=len(refused), amount=sum(refused))
    lines = (CouncilTaxLine.batch_id == CouncilTaxRebuild.batch_id) & CouncilTaxLine.taken_out_at.is_not(None)
    reduces = (CouncilTaxItem.id == CouncilTaxLine.item_id) & (CouncilTaxItem.code == ItemCode.REDUCTION)
    query = (
        select(func.count(CouncilTaxRebuild.batch_id.distinct()), func.coalesce(func.sum(CouncilTaxItem.amount), 0))
        .outerjoin(CouncilTaxLine, lines)
        .outerjoin(CouncilTaxItem, reduces)
        .where(of.has(CouncilTaxRebuild.rebuilt_at))
    )
    number, amount = session.execute(query).one()
    words = "Files that an officer sent back before they left; each left empty"
    yield _Exception(name="Files sent back", words=words, number=number, amount=int(amount))


def _items(session: Session, of: _Month) -> Iterator[_Exception]:
    """What the answers of the month did not do as it was asked, by outcome."""
    query = (
        select(
            CouncilTaxAnswerLine.outcome,
            CouncilTaxItem.code,
            func.count().label("number"),
            func.sum(CouncilTaxItem.amount).label("asked"),
            func.sum(CouncilTaxAnswerLine.amount).label("done"),
        )
        .join(CouncilTaxAnswer, CouncilTaxAnswer.id == CouncilTaxAnswerLine.answer_id)
        .join(CouncilTaxItem, CouncilTaxItem.id == CouncilTaxAnswerLine.item_id)
        .where(of.has(CouncilTaxAnswer.taken_at))
        .group_by(CouncilTaxAnswerLine.outcome, CouncilTaxItem.code)
    )
    number, amount = Counter[tuple[Outcome, bool]](), Counter[tuple[Outcome, bool]]()
    for row in session.execute(query):
        which = (Outcome(row.outcome), row.code == ItemCode.REDUCTION)
        number[which] += row.number
        amount[which] += int(row.done if which[0] is Outcome.TAKEN_BACK else row.asked - row.done)
    for which, (name, words) in _ITEMS.items():
        yield _Exception(name=name, words=words, number=number[which], amount=amount[which])


def _disputes(session: Session, of: _Month) -> Iterator[_Exception]:
    """Disputes that stood past their day in the month, whether they were answered since or not."""
    moved = select(func.sum(Transfer.amount)).where(Transfer.transaction_id == Dispute.transaction_id)
    query = select(Dispute.due_on, Dispute.answered_at, moved.scalar_subquery().label("amount")).where(
        Dispute.due_on < of.last, Dispute.answered_at.is_(None) | (Dispute.answered_at >= of.start)
    )
    late = [
        int(row.amount)
        for row in session.execute(query)
        if row.answered_at is None or london_date(row.answered_at) > row.due_on
    ]
    words = "Disputes that were not answered by their day; the amounts are those of what is disputed"
    yield _Exception(name="Disputes overdue", words=words, number=len(late), amount=sum(late))


def _nights(session: Session, of: _Month) -> Iterator[_Exception]:
    """Nights of the month that did not end, that failed before they ended, and that told somebody to look."""
    columns = (Night.business_date, Night.state, Night.run, NightStep.at, NightStep.figures)
    query = select(*columns).outerjoin(NightStep, NightStep.night_id == Night.id)
    nights: dict[date, list[Any]] = {}
    for row in session.execute(query.where(Night.business_date.between(of.first, of.last))):
        nights.setdefault(row.business_date, []).append(row)
    undone = sum(steps[0].state != NightState.DONE for steps in nights.values())
    yield _Exception(name="Nights not done", words="Nights that have not ended well so far", number=undone)
    again = sum(steps[0].state == NightState.DONE and _failed_before(steps) for steps in nights.values())
    yield _Exception(name="Nights run again", words="Nights that failed, and ended well when run again", number=again)
    looks = sum(any((one.figures or {}).get(name) for one in steps for name in _LOOKS) for steps in nights.values())
    words = "Nights that told somebody to look: an answer or a file that did not go, or rules that were changed"
    yield _Exception(name="Nights with a LOOK", words=words, number=looks)


def _failed_before(steps: list[Any]) -> bool:
    """Whether a night took more than one run, though none of them was meant to come before its day had ended."""
    on_purpose = any(one.at is not None and not has_ended(one.business_date, at=one.at) for one in steps)
    return bool(steps[0].run > 1 and not on_purpose)


def _corrections(session: Session, of: _Month) -> Iterator[_Exception]:
    """What two officers put right because it was over what one may."""
    query = (
        select(Correction.kind, func.count(Correction.id.distinct()).label("number"), func.sum(Transfer.amount))
        .join(Transaction, Transaction.id == Correction.transaction_id)
        .join(Transfer, Transfer.transaction_id == Transaction.id)
        .where(Correction.proposal_id.is_not(None), Transaction.effective_on.between(of.first, of.last))
        .group_by(Correction.kind)
    )
    found = {kind: (number, int(amount)) for kind, number, amount in session.execute(query)}
    for kind, (name, words) in _CORRECTIONS.items():
        number, amount = found.get(kind, (0, 0))
        yield _Exception(name=name, words=words, number=number, amount=amount)


def _books(session: Session, _of: _Month) -> Iterator[_Exception]:
    """What check-books finds: the books as they stand now, whatever the month."""
    for finding in check_books(session):
        yield _Exception(name=finding.id, words=f"{finding.subject}: {finding.message}", number=1)


_KINDS: tuple[Callable[[Session, _Month], Iterator[_Exception]], ...] = (
    _books,
    _answers,
    _files,
    _items,
    _disputes,
    _nights,
    _corrections,
)
