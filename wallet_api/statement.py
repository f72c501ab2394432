"""A resident's transactions in words: with whom, what for, how much, and what was in the wallet after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.clock import london_date
from ledger.council_tax.queries import item_references
from ledger.earning.queries import awards_of
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.redemption.queries import redemptions_of_transactions
from ledger.wallets.queries import Movement, movements_of
from shared_web.db import Session

VERBS = {
    "award": "thanked",
    "redeem": "spent",
    "void": "given back",
    "refund": "given back",
    "council_tax": "sent to council tax",
    "council_tax_returned": "given back",
    "council_tax_taken_back": "given back",
    "council_tax_undone": "given back",
    "expire": "ended",
}
TITLES = {
    "council_tax": "Council tax",
    "council_tax_returned": "Council tax",
    "council_tax_taken_back": "Council tax",
    "council_tax_undone": "Council tax",
    "expire": "Credits that ended",
}
OTHER_TITLE, OTHER_VERB = "Correction", "put right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transaction as a page shows it. Minor units; `reference` is what people read out."""

    id: str
    title: str
    verb: str
    kind: str
    at: datetime
    change: Amount
    balance: Amount
    reference: str

    @property
    def day(self) -> date:
        """The London day it was written down."""
        return london_date(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What came in and went out in one month, newest first, and what was in the wallet at both ends."""

    first: date
    lines: tuple[Line, ...]
    opening: Amount
    closing: Amount

    @property
    def came_in(self) -> Amount:
        """All that came in."""
        return sum(line.change for line in self.lines if line.change > 0)

    @property
    def went_out(self) -> Amount:
        """All that went out, below 0."""
        return sum(line.change for line in self.lines if line.change < 0)


def latest(session: Session, *, resident_id: UUID, most: int) -> list[Line]:
    """A resident's newest transactions."""
    return describe(session, movements_of(session, resident_id=resident_id, most=most), resident_id=resident_id)


def describe(session: Session, movements: Sequence[Movement], *, resident_id: UUID) -> list[Line]:
    """Some of a resident's own movements in words, in the order given."""
    ids = [movement.transaction_id for movement in movements]
    taken = redemptions_of_transactions(session, transaction_ids=ids)
    awards = {award.transaction_id: award.title for award in awards_of(session, resident_id=resident_id)}
    references = {one: redemption.reference for one, redemption in taken.items()}
    references |= item_references(session, transaction_ids=ids)
    names = awards | {one: redemption.merchant_name for one, redemption in taken.items()}
    return [_line(movement, names, references) for movement in movements]


def _line(movement: Movement, names: dict[UUID, str], references: dict[UUID, str]) -> Line:
    identity = movement.transaction_id
    return Line(
        id=to_text(identity),
        title=names.get(identity) or TITLES.get(movement.kind, OTHER_TITLE),
        verb=VERBS.get(movement.kind, OTHER_VERB),
        kind=movement.kind,
        at=movement.posted_at,
        change=movement.change,
        balance=movement.balance,
        reference=references.get(identity) or to_text(identity),
    )


def month_of(session: Session, movements: Sequence[Movement], *, first: date, resident_id: UUID, now: Amount) -> Month:
    """The month that begins on `first`, of all of a resident's movements, newest first, and what is there `now`."""
    after = [movement for movement in movements if _month(movement) > first]
    within = [movement for movement in movements if _month(movement) == first]
    closing = _before(after, now)
    return Month(
        first=first,
        lines=tuple(describe(session, within, resident_id=resident_id)),
        opening=_before(within, closing),
        closing=closing,
    )


def months_with_movements(movements: Iterable[Movement]) -> list[date]:
    """The first day of each month in which something moved, newest first."""
    return list(dict.fromkeys(_month(movement) for movement in movements))


def _month(movement: Movement) -> date:
    return london_date(movement.posted_at).replace(day=1)


def _before(movements: Sequence[Movement], otherwise: Amount) -> Amount:
    """What was in the wallet before the oldest of these."""
    return movements[-1].balance - movements[-1].change if movements else otherwise
