"""Whom the files are for, and what each has: residents with their purses, merchants with their takings."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from ledger.book.journal import JournalAccount
from ledger.book.models import Account, Transaction, Transfer
from ledger.council_tax.queries import item_references
from ledger.earning.queries import awards_of
from ledger.money import Amount
from ledger.people.models import Operator, Organisation, Resident
from ledger.people.rules import OperatorRole, OrganisationKind
from ledger.redemption.queries import redemptions_of_transactions
from ledger.redemption.redemptions import TAKINGS
from ledger.wallets.queries import PURSE

RESIDENTS, SHOPS = "residents", "shops"
KINDS = {RESIDENTS: PURSE, SHOPS: TAKINGS}
"""The two folders, and the kind of account whose owner each file is for."""

TITLES = {
    "award": "Thanked",
    "redeem": "Spent",
    "void": "Given back",
    "refund": "Given back",
    "council_tax": "Sent to council tax",
    "expire": "Ended",
}
OTHER = "Put right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A resident or merchant: in which folder, the name that stands in their own files and in the index alone, and how
    whoever hands the files out reaches them: by e-mail and by address, empty where there is none.
    """

    folder: str
    id: UUID
    name: str
    email: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One transfer as the journal has it, and what it changed for its owner; minor units. `seq`: which was first."""

    seq: int
    transaction_id: UUID
    line: int
    kind: str
    posted_at: datetime
    effective_on: date
    debit: JournalAccount
    credit: JournalAccount
    amount: Amount
    change: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One transaction as its owner reads it: the change, and what they had after it; minor units of a unit."""

    transaction_id: UUID
    unit: str
    posted_at: datetime
    effective_on: date
    what: str
    reference: str
    change: Amount
    balance: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All of one owner: what each unit comes to, by the last good day of what is there; every move and receipt."""

    balances: dict[str, Amount]
    endings: list[tuple[str, date | None, Amount]]
    moves: list[Moved]
    receipts: list[Receipt]


def owners(session: Session) -> Iterator[Owner]:
    """Everyone who may have a balance, in the order of their ids."""
    residents = select(Resident.id, Resident.name, Resident.email, Resident.postcode).order_by(Resident.id)
    for row in session.execute(residents).all():
        yield Owner(folder=RESIDENTS, id=row.id, name=row.name, email=row.email, address=row.postcode or "")
    emails = _emails_of_shops(session)
    merchants = select(Organisation.id, Organisation.name, Organisation.address, Organisation.postcode).where(
        Organisation.kind != OrganisationKind.ORGANISER
    )
    for row in session.execute(merchants.order_by(Organisation.id)).all():
        address = ", ".join(filter(None, (row.address, row.postcode)))
        yield Owner(folder=SHOPS, id=row.id, name=row.name, email=", ".join(emails[row.id]), address=address)


def _emails_of_shops(session: Session) -> dict[UUID, list[str]]:
    """The addresses of each organisation's owners who are there still."""
    found: dict[UUID, list[str]] = defaultdict(list)
    still = select(Operator.organisation_id, Operator.email).where(
        Operator.role == OperatorRole.OWNER, Operator.left_at.is_(None)
    )
    for row in session.execute(still.order_by(Operator.id)):
        found[row.organisation_id].append(row.email)
    return found


def history_of(session: Session, owner: Owner) -> History:
    """All that moved on an owner's accounts, the oldest first."""
    accounts = _accounts(session, owner)
    receipts = _receipts(session, set(accounts))
    balances: dict[str, Amount] = {unit: 0 for unit, _ in accounts.values()}
    names = _names(session, owner, receipts)
    moves: list[Moved] = []
    for (transaction_id, unit), group in groupby(receipts, key=lambda one: (one.transaction_id, one.debit.unit)):
        lines = list(group)
        change = sum(line.change for line in lines)
        balances[unit] += change
        what, reference = names.get(transaction_id, ("", ""))
        title = TITLES.get(lines[0].kind, OTHER)
        moves.append(
            Moved(
                transaction_id=transaction_id,
                unit=unit,
                posted_at=lines[0].posted_at,
                effective_on=lines[0].effective_on,
                what=f"{title}: {what}" if what else title,
                reference=reference,
                change=change,
                balance=balances[unit],
            )
        )
    return History(balances=balances, endings=_endings(accounts, receipts), moves=moves, receipts=receipts)


