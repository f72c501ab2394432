"""What officers look at before they put something right: a transaction, its accounts, and what corrected it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Account, Transaction, Transfer
from ledger.book.rules import AccountId, Unit
from ledger.corrections.models import Correction
from ledger.corrections.rules import ADJUSTABLE_FROM, CorrectionKind
from ledger.corrections.views import AccountSeen, CorrectionView, LineSeen, TransactionSeen
from ledger.earning.models import Allowance, Programme
from ledger.errors import NotFound
from ledger.identifiers import from_text
from ledger.people.models import Officer, Organisation, Proposal
from ledger.redemption.models import Redemption
from ledger.redemption.rules import REFERENCE_LENGTH, read_reference

ID_LENGTH = 26


def find_transaction(session: Session, *, text: str) -> UUID:
    """The transaction that people call by this: its id or a redemption's reference. Raises NotFound."""
    said = "".join(text.split()).upper()
    if len(said) == ID_LENGTH:
        query: Select[Any] = select(Transaction.id).where(Transaction.id == from_text(said))
    elif len(said.replace("-", "")) == REFERENCE_LENGTH:
        query = select(Redemption.transaction_id).where(Redemption.reference == read_reference(said))
    else:
        raise NotFound("transaction")
    found: UUID | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("transaction")
    return found


def transaction_seen(session: Session, *, transaction_id: UUID) -> TransactionSeen:
    """A transaction with its lines in order. Raises NotFound."""
    reversal = aliased(Transaction)
    query = (
        select(Transaction, reversal.id.label("reversed_by"))
        .outerjoin(reversal, reversal.reverses == Transaction.id)
        .where(Transaction.id == transaction_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("transaction")
    found = row.Transaction
    return TransactionSeen(
        id=found.id,
        kind=found.kind,
        posted_at=found.posted_at,
        narrative=found.narrative,
        reverses=found.reverses,
        corrects=found.corrects,
        reversed_by=row.reversed_by,
        lines=_lines(session, transaction_id),
    )


def adjustable_accounts(session: Session, *, about: UUID | None) -> list[AccountSeen]:
    """What an adjustment may be between: the scheme's, programmes' and organisers' accounts, and those of `about`."""
    concerned = select(Transfer.debit_account).where(Transfer.transaction_id == about)
    also = select(Transfer.credit_account).where(Transfer.transaction_id == about)
    of_people = (Account.kind == "purse") & (Account.id.in_(concerned) | Account.id.in_(also))
    offered = (Account.kind.in_(ADJUSTABLE_FROM - {"purse"})) | of_people
    rows = session.execute(_accounts((Account.unit == Unit.CR) & offered))
    found = [_account(row) for row in rows]
    return sorted(found, key=lambda one: (one.kind, one.programme, one.holder, str(one.expires_on)))


def account_called(session: Session, *, public_id: UUID) -> tuple[AccountId, AccountSeen]:
    """An account by its public id: its number and how it is seen. Raises NotFound."""
    row = session.execute(_accounts(Account.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("account")
    return row.id, _account(row)


def corrections_of(session: Session, *, about: UUID) -> list[CorrectionView]:
    """What put this transaction right, the newest first."""
    return _corrections(session, Correction.about == about)


def latest_corrections(session: Session, *, most: int) -> list[CorrectionView]:
    """The newest corrections."""
    return _corrections(session, most=most)


def _corrections(session: Session, *where: ColumnElement[bool], most: int | None = None) -> list[CorrectionView]:
    checker = aliased(Officer)
    amount = select(func.sum(Transfer.amount)).where(Transfer.transaction_id == Correction.transaction_id)
    query = (
        select(
            Correction.id,
            Correction.kind,
            Correction.transaction_id,
            Correction.about,
            amount.scalar_subquery().label("amount"),
            Correction.reason,
            Correction.evidence,
            Officer.name.label("officer_name"),
            checker.name.label("checker_name"),
            Correction.at,
        )
        .join(Officer, Officer.id == Correction.officer_id)
        .outerjoin(Proposal, Proposal.id == Correction.proposal_id)
        .outerjoin(checker, checker.id == Proposal.checker_id)
        .where(*where)
        .order_by(Correction.at.desc(), Correction.id.desc())
        .limit(most)
    )
    return [
        CorrectionView(**{**row._mapping, "kind": CorrectionKind(row.kind), "amount": int(row.amount)})
        for row in session.execute(query)
    ]


def _lines(session: Session, transaction_id: UUID) -> tuple[LineSeen, ...]:
    query = (
        select(Transfer.debit_account, Transfer.credit_account, Transfer.amount)
        .where(Transfer.transaction_id == transaction_id)
        .order_by(Transfer.line)
    )
    rows = session.execute(query).all()
    numbers = {number for row in rows for number in (row.debit_account, row.credit_account)}
    accounts = _accounts_numbered(session, numbers)
    return tuple(
        LineSeen(debit=accounts[row.debit_account], credit=accounts[row.credit_account], amount=row.amount)
        for row in rows
    )


def _accounts_numbered(session: Session, numbers: Collection[AccountId]) -> dict[AccountId, AccountSeen]:
    return {row.id: _account(row) for row in session.execute(_accounts(Account.id.in_(numbers)))}


def _accounts(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Accounts with the organisation and the programme they are of, where they are of any."""
    programme = (Programme.id == Account.owner_id) | (Programme.id == Allowance.programme_id)
    organisation = (Organisation.id == Account.owner_id) | (Organisation.id == Allowance.organiser_id)
    columns = (Account.id, Account.public_id, Account.kind, Account.unit, Account.expires_on)
    return (
        select(
            *columns,
            func.coalesce(Organisation.name, "").label("holder"),
            func.coalesce(Programme.name, "").label("programme"),
        )
        .outerjoin(Allowance, Allowance.id == Account.owner_id)
        .outerjoin(Programme, programme)
        .outerjoin(Organisation, organisation)
        .where(which)
    )


def _account(row: Any) -> AccountSeen:
    return AccountSeen(
        public_id=row.public_id,
        kind=row.kind,
        unit=row.unit,
        holder=row.holder,
        programme=row.programme,
        expires_on=row.expires_on,
    )
