"""Thank those who came: award credits for a session, each resident decided alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.book.accounts import open_account
from ledger.book.deciding import Posted
from ledger.book.errors import InsufficientCredits
from ledger.book.posting import post_each
from ledger.book.rules import AccountId, Line, Mode, Posting, Unit
from ledger.earning.attendance import SessionFacts, check_awardable, session_facts
from ledger.earning.errors import AlreadyAwarded, NoPlace, ResidentClosed, SelfAward
from ledger.earning.models import Allowance, Award, Place
from ledger.earning.rules import ALLOWANCE, Came, CapShare, cap_shares
from ledger.errors import LedgerError, NotFound
from ledger.identifiers import to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Operator, Resident
from ledger.people.rules import ResidentStatus
from ledger.settings import SchemeRules
from ledger.store import constraint_name
from ledger.wallets.errors import CapReached
from ledger.wallets.operations import give_back_cap, open_purse, use_cap
from ledger.wallets.queries import AWARD
from ledger.wallets.rules import purse_month

REFUSALS = dict[UUID, LedgerError]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardOutcome:
    """What became of one resident's award: `amount` (minor units) and its transaction, or why it was refused."""

    resident_id: UUID
    amount: Amount
    refused: LedgerError | None
    transaction_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """One confirmation of who came: the session, who confirms it, what each resident gets, and from which account."""

    facts: SessionFacts
    operator_id: UUID
    allowance: AccountId
    came: Mapping[UUID, Came]
    rules: SchemeRules

    def shares_of(self, resident: UUID) -> list[CapShare]:
        """What the award counts against this resident's caps."""
        came, starts_at = self.came[resident], self.facts.starts_at
        return cap_shares(starts_at=starts_at, minutes=came.minutes, amount=came.amount, rules=self.rules)


def award_session(
    session: Session,
    *,
    session_id: UUID,
    organiser_id: UUID,
    operator_id: UUID,
    residents: list[UUID],
    rules: SchemeRules,
    occasion: Occasion,
) -> list[AwardOutcome]:
    """Award a session's credits to those who came, out of the organiser's allowance; one outcome each, in order.

    A refusal is that resident's alone and leaves nothing counted: SelfAward, NoPlace, ResidentClosed, NotFound,
    CapReached (by the London day on which the session starts), AlreadyAwarded, InsufficientCredits.
    Caps are locked in the order of their keys, then accounts; a look under the caps' locks says who was awarded.
    For the whole it raises NotFound, SessionCancelled, TooEarly, TooLate, ProgrammeNotOpen, and InsufficientCredits
    where the organiser has no allowance at all.
    """
    facts = session_facts(session, session_id=session_id, organiser_id=organiser_id)
    whole = Came(minutes=facts.minutes, amount=facts.credits)
    came = dict.fromkeys(residents, whole)
    return award_each(session, facts=facts, operator_id=operator_id, came=came, rules=rules, occasion=occasion)


def award_each(
    session: Session,
    *,
    facts: SessionFacts,
    operator_id: UUID,
    came: Mapping[UUID, Came],
    rules: SchemeRules,
    occasion: Occasion,
) -> list[AwardOutcome]:
    """As `award_session`, each resident for their own minutes and credits of a session whose facts were just read."""
    email = operator_email(session, operator_id=operator_id, organiser_id=facts.organiser_id)
    check_awardable(facts, occasion)
    allowance = _allowance_account(session, facts, occasion)
    thanks = Thanks(facts=facts, operator_id=operator_id, allowance=allowance, came=came, rules=rules)
    refused = _refused_at_once(session, facts, came, email)
    counted = _count(session, thanks, set(came) - set(refused), refused)
    _refuse_again(session, thanks, counted, refused)
    posted = _post_all(session, thanks, counted, refused, occasion)
    return [
        AwardOutcome(
            resident_id=resident,
            amount=came[resident].amount,
            refused=refused.get(resident),
            transaction_id=posted.get(resident),
        )
        for resident in came
    ]


