"""The till's side: take an amount by the code a customer shows, once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.book.accounts import open_account
from ledger.book.deciding import Posted
from ledger.book.errors import AccountFrozen
from ledger.book.posting import post
from ledger.book.rules import AccountId, Line, Mode, Posting, Unit
from ledger.errors import LedgerError
from ledger.identifiers import reference, to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.people.rules import ResidentStatus
from ledger.redemption.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid, OverCap
from ledger.redemption.misses import give_back_miss
from ledger.redemption.models import Code, Presentation, Redemption
from ledger.redemption.rules import (
    CodeState,
    PresentationKind,
    check_till_amount,
    refusal_of,
)
from ledger.redemption.tokens import presentation_digest, read_presented
from ledger.settings import SchemeRules
from ledger.store import constraint_name
from ledger.wallets.operations import draw_lines

TAKINGS = "takings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """What a till took, minor units; `reference` is read aloud, `at` is when the books recorded it."""

    id: UUID
    reference: str
    amount: Amount
    at: datetime
    merchant_id: UUID
    till_id: UUID
    operator_id: UUID
    transaction_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A code by what was shown of it; `expires_at` is the end of that drawing."""

    id: UUID
    resident_id: UUID
    cap: Amount
    state: CodeState
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Till:
    """Who takes: a shop, its till and the operator at it."""

    merchant_id: UUID
    till_id: UUID
    operator_id: UUID


def redeem(
    session: Session,
    *,
    presented: str,
    amount: Amount,
    merchant_id: UUID,
    till_id: UUID,
    operator_id: UUID,
    rules: SchemeRules,
    code_key: bytes,
    occasion: Occasion,
) -> Redeemed:
    """Take `amount` (minor units) by a token, its `/P/` address or a short code, from purses soonest to expire first.

    A code is taken once: by the compare-and-set on its state, and by the unique key of redemptions on its own.
    Raises InvalidField, OverTillLimit, CodeInvalid, CodeExpired, CodeSuperseded, CodeRevoked, CodeAlreadyRedeemed,
    OverCap, AccountFrozen, InsufficientCredits. What it raises from the book or the wallet names what a resident has:
    a till shows that no more than it shows the cap.
    """
    check_till_amount(amount, limit=rules.redemption_limit)
    shown = read_presented(presented)
    till = _Till(merchant_id=merchant_id, till_id=till_id, operator_id=operator_id)
    found = _find(session, presentation_digest(shown, code_key=code_key))
    _check(session, found, amount=amount, merchant_id=merchant_id, now=occasion.now)
    if not _claim(session, found.id, at=occasion.now):
        raise _refusal(session, found.id, state=_state_of(session, found.id), merchant_id=merchant_id)
    _check_resident(session, found.resident_id)
    redeemed = _take(session, found, till=till, amount=amount, occasion=occasion)
    if shown.kind == PresentationKind.SHORT:
        give_back_miss(session, till_id=till_id)
    return redeemed


