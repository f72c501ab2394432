"""An item as officers look at it, before they ask for some of it back."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import item_view, items_joined
from ledger.council_tax.rules import CHANGEABLE, UNANSWERED, ItemState, read_item_reference
from ledger.council_tax.views import ItemSeen
from ledger.errors import NotFound
from ledger.money import Amount
from ledger.people.models import Officer


def item_seen(session: Session, *, reference: str) -> ItemSeen:
    """An item of anybody's by its reference. Raises NotFound."""
    original = aliased(CouncilTaxItem)
    about = items_joined().add_columns(
        func.coalesce(original.reference, "").label("takes_back"),
        func.coalesce(Officer.name, "").label("asked_by"),
        func.coalesce(CouncilTaxItem.why, "").label("why"),
    )
    query = about.outerjoin(original, original.id == CouncilTaxItem.original_id).outerjoin(
        Officer, Officer.id == CouncilTaxItem.asked_by
    )
    row = session.execute(query.where(CouncilTaxItem.reference == read_item_reference(reference))).one_or_none()
    if row is None:
        raise NotFound("council-tax item")
    known = row._asdict()
    officers_words = {name: known.pop(name) for name in ("takes_back", "asked_by", "why")}
    item = item_view(known)
    newest = (CouncilTaxItem.applied_at.desc(), CouncilTaxItem.id.desc())
    reversals = session.execute(items_joined().where(CouncilTaxItem.original_id == item.id).order_by(*newest))
    return ItemSeen(
        item=item,
        left=item.amount - item.returned - asked_back(session, original_id=item.id) if item.state in CHANGEABLE else 0,
        reversals=tuple(item_view(one._asdict()) for one in reversals),
        **officers_words,
    )


def items_waiting(session: Session) -> int:
    """How many applications are held, for a file to come."""
    query = select(func.count(CouncilTaxItem.id)).where(CouncilTaxItem.state == ItemState.HELD)
    return session.execute(query).scalar_one()


def asked_back(session: Session, *, original_id: UUID) -> Amount:
    """What reversals of a reduction ask for that were not answered yet, pence."""
    waiting = (CouncilTaxItem.original_id == original_id, CouncilTaxItem.state.in_(UNANSWERED))
    total = select(func.coalesce(func.sum(CouncilTaxItem.amount), 0)).where(*waiting)
    return int(session.execute(total).scalar_one())