def operator_email(session: Session, *, operator_id: UUID, organiser_id: UUID) -> str | None:
    """The address of somebody who acts for this organiser, as it is compared. Raises NotFound."""
    query = select(Operator.email).where(
        Operator.id == operator_id, Operator.organisation_id == organiser_id, Operator.left_at.is_(None)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound("operator")
    return found.email.strip().lower() if found.email else None


def _allowance_account(session: Session, facts: SessionFacts, occasion: Occasion) -> AccountId:
    query = select(Allowance.id).where(
        Allowance.programme_id == facts.programme_id, Allowance.organiser_id == facts.organiser_id
    )
    allowance_id = session.execute(query).scalar_one_or_none()
    if allowance_id is None:
        raise InsufficientCredits(available=0, needed=facts.credits)
    return open_account(
        session.connection(),
        public_id=occasion.new_id(),
        kind=ALLOWANCE,
        unit=Unit.CR,
        owner_id=allowance_id,
        mode=Mode.STRICT,
    )


def _refused_at_once(session: Session, facts: SessionFacts, residents: Iterable[UUID], email: str | None) -> REFUSALS:
    """Those who cannot be thanked for this session whatever stands on the books."""
    on_roster = (Place.resident_id == Resident.id) & (Place.session_id == facts.id) & Place.given_up_at.is_(None)
    query = (
        select(Resident.id, Resident.email, Resident.status, Place.resident_id.label("place"))
        .join(Place, on_roster, isouter=True)
        .where(Resident.id.in_(set(residents)))
    )
    refused: REFUSALS = {resident: NotFound("resident") for resident in residents}
    for row in session.execute(query):
        del refused[row.id]
        if email is not None and row.email == email:
            refused[row.id] = SelfAward()
        elif row.place is None:
            refused[row.id] = NoPlace("this resident has no place on the roster")
        elif row.status in (ResidentStatus.CLOSING, ResidentStatus.CLOSED):
            refused[row.id] = ResidentClosed("this wallet takes no new credits")
    return refused


def _count(session: Session, thanks: Thanks, residents: Iterable[UUID], refused: REFUSALS) -> list[UUID]:
    """Count the award against each resident's caps, all of them or none; those counted, in the order of their ids."""
    counted: list[UUID] = []
    for resident in sorted(residents):
        try:
            _use_caps(session, thanks, resident)
        except CapReached as error:
            refused[resident] = error
        else:
            counted.append(resident)
    return counted


def _use_caps(session: Session, thanks: Thanks, resident: UUID) -> None:
    used: list[CapShare] = []
    for share in thanks.shares_of(resident):
        try:
            use_cap(session, owner_id=resident, cap=share.cap, day=share.day, used=share.used, limit=share.limit)
        except CapReached:
            _give_back(session, used, resident)
            raise
        used.append(share)


def _give_back(session: Session, shares: Iterable[CapShare], resident: UUID) -> None:
    for share in shares:
        give_back_cap(session, owner_id=resident, cap=share.cap, day=share.day, used=share.used)


def _refuse_again(session: Session, thanks: Thanks, counted: list[UUID], refused: REFUSALS) -> None:
    """Refuse those who were awarded before: a statement later than their caps' locks, so that no twin is missed."""
    asked = {*counted, *(resident for resident, error in refused.items() if isinstance(error, CapReached))}
    query = select(Award.resident_id).where(Award.session_id == thanks.facts.id, Award.resident_id.in_(asked))
    for resident in session.connection().execute(query).scalars().all():
        if resident in counted:
            counted.remove(resident)
            _give_back(session, thanks.shares_of(resident), resident)
        refused[resident] = AlreadyAwarded()


def _post_all(
    session: Session, thanks: Thanks, counted: Sequence[UUID], refused: REFUSALS, occasion: Occasion
) -> dict[UUID, UUID]:
    """Post the awards of those counted and write their rows; each one's transaction. A refused one is given back."""
    awards = [(resident, occasion.new_id()) for resident in counted]
    postings = [_posting(session, thanks, resident, award_id, occasion) for resident, award_id in awards]
    rows: list[dict[str, Any]] = []
    for (resident, award_id), result in zip(awards, post_each(session.connection(), postings), strict=True):
        if isinstance(result, LedgerError):
            _give_back(session, thanks.shares_of(resident), resident)
            refused[resident] = result
        else:
            rows.append(_award_row(thanks, resident, award_id, result))
    _insert_awards(session, rows)
    return {row["resident_id"]: row["transaction_id"] for row in rows}


def _posting(session: Session, thanks: Thanks, resident: UUID, award_id: UUID, occasion: Occasion) -> Posting:
    expires_on = purse_month(occasion.today, expiry_months=thanks.rules.expiry_months)
    purse = open_purse(session, resident_id=resident, expires_on=expires_on, occasion=occasion)
    return Posting(
        id=occasion.new_id(),
        kind=AWARD,
        lines=[Line(debit=thanks.allowance, credit=purse, amount=thanks.came[resident].amount)],
        at=occasion.now,
        actor=occasion.actor,
        details={"award": to_text(award_id), "session": to_text(thanks.facts.id)},
    )


def _award_row(thanks: Thanks, resident: UUID, award_id: UUID, posted: Posted) -> dict[str, Any]:
    return {
        "id": award_id,
        "session_id": thanks.facts.id,
        "resident_id": resident,
        "organiser_id": thanks.facts.organiser_id,
        "awarded_by": thanks.operator_id,
        "amount": thanks.came[resident].amount,
        "minutes": thanks.came[resident].minutes,
        "transaction_id": posted.id,
        "at": posted.posted_at,
        "returned": 0,
    }


def _insert_awards(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """The rows' unique key holds by itself too: AlreadyAwarded from here undoes the whole unit of work."""
    if not rows:
        return
    try:
        session.connection().execute(insert(Award), rows)
    except IntegrityError as error:
        if constraint_name(error) == "uq_awards_session_id_resident_id":
            raise AlreadyAwarded from error
        raise