def _accounts(session: Session, owner: Owner) -> dict[UUID, tuple[str, date | None]]:
    query = select(Account.public_id, Account.unit, Account.expires_on)
    own = query.where(Account.owner_id == owner.id, Account.kind == KINDS[owner.folder]).order_by(Account.id)
    return {row.public_id: (row.unit, row.expires_on) for row in session.execute(own)}


def _receipts(session: Session, own: set[UUID]) -> list[Receipt]:
    if not own:
        return []
    debit, credit = aliased(Account), aliased(Account)
    query = (
        select(Transfer, Transaction, debit, credit)
        .join(Transaction, Transaction.id == Transfer.transaction_id)
        .join(debit, debit.id == Transfer.debit_account)
        .join(credit, credit.id == Transfer.credit_account)
        .where(or_(debit.public_id.in_(own), credit.public_id.in_(own)))
        .order_by(Transaction.posted_at, Transaction.id, Transfer.line)
    )
    first: dict[UUID, int] = {}
    found = [_receipt(own, *row) for row in session.execute(query)]
    for one in found:
        first[one.transaction_id] = min(one.seq, first.get(one.transaction_id, one.seq))
    return sorted(found, key=lambda one: (one.posted_at, first[one.transaction_id], one.debit.unit, one.line))


def _receipt(own: set[UUID], transfer: Any, transaction: Any, debit: Any, credit: Any) -> Receipt:
    change = transfer.amount * ((credit.public_id in own) - (debit.public_id in own))
    return Receipt(
        seq=transfer.seq,
        transaction_id=transaction.id,
        line=transfer.line,
        kind=transaction.kind,
        posted_at=transaction.posted_at,
        effective_on=transaction.effective_on,
        debit=JournalAccount(kind=debit.kind, unit=debit.unit, public_id=debit.public_id),
        credit=JournalAccount(kind=credit.kind, unit=credit.unit, public_id=credit.public_id),
        amount=transfer.amount,
        change=change,
    )


def _endings(
    accounts: dict[UUID, tuple[str, date | None]], receipts: list[Receipt]
) -> list[tuple[str, date | None, Amount]]:
    """What stands on each account that is not empty, by unit and last good day."""
    stands = dict.fromkeys(accounts, 0)
    for receipt in receipts:
        for account, amount in ((receipt.debit, -receipt.amount), (receipt.credit, receipt.amount)):
            if account.public_id in stands:
                stands[account.public_id] += amount
    found = [(*accounts[public_id], amount) for public_id, amount in stands.items() if amount]
    return sorted(found, key=lambda one: (one[0], one[1] or date.max))


def _names(session: Session, owner: Owner, receipts: list[Receipt]) -> dict[UUID, tuple[str, str]]:
    """With whom or what for, and the reference people read out; a shop's file has no resident's name."""
    ids = list(dict.fromkeys(receipt.transaction_id for receipt in receipts))
    taken = redemptions_of_transactions(session, transaction_ids=ids)
    if owner.folder == SHOPS:
        return {one: ("", redemption.reference) for one, redemption in taken.items()}
    names = {award.transaction_id: (award.title, "") for award in awards_of(session, resident_id=owner.id)}
    names |= {one: (redemption.merchant_name, redemption.reference) for one, redemption in taken.items()}
    references = item_references(session, transaction_ids=ids)
    return names | {one: ("", reference) for one, reference in references.items()}
