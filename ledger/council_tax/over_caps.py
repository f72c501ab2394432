"""Which reductions wait since the caps of the decision in force now leave no room for them, though others did (I-15).

What may be applied for is bounded by the settings as well; what may leave, by what the council decided.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from ledger.clock import financial_year
from ledger.council_tax.decision_queries import decision_of_year
from ledger.council_tax.decision_rules import Decision
from ledger.council_tax.models import CouncilTaxItem, CouncilTaxLink
from ledger.council_tax.rules import ItemCode, ItemState, account_owner
from ledger.money import Amount
from ledger.people.models import Resident
from ledger.staging import among
from ledger.wallets.models import CapUse
from ledger.wallets.queries import cap_used
from ledger.wallets.rules import Cap

A_YEAR = Cap.COUNCIL_TAX_A_YEAR


def over_caps(session: Session, *, through: date) -> dict[UUID, date]:
    """The held reductions, due by that day, that would take an account or a resident past a cap; and their days.

    Those that were applied first leave first. What left before counts, and what the revenues system deferred goes again
    whatever is decided since. Nothing is looked up of a year in which all that is applied fits.
    """
    over: dict[UUID, date] = {}
    for year in _years(session, through):
        decided = decision_of_year(session, year=year)
        if decided is None:
            continue
        caps = decided.decision
        owners = _over(session, year, caps)
        if owners:
            over |= _without_room(session, _waiting(session, year, through, owners), year, caps)
    return over


def is_over_caps(session: Session, *, item_id: UUID) -> bool:
    """Whether an item is one of those."""
    query = (
        select(CouncilTaxItem.leaves_on, CouncilTaxItem.resident_id, CouncilTaxLink.account_ref)
        .join(CouncilTaxLink, CouncilTaxLink.id == CouncilTaxItem.link_id)
        .where(CouncilTaxItem.id == item_id, CouncilTaxItem.code == ItemCode.REDUCTION)
        .where(CouncilTaxItem.state == ItemState.HELD)
    )
    item = session.execute(query).one_or_none()
    decided = None if item is None else decision_of_year(session, year=financial_year(item.leaves_on))
    if item is None or decided is None:
        return False
    caps, day = decided.decision, item.leaves_on
    owners = ((account_owner(item.account_ref), caps.account_cap), (item.resident_id, caps.resident_cap))
    if all(cap_used(session, owner_id=owner_id, cap=A_YEAR, day=day) <= cap for owner_id, cap in owners):
        return False
    return item_id in over_caps(session, through=day)


def _years(session: Session, through: date) -> list[int]:
    """The financial years of what is held and due."""
    days = select(CouncilTaxItem.leaves_on).where(*_due(through)).distinct()
    return sorted({financial_year(day) for day in session.execute(days).scalars()})


def _due(through: date) -> tuple[Any, ...]:
    item = CouncilTaxItem
    return (item.code == ItemCode.REDUCTION, item.state == ItemState.HELD, item.leaves_on <= through)


def _over(session: Session, year: int, caps: Decision) -> set[UUID]:
    """The accounts and residents whose reductions of a year, held ones too, come to more than a cap of theirs may be.

    The caps count them all (I-15), so that where nobody is over, nothing else is asked.
    """
    of_year = (CapUse.cap == A_YEAR.value, CapUse.period_starts_on == date(year, 4, 1))
    most = case((Resident.id.is_not(None), caps.resident_cap), else_=caps.account_cap)
    owners = select(CapUse.owner_id).join(Resident, Resident.id == CapUse.owner_id, isouter=True)
    return set(session.execute(owners.where(*of_year, CapUse.used > most)).scalars())


def _waiting(session: Session, year: int, through: date, owners: set[UUID]) -> Sequence[Any]:
    """What waits of a year for one of these owners, the first applied first."""
    item = CouncilTaxItem
    query = (
        select(item.id, item.amount, item.leaves_on, item.resident_id, CouncilTaxLink.account_ref)
        .join(CouncilTaxLink, CouncilTaxLink.id == item.link_id)
        .where(*_due(through), item.leaves_on.between(date(year, 4, 1), date(year + 1, 3, 31)))
        .order_by(item.id)
    )
    found = session.execute(query).all()
    return [one for one in found if {one.resident_id, account_owner(one.account_ref)} & owners]


def _without_room(session: Session, waiting: Sequence[Any], year: int, caps: Decision) -> dict[UUID, date]:
    accounts, residents = (Counter(counted) for counted in _left(session, waiting, year))
    over: dict[UUID, date] = {}
    for one in waiting:
        fits_account = accounts[one.account_ref] + one.amount <= caps.account_cap
        if fits_account and residents[one.resident_id] + one.amount <= caps.resident_cap:
            accounts[one.account_ref] += one.amount
            residents[one.resident_id] += one.amount
        else:
            over[one.id] = one.leaves_on
    return over


def _left(session: Session, waiting: Sequence[Any], year: int) -> tuple[Mapping[Any, Amount], Mapping[Any, Amount]]:
    """What left of a year, less what went back, of the accounts and for the residents of these."""
    refs, residents = {one.account_ref for one in waiting}, {one.resident_id for one in waiting}
    found = []
    for column, values in ((CouncilTaxLink.account_ref, refs), (CouncilTaxItem.resident_id, residents)):
        rows = session.execute(_sums(column, year).where(among(column, values)))
        found.append({row.owner: int(row.left) for row in rows})
    return found[0], found[1]


def _sums(owner: Any, year: int) -> Select[*tuple[Any, ...]]:
    item = CouncilTaxItem
    return (
        select(owner.label("owner"), func.sum(item.amount - item.returned).label("left"))
        .join(CouncilTaxLink, CouncilTaxLink.id == item.link_id)
        .where(
            item.code == ItemCode.REDUCTION,
            item.state.not_in((ItemState.HELD, ItemState.CANCELLED)),
            item.leaves_on.between(date(year, 4, 1), date(year + 1, 3, 31)),
        )
        .group_by(owner)
    )
