"""What is to be read of codes and redemptions: the code on a phone, a shop's takings, who took a transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.accounts import find_account
from ledger.book.models import Transaction
from ledger.book.rollups import rollup_balance
from ledger.book.rules import Unit
from ledger.clock import LONDON, london_date
from ledger.errors import NotFound
from ledger.money import Amount
from ledger.people.models import Operator, Organisation, SignIn
from ledger.people.rules import OrganisationKind
from ledger.redemption.codes import ends_at
from ledger.redemption.models import Code, Redemption
from ledger.redemption.redemptions import TAKINGS
from ledger.redemption.rules import CodeState, read_reference, state_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFromResident:
    """A redemption as its resident sees it; minor units. `returned` is what went back."""

    transaction_id: UUID
    reference: str
    amount: Amount
    returned: Amount
    at: datetime
    merchant_id: UUID
    merchant_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeShown:
    """A code as it is now; once redeemed, with who took it. An issued one ends at `ends_at` unless drawn again."""

    code_id: UUID
    cap: Amount
    state: CodeState
    ends_at: datetime
    redemption: TakenFromResident | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenByMerchant:
    """A redemption as its shop sees it: no resident. Minor units; `kept` is what was not given back."""

    id: UUID
    reference: str
    amount: Amount
    returned: Amount
    at: datetime
    voided_at: datetime | None
    till_id: UUID
    till_name: str | None
    operator_id: UUID
    operator_name: str
    transaction_id: UUID

    @property
    def kept(self) -> Amount:
        """Amount less returned."""
        return self.amount - self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTakings:
    """A London day of a shop: redemptions not voided and what they come to, minor units; how many were voided."""

    day: date
    redemptions: int
    kept: Amount
    voided: int


def code_shown(session: Session, *, code_id: UUID, resident_id: UUID, now: datetime) -> CodeShown:
    """A resident's own code as it stands now. Raises NotFound, also for another's."""
    query = select(Code.cap, Code.state).where(Code.id == code_id, Code.resident_id == resident_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("code")
    until = ends_at(session, code_id)
    return CodeShown(
        code_id=code_id,
        cap=row.cap,
        state=state_at(CodeState(row.state), ends_at=until, now=now),
        ends_at=until,
        redemption=_taken_by_code(session, code_id),
    )


def redemption_of_transaction(session: Session, *, transaction_id: UUID) -> TakenFromResident | None:
    """The redemption that this transaction posted or gave back; None for any other transaction."""
    return redemptions_of_transactions(session, transaction_ids=[transaction_id]).get(transaction_id)


def redemptions_of_transactions(
    session: Session, *, transaction_ids: Collection[UUID]
) -> dict[UUID, TakenFromResident]:
    """For a resident's history: redemptions by the transaction that posted them, and by that of their void."""
    back = aliased(Transaction)
    query = (
        _taken_from_resident()
        .add_columns(back.id.label("back_id"))
        .outerjoin(back, or_(back.corrects == Redemption.transaction_id, back.reverses == Redemption.transaction_id))
        .where(or_(Redemption.transaction_id.in_(transaction_ids), back.id.in_(transaction_ids)))
    )
    found: dict[UUID, TakenFromResident] = {}
    for row in session.execute(query):
        taken = _read_taken(row)
        found.update({one: taken for one in (row.transaction_id, row.back_id) if one in transaction_ids})
    return found


def redemption(session: Session, *, reference: str, merchant_id: UUID) -> TakenByMerchant:
    """A shop's own redemption by what is read aloud. Raises NotFound, also for another shop's."""
    own = (Redemption.reference == read_reference(reference), Redemption.merchant_id == merchant_id)
    for taken in _taken_by_merchant(session, *own):
        return taken
    raise NotFound("redemption")


def redemptions_on(session: Session, *, merchant_id: UUID, day: date) -> list[TakenByMerchant]:
    """A shop's redemptions of a London day, latest first, voided ones too."""
    return _redemptions_between(session, merchant_id=merchant_id, first=day, last=day)


def takings_by_day(session: Session, *, merchant_id: UUID, first: date, last: date) -> list[DayTakings]:
    """A shop's takings for each London day from `first` to `last`, latest first; days with nothing are left out."""
    days: dict[date, list[TakenByMerchant]] = {}
    for taken in _redemptions_between(session, merchant_id=merchant_id, first=first, last=last):
        days.setdefault(london_date(taken.at), []).append(taken)
    return [_day_takings(day, taken) for day, taken in days.items()]


