"""The people and places of a test's town, made by the operations themselves, each with what a test needs at least."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from ledger.book.accounts import open_account
from ledger.book.posting import post
from ledger.book.rules import Line, Mode, Posting, Unit
from ledger.earning import activities, awards, programmes, rosters
from ledger.earning.awards import AwardOutcome
from ledger.earning.rules import ISSUANCE, TariffPer, allotment_content
from ledger.identifiers import SCHEME
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals, register
from ledger.people.rules import OperatorRole, OrganisationKind, Permission
from ledger.settings import SchemeRules
from ledger.wallets.operations import open_purse
from ledger.wallets.rules import purse_month

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RULES = SchemeRules()
FIELD_KEYS = (Fernet.generate_key().decode(),)
PIN = "480261"
_numbers = count(1)
_source = random.Random(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An organisation and the person who owns it."""

    id: UUID
    owner_id: UUID
    owner_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingProject:
    """An organiser with an allowance of a programme and an activity at 2.50 an hour."""

    organiser: Company
    programme_id: UUID
    activity_id: UUID


def occasion_at(now: datetime = NOON, actor: str = "test") -> Occasion:
    """An occasion at an instant; its randomness is this town's own."""
    return Occasion(now=now, actor=actor, token_bytes=_source.randbytes)


def resident(session: Session, *, email: str | None = None, occasion: Occasion | None = None) -> UUID:
    """A resident of SW9."""
    number = next(_numbers)
    return register.add_resident(
        session,
        name=f"Resident {number}",
        email=email or f"resident{number}@example.org",
        postcode="SW9 8QQ",
        occasion=occasion or occasion_at(),
    )


def organiser(session: Session, *, owner_email: str | None = None, occasion: Occasion | None = None) -> Company:
    """A growing project with its owner."""
    return _company(session, OrganisationKind.ORGANISER, owner_email, None, occasion)


def merchant(
    session: Session, *, owner_email: str | None = None, pin: str = PIN, occasion: Occasion | None = None
) -> Company:
    """A shop with its owner, whose PIN is `PIN`."""
    return _company(session, OrganisationKind.SHOP, owner_email, pin, occasion)


def operator(session: Session, *, organisation_id: UUID, pin: str | None = None, email: str | None = None) -> UUID:
    """One more person who acts for an organisation."""
    return register.add_operator(
        session,
        organisation_id=organisation_id,
        name=f"Operator {next(_numbers)}",
        role=OperatorRole.OPERATOR,
        email=email,
        pin=pin,
        occasion=occasion_at(),
    )


def officer(session: Session, *permissions: Permission, occasion: Occasion | None = None) -> UUID:
    """An officer of the council with these permissions."""
    number = next(_numbers)
    added = register.add_officer(
        session,
        name=f"Officer {number}",
        email=f"officer{number}@example.org",
        permissions=permissions,
        field_keys=FIELD_KEYS,
        occasion=occasion or occasion_at(),
    )
    return added.id


def programme(
    session: Session,
    *,
    budget: Amount = 1_000_000,
    starts_on: date = date(2024, 4, 1),
    ends_on: date = date(2030, 3, 31),
    occasion: Occasion | None = None,
) -> UUID:
    """A programme that is open, funded with `budget` (minor units) unless that is 0."""
    occasion = occasion or occasion_at()
    decision = f"OMD-2026-{next(_numbers)}"
    programme_id = programmes.open_programme(
        session,
        name="Growing Lambeth 2026",
        decision_reference=decision,
        starts_on=starts_on,
        ends_on=ends_on,
        occasion=occasion,
    )
    if budget:
        programmes.fund(
            session, programme_id=programme_id, amount=budget, decision_reference=decision, occasion=occasion
        )
    return programme_id


def allowance(
    session: Session,
    *,
    programme_id: UUID,
    organiser_id: UUID,
    amount: Amount = 20_000,
    occasion: Occasion | None = None,
) -> UUID:
    """Allot `amount` (minor units), each time by another officer, or by two; the transaction's id."""
    occasion = occasion or occasion_at()
    purpose = "Autumn sessions"
    if amount <= RULES.allotment_alone:
        return programmes.allot(
            session,
            programme_id=programme_id,
            organiser_id=organiser_id,
            amount=amount,
            purpose=purpose,
            officer_id=occasion.new_id(),
            rules=RULES,
            occasion=occasion,
        )
    content = allotment_content(programme_id=programme_id, organiser_id=organiser_id, amount=amount, purpose=purpose)
    maker, checker = officer(session, Permission.AWARD), officer(session, Permission.APPROVE)
    asked = proposals.propose(session, kind="allotment", content=content, maker_id=maker, occasion=occasion)
    return programmes.approve_allotment(
        session, proposal_id=asked.id, checker_id=checker, rules=RULES, occasion=occasion
    )