def _find(session: Session, digest: bytes) -> _Found:
    """The code that was shown, by one statement whether there is one or not."""
    query = (
        select(Code.id, Code.resident_id, Code.cap, Code.state, Presentation.expires_at)
        .join(Code, Code.id == Presentation.code_id)
        .where(Presentation.token_digest == digest)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise CodeInvalid("unknown")
    return _Found(
        id=row.id, resident_id=row.resident_id, cap=row.cap, state=CodeState(row.state), expires_at=row.expires_at
    )


def _check(session: Session, found: _Found, *, amount: Amount, merchant_id: UUID, now: datetime) -> None:
    if found.state != CodeState.ISSUED:
        raise _refusal(session, found.id, state=found.state, merchant_id=merchant_id)
    if now >= found.expires_at:
        raise CodeExpired
    if amount > found.cap:
        raise OverCap(amount=amount)


def _claim(session: Session, code_id: UUID, *, at: datetime) -> bool:
    """The compare-and-set: whoever moves the code from `issued` to `redeemed` has it, whoever comes second has not."""
    guarded = update(Code).where(Code.id == code_id, Code.state == CodeState.ISSUED)
    moved = session.connection().execute(guarded.values(state=CodeState.REDEEMED, ended_at=at))
    return moved.rowcount == 1


def _state_of(session: Session, code_id: UUID) -> CodeState:
    return CodeState(session.execute(select(Code.state).where(Code.id == code_id)).scalar_one())


def _refusal(session: Session, code_id: UUID, *, state: CodeState, merchant_id: UUID) -> LedgerError:
    """How an ended code is refused; only the shop that took it gets its own receipt's reference again."""
    if state != CodeState.REDEEMED:
        return refusal_of(state)
    own = select(Redemption.reference).where(Redemption.code_id == code_id, Redemption.merchant_id == merchant_id)
    return CodeAlreadyRedeemed(reference=session.execute(own).scalar_one_or_none())


def _check_resident(session: Session, resident_id: UUID) -> None:
    status = session.execute(select(Resident.status).where(Resident.id == resident_id)).scalar_one()
    if status != ResidentStatus.OPEN:
        raise AccountFrozen


def _take(session: Session, found: _Found, *, till: _Till, amount: Amount, occasion: Occasion) -> Redeemed:
    redemption_id = occasion.new_id()
    takings = open_takings(session, merchant_id=till.merchant_id, occasion=occasion)
    posted = _post(session, found, takings=takings, amount=amount, redemption_id=redemption_id, occasion=occasion)
    redeemed = Redeemed(
        id=redemption_id,
        reference=_new_reference(session, occasion),
        amount=amount,
        at=posted.posted_at,
        merchant_id=till.merchant_id,
        till_id=till.till_id,
        operator_id=till.operator_id,
        transaction_id=posted.id,
    )
    _record(session, redeemed, code_id=found.id, resident_id=found.resident_id)
    return redeemed


def open_takings(session: Session, *, merchant_id: UUID, occasion: Occasion) -> AccountId:
    """The account number of a merchant's takings, opened now unless it stands already."""
    return open_account(
        session.connection(),
        public_id=occasion.new_id(),
        kind=TAKINGS,
        unit=Unit.CR,
        owner_id=merchant_id,
        mode=Mode.ROLLUP,
    )


def _post(
    session: Session, found: _Found, *, takings: AccountId, amount: Amount, redemption_id: UUID, occasion: Occasion
) -> Posted:
    drawn = draw_lines(session, resident_id=found.resident_id, amount=amount, now=occasion.now)
    posting = Posting(
        id=occasion.new_id(),
        kind="redeem",
        lines=[Line(debit=purse, credit=takings, amount=taken) for purse, taken in drawn],
        at=occasion.now,
        actor=occasion.actor,
        details={"redemption": to_text(redemption_id)},
    )
    return post(session.connection(), posting)


def _new_reference(session: Session, occasion: Occasion) -> str:
    """A reference nobody has yet; the unique key stands behind it."""
    while True:
        drawn = reference(occasion.token_bytes)
        if session.execute(select(Redemption.id).where(Redemption.reference == drawn)).first() is None:
            return drawn


def _record(session: Session, redeemed: Redeemed, *, code_id: UUID, resident_id: UUID) -> None:
    """Write the redemption; `UNIQUE (code_id)` refuses a second of one code by itself."""
    row = {
        "id": redeemed.id,
        "reference": redeemed.reference,
        "code_id": code_id,
        "resident_id": resident_id,
        "merchant_id": redeemed.merchant_id,
        "till_id": redeemed.till_id,
        "operator_id": redeemed.operator_id,
        "amount": redeemed.amount,
        "transaction_id": redeemed.transaction_id,
        "at": redeemed.at,
        "returned": 0,
        "voided_at": None,
    }
    try:
        session.connection().execute(insert(Redemption), row)
    except IntegrityError as error:
        if constraint_name(error) != "uq_redemptions_code_id":
            raise
        raise CodeAlreadyRedeemed from error
