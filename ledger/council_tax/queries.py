"""What stands of the council-tax reduction: a resident's link, use and items, and the council's nightly batches."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Select, func, select
from sqlalchemy.orm import Session

from ledger.book.errors import InsufficientCredits
from ledger.book.models import Account, Transfer
from ledger.book.rules import Unit
from ledger.clock import financial_year
from ledger.council_tax.calendar import year_owner
from ledger.council_tax.decision_queries import decision_of_year
from ledger.council_tax.departures import next_departure
from ledger.council_tax.errors import NotReleased
from ledger.council_tax.exchange_models import CouncilTaxRebuild
from ledger.council_tax.models import CouncilTaxBatch, CouncilTaxItem, CouncilTaxLine, CouncilTaxLink
from ledger.council_tax.rules import (
    UNRELEASED,
    BatchState,
    ItemCode,
    ItemState,
    LinkRole,
    Reason,
    account_owner,
    check_amount,
    read_item_reference,
)
from ledger.council_tax.views import BatchFile, BatchView, Drawn, ItemView, LinkView, Preview, YearUse
from ledger.errors import NotFound
from ledger.money import Amount
from ledger.outages import Busy
from ledger.settings import SchemeRules
from ledger.wallets.queries import cap_used, wallet_of
from ledger.wallets.rules import Cap, draw

IN_TRANSIT, APPLIED = "council_tax_in_transit", "council_tax_applied"
PIECE = 1 << 20
"""Bytes of a file that are read at once."""


def link_of(session: Session, *, resident_id: UUID) -> LinkView | None:
    """A resident's live link, or None."""
    query = select(CouncilTaxLink).where(CouncilTaxLink.resident_id == resident_id, CouncilTaxLink.ended_at.is_(None))
    link = session.execute(query).scalar_one_or_none()
    if link is None:
        return None
    return LinkView(
        id=link.id,
        account_ref=link.account_ref,
        check_character=link.check_character,
        uprn=link.uprn,
        role=LinkRole(link.role),
        linked_at=link.linked_at,
    )


def residents_linked(session: Session, *, base: str) -> list[UUID]:
    """The residents with a live link to the council-tax account of this base."""
    query = select(CouncilTaxLink.resident_id).where(
        CouncilTaxLink.account_ref == base, CouncilTaxLink.ended_at.is_(None)
    )
    return list(session.execute(query.order_by(CouncilTaxLink.resident_id)).scalars())


def use_this_year(session: Session, *, resident_id: UUID, now: datetime, rules: SchemeRules) -> YearUse:
    """What counts against the caps on an application made now; the account's is 0 where there is no live link."""
    day = next_departure(session, now=now, rules=rules)
    link = link_of(session, resident_id=resident_id)
    cap = Cap.COUNCIL_TAX_A_YEAR
    account_used = 0
    if link is not None:
        account_used = cap_used(session, owner_id=account_owner(link.account_ref), cap=cap, day=day)
    decided = decision_of_year(session, year=financial_year(day))
    return YearUse(
        year=financial_year(day),
        limit=min(rules.council_tax_a_year, decided.decision.account_cap) if decided else 0,
        resident_limit=min(rules.council_tax_a_year, decided.decision.resident_cap) if decided else 0,
        account_used=account_used,
        resident_used=cap_used(session, owner_id=resident_id, cap=cap, day=day),
    )


def preview(session: Session, *, resident_id: UUID, amount: Amount, now: datetime, rules: SchemeRules) -> Preview:
    """What an application made now would do, for the page that asks whether to go on; nothing is written.

    Raises BelowMinimum, InsufficientCredits; caps are decided by the application alone, `use_this_year` tells of them.
    """
    check_amount(amount, rules)
    wallet = wallet_of(session, resident_id=resident_id, now=now)
    if wallet.available < amount:
        raise InsufficientCredits(available=wallet.available, needed=amount)
    return Preview(
        leaves_on=next_departure(session, now=now, rules=rules),
        available_after=wallet.available - amount,
        drawn=tuple(Drawn(expires_on=purse.expires_on, amount=taken) for purse, taken in draw(wallet.purses, amount)),
    )