def redeemed_since(session: Session, *, since: datetime) -> tuple[int, Amount]:
    """How many redemptions there were from an instant on, voided ones left out, and what they came to in minor units.

    By way of each merchant, whose redemptions an index keeps in the order of time.
    """
    query = (
        select(func.count(), func.coalesce(func.sum(Redemption.amount), 0))
        .join(Organisation, Organisation.id == Redemption.merchant_id)
        .where(Redemption.at >= since, Redemption.voided_at.is_(None))
    )
    count, amount = session.execute(query).one()
    return count, int(amount)


def takings_balance(session: Session, *, merchant_id: UUID) -> Amount:
    """What stands on a shop's takings account: redeemed less given back, minor units."""
    connection = session.connection()
    account = find_account(connection, kind=TAKINGS, unit=Unit.CR, owner_id=merchant_id)
    return rollup_balance(connection, account) if account is not None else 0


def _day_takings(day: date, taken: Iterable[TakenByMerchant]) -> DayTakings:
    all_taken = list(taken)
    voided = sum(one.voided_at is not None for one in all_taken)
    kept = sum(one.kept for one in all_taken)
    return DayTakings(day=day, redemptions=len(all_taken) - voided, kept=kept, voided=voided)


def _redemptions_between(session: Session, *, merchant_id: UUID, first: date, last: date) -> list[TakenByMerchant]:
    starts = datetime.combine(first, time(), LONDON)
    ends = datetime.combine(last + timedelta(days=1), time(), LONDON)
    return _taken_by_merchant(
        session, Redemption.merchant_id == merchant_id, Redemption.at >= starts, Redemption.at < ends
    )


def _taken_by_merchant(session: Session, *where: Any) -> list[TakenByMerchant]:
    query = (
        select(
            Redemption.id,
            Redemption.reference,
            Redemption.amount,
            Redemption.returned,
            Redemption.at,
            Redemption.voided_at,
            Redemption.till_id,
            SignIn.till_name,
            Redemption.operator_id,
            Operator.name.label("operator_name"),
            Redemption.transaction_id,
        )
        .join(SignIn, SignIn.id == Redemption.till_id)
        .join(Operator, Operator.id == Redemption.operator_id)
        .where(*where)
        .order_by(Redemption.at.desc(), Redemption.id.desc())
    )
    return [TakenByMerchant(**row._mapping) for row in session.execute(query)]


def _taken_by_code(session: Session, code_id: UUID) -> TakenFromResident | None:
    row = session.execute(_taken_from_resident().where(Redemption.code_id == code_id)).one_or_none()
    return None if row is None else _read_taken(row)


def _taken_from_resident() -> Select[*tuple[Any, ...]]:
    return select(
        Redemption.transaction_id,
        Redemption.reference,
        Redemption.amount,
        Redemption.returned,
        Redemption.at,
        Redemption.merchant_id,
        Organisation.name.label("merchant_name"),
    ).join(Organisation, Organisation.id == Redemption.merchant_id)


def _read_taken(row: Any) -> TakenFromResident:
    return TakenFromResident(
        transaction_id=row.transaction_id,
        reference=row.reference,
        amount=row.amount,
        returned=row.returned,
        at=row.at,
        merchant_id=row.merchant_id,
        merchant_name=row.merchant_name,
    )


def spent_by_kind(session: Session, *, first: date = date.min, last: date = date.max) -> dict[OrganisationKind, Amount]:
    """What each kind of merchant took on these London days, less what it gave back of that since; minor units."""
    query = (
        select(Organisation.kind, func.sum(Redemption.amount - Redemption.returned).label("kept"))
        .join(Organisation, Organisation.id == Redemption.merchant_id)
        .group_by(Organisation.kind)
    )
    if first > date.min:
        query = query.where(Redemption.at >= datetime.combine(first, time(), LONDON))
    if last < date.max:
        query = query.where(Redemption.at < datetime.combine(last + timedelta(days=1), time(), LONDON))
    return {OrganisationKind(row.kind): int(row.kept) for row in session.execute(query)}