def activity(
    session: Session,
    *,
    organiser_id: UUID,
    programme_id: UUID,
    tariff: Amount = 250,
    tariff_per: TariffPer = TariffPer.HOUR,
    occasion: Occasion | None = None,
) -> UUID:
    """An activity, at 2.50 an hour."""
    return activities.add_activity(
        session,
        organiser_id=organiser_id,
        programme_id=programme_id,
        title="Greenhouse seed sorting",
        description="Sort seeds for the spring.",
        place="Cormont Road",
        postcode="SE5 9RA",
        easting=531665,
        northing=176548,
        tariff=tariff,
        tariff_per=tariff_per,
        occasion=occasion or occasion_at(),
    )


def activity_session(
    session: Session,
    *,
    activity_id: UUID,
    starts_at: datetime = NOON - timedelta(hours=2),
    hours: float = 2,
    places: int = 20,
    occasion: Occasion | None = None,
) -> UUID:
    """A date of an activity, by default the two hours before noon."""
    return activities.add_session(
        session,
        activity_id=activity_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=hours),
        places=places,
        occasion=occasion or occasion_at(),
    )


def growing_project(
    session: Session,
    *,
    allowance_of: Amount = 20_000,
    budget: Amount = 1,
    tariff: Amount = 250,
    tariff_per: TariffPer = TariffPer.HOUR,
) -> GrowingProject:
    """An organiser with an allowance (minor units) of a programme of its own, and an activity."""
    company = organiser(session)
    programme_id = programme(session, budget=max(allowance_of, budget))
    if allowance_of:
        allowance(session, programme_id=programme_id, organiser_id=company.id, amount=allowance_of)
    activity_id = activity(
        session, organiser_id=company.id, programme_id=programme_id, tariff=tariff, tariff_per=tariff_per
    )
    return GrowingProject(organiser=company, programme_id=programme_id, activity_id=activity_id)


def place(session: Session, *, session_id: UUID, resident_id: UUID, at: datetime) -> None:
    """A place for a resident, taken an hour before the session starts at `at`."""
    before = occasion_at(at - timedelta(hours=1))
    rosters.take_place(session, session_id=session_id, resident_id=resident_id, occasion=before)


def awarded(
    session: Session, *, resident_id: UUID, amount: Amount = 500, at: datetime = NOON - timedelta(hours=2)
) -> AwardOutcome:
    """Credits (minor units) for a session of two hours from `at`, of a project of its own, awarded at its end."""
    project = growing_project(session, allowance_of=amount, tariff=amount, tariff_per=TariffPer.SESSION)
    session_id = activity_session(
        session, activity_id=project.activity_id, starts_at=at, occasion=occasion_at(at - timedelta(days=1))
    )
    place(session, session_id=session_id, resident_id=resident_id, at=at)
    (outcome,) = awards.award_session(
        session,
        session_id=session_id,
        organiser_id=project.organiser.id,
        operator_id=project.organiser.owner_id,
        residents=[resident_id],
        rules=RULES,
        occasion=occasion_at(at + timedelta(hours=2)),
    )
    return outcome


def purse(
    session: Session, *, resident_id: UUID, amount: Amount, expires_on: date | None = None, at: datetime = NOON
) -> int:
    """A purse filled (minor units) past every cap, its account's number; for tests of wallets, not of earning."""
    occasion = occasion_at(at)
    expires_on = expires_on or purse_month(occasion.today, expiry_months=RULES.expiry_months)
    account = open_purse(session, resident_id=resident_id, expires_on=expires_on, occasion=occasion)
    issuance = open_account(
        session.connection(),
        public_id=occasion.new_id(),
        kind=ISSUANCE,
        unit=Unit.CR,
        owner_id=SCHEME,
        mode=Mode.ROLLUP,
    )
    line = Line(debit=issuance, credit=account, amount=amount)
    post(
        session.connection(),
        Posting(id=occasion.new_id(), kind="award", lines=[line], at=at, actor=occasion.actor),
    )
    return account


def _company(
    session: Session, kind: OrganisationKind, email: str | None, pin: str | None, occasion: Occasion | None
) -> Company:
    number = next(_numbers)
    occasion = occasion or occasion_at()
    email = email or f"owner{number}@example.org"
    organisation_id = register.add_organisation(
        session, kind=kind, name=f"{kind.title()} {number}", address="1 Coldharbour Lane", occasion=occasion
    )
    owner_id = register.add_operator(
        session,
        organisation_id=organisation_id,
        name=f"Owner {number}",
        role=OperatorRole.OWNER,
        email=email,
        pin=pin,
        occasion=occasion,
    )
    return Company(id=organisation_id, owner_id=owner_id, owner_email=email)