def items_of(session: Session, *, resident_id: UUID) -> list[ItemView]:
    """A resident's items, newest first; what officers asked to take back of them is told by what was returned."""
    query = items_joined().where(CouncilTaxItem.resident_id == resident_id, CouncilTaxItem.code == ItemCode.REDUCTION)
    rows = session.execute(query.order_by(CouncilTaxItem.applied_at.desc(), CouncilTaxItem.id.desc()))
    return [item_view(row._asdict()) for row in rows]


def item(session: Session, *, reference: str, resident_id: UUID) -> ItemView:
    """One item of a resident. Raises NotFound, also for another's."""
    called = CouncilTaxItem.reference == read_item_reference(reference)
    own = (CouncilTaxItem.resident_id == resident_id, CouncilTaxItem.code == ItemCode.REDUCTION)
    query = items_joined().where(called, *own)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("council-tax item")
    return item_view(row._asdict())


def item_references(session: Session, *, transaction_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Which item each of these transactions took into its batch, by the item's reference."""
    query = select(CouncilTaxItem.transaction_id, CouncilTaxItem.reference)
    query = query.where(CouncilTaxItem.code == ItemCode.REDUCTION)
    rows = session.execute(query.where(CouncilTaxItem.transaction_id.in_(transaction_ids)))
    return {row.transaction_id: row.reference for row in rows}


def items_joined() -> Select[*tuple[Any, ...]]:
    """What `item_view` reads, of every item; the caller says of which."""
    return (
        select(
            CouncilTaxItem.id,
            CouncilTaxItem.reference,
            CouncilTaxItem.state,
            CouncilTaxItem.code,
            CouncilTaxItem.reason,
            CouncilTaxItem.amount,
            CouncilTaxItem.returned,
            CouncilTaxItem.applied_at,
            CouncilTaxItem.leaves_on,
            CouncilTaxItem.cancelled_at,
            CouncilTaxItem.retry_on,
            CouncilTaxItem.financial_year,
            CouncilTaxItem.transaction_id,
            CouncilTaxLink.account_ref,
            CouncilTaxLink.check_character,
            CouncilTaxBatch.sequence,
            CouncilTaxBatch.built_at,
        )
        .join(CouncilTaxLink, CouncilTaxLink.id == CouncilTaxItem.link_id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxItem.batch_id, isouter=True)
    )


def item_view(row: dict[str, Any]) -> ItemView:
    """A row of `items_joined` as a value."""
    kinds = {"state": ItemState, "code": ItemCode, "reason": Reason}
    return ItemView(**row | {name: kind(row[name]) for name, kind in kinds.items()})


def batches(session: Session, *, through: int | None = None, most: int | None = None) -> list[BatchView]:
    """Every batch, newest first; with `through`, up to that one of the sequence, and `most` of them."""
    query = _batches().order_by(CouncilTaxBatch.sequence.desc()).limit(most)
    if through is not None:
        query = query.where(CouncilTaxBatch.sequence <= through)
    return [_batch(row) for row in session.execute(query)]


def batch(session: Session, *, sequence: int) -> BatchView:
    """One batch. Raises NotFound."""
    row = session.execute(_batches().where(CouncilTaxBatch.sequence == sequence)).one_or_none()
    if row is None:
        raise NotFound("batch")
    return _batch(row)


def batch_on(session: Session, *, business_date: date) -> BatchView | None:
    """The batch of a business date, or None where it was not built."""
    row = session.execute(_batches().where(CouncilTaxBatch.business_date == business_date)).one_or_none()
    return None if row is None else _batch(row)


def batch_id_of(session: Session, sequence: int) -> UUID:
    """The id of a batch. Raises NotFound."""
    found = session.execute(select(CouncilTaxBatch.id).where(CouncilTaxBatch.sequence == sequence)).scalar_one_or_none()
    if found is None:
        raise NotFound("batch")
    return found


def batch_file(session: Session, *, sequence: int) -> BatchFile:
    """A batch's file from the books. Raises NotFound; Busy where another takes its place while it is read."""
    length = func.length(CouncilTaxBatch.file_bytes).label("length")
    query = (
        select(CouncilTaxBatch.file_name, CouncilTaxBatch.digest, length, CouncilTaxRebuild.digest.label("before"))
        .join(CouncilTaxRebuild, CouncilTaxRebuild.batch_id == CouncilTaxBatch.id, isouter=True)
        .where(CouncilTaxBatch.sequence == sequence)
    )
    row = session.execute(query).one_or_none()
    if row is None or row.length is None:
        raise NotFound("batch")
    return BatchFile(
        name=row.file_name,
        content=b"".join(_pieces(session, sequence, row)),
        sha256=bytes(row.digest).hex(),
        replaces=None if row.before is None else bytes(row.before).hex(),
    )


def released_file(session: Session, *, sequence: int) -> BatchFile:
    """A batch's file, to be taken out of the building. Raises NotFound; NotReleased before two officers released it."""
    if batch(session, sequence=sequence).state in UNRELEASED:
        raise NotReleased
    return batch_file(session, sequence=sequence)


def _pieces(session: Session, sequence: int, file: Any) -> Iterator[bytes]:
    """The bytes of a file, so many at once: the driver keeps several copies of each value that it reads."""
    this_file = (CouncilTaxBatch.sequence == sequence, CouncilTaxBatch.digest == file.digest)
    for first in range(1, file.length + 1, PIECE):
        piece = func.substr(CouncilTaxBatch.file_bytes, first, PIECE, type_=LargeBinary)
        found = session.execute(select(piece).where(*this_file)).scalar_one_or_none()
        if found is None:
            raise Busy
        yield bytes(found)


def rebuilt_batches(session: Session) -> list[int]:
    """The batches whose files were sent back and built anew, empty, by their sequence: few, or none."""
    query = select(CouncilTaxBatch.sequence).join(CouncilTaxRebuild, CouncilTaxRebuild.batch_id == CouncilTaxBatch.id)
    return list(session.execute(query.order_by(CouncilTaxBatch.sequence)).scalars())


def unreleased_batches(session: Session) -> list[int]:
    """The batches whose files may not leave yet, by their sequence."""
    query = select(CouncilTaxBatch.sequence).where(CouncilTaxBatch.state.in_(UNRELEASED))
    return list(session.execute(query.order_by(CouncilTaxBatch.sequence)).scalars())


def _batches() -> Select[*tuple[Any, ...]]:
    names = ("sequence", "business_date", "state", "built_at", "file_name", "digest", "lines", "reductions")
    return select(*(getattr(CouncilTaxBatch, name) for name in (*names, "reversals", "hash_total")))


def _batch(row: Any) -> BatchView:
    known = {name: value for name, value in row._mapping.items() if name != "digest"}
    return BatchView(**known | {"state": BatchState(row.state), "sha256": bytes(row.digest or b"").hex()})


def captured_total(session: Session, *, sequence: int) -> Amount:
    """What the books say was captured for the lines of a batch, minor units: its reductions, if all is right."""
    in_transit = select(Account.id).where(Account.kind == IN_TRANSIT, Account.unit == Unit.CR)
    of_batch = (
        select(CouncilTaxLine.transaction_id)
        .join(CouncilTaxBatch, CouncilTaxBatch.id == CouncilTaxLine.batch_id)
        .where(CouncilTaxBatch.sequence == sequence, CouncilTaxLine.taken_out_at.is_(None))
    )
    return _came_to(session, in_transit, Transfer.transaction_id.in_(of_batch))


def reduced_in_year(session: Session, *, day: date) -> Amount:
    """What left purses for council tax of the financial year holding `day`, answered or not, minor units."""
    kinds = (IN_TRANSIT, APPLIED)
    of_year = Account.owner_id == year_owner(day)
    return _came_to(session, select(Account.id).where(Account.kind.in_(kinds), Account.unit == Unit.CR, of_year))


def _came_to(session: Session, accounts: Select[*tuple[Any, ...]], *conditions: ColumnElement[bool]) -> Amount:
    """Credited less debited of these accounts together, in one snapshot."""
    total = select(func.coalesce(func.sum(Transfer.amount), 0)).where(*conditions)
    into = total.where(Transfer.credit_account.in_(accounts)).scalar_subquery()
    out = total.where(Transfer.debit_account.in_(accounts)).scalar_subquery()
    return int(session.execute(select(into - out)).scalar_one())
