"""A shop, a programme, an activity, a resident whose every word is another's text."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.earning import activities, programmes, rosters
from ledger.earning.rules import TariffPer
from ledger.identifiers import to_text
from ledger.people import register
from ledger.people.rules import OrganisationKind
from tests import factories


def plant(session: Session, texts: list[str], number: int, *, roster: UUID) -> tuple[str, str]:
    """A shop, a programme, an activity with a session and a resident on a roster, all named by texts; its two pages."""
    now = factories.occasion_at()
    name, address, _telephone, _hours, title, description, place, person, programme, decision = texts
    add_shop(session, texts)
    made = programmes.open_programme(
        session,
        name=programme,
        decision_reference=decision,
        starts_on=now.today,
        ends_on=now.today + timedelta(days=90),
        occasion=now,
    )
    organiser = register.add_organisation(
        session, kind=OrganisationKind.ORGANISER, name=name, address=address, occasion=now
    )
    activity = activities.add_activity(
        session,
        organiser_id=organiser,
        programme_id=made,
        title=title,
        description=description,
        place=place,
        postcode="SE5 9RA",
        easting=531665,
        northing=176548,
        tariff=250,
        tariff_per=TariffPer.HOUR,
        occasion=now,
    )
    starts_at = now.now + timedelta(hours=2 + number)
    held = factories.activity_session(session, activity_id=activity, starts_at=starts_at)
    resident = register.add_resident(session, name=person, email=f"text{number}@example.org", occasion=now)
    before = factories.occasion_at(now.now - timedelta(hours=3))
    rosters.take_place(session, session_id=roster, resident_id=resident, occasion=before)
    return f"/earn/{to_text(held)}", f"/office/programmes/{to_text(made)}"


def add_shop(session: Session, texts: list[str]) -> None:
    """A shop that is called, found, rung and open by texts."""
    name, address, telephone, hours, *_rest = texts
    register.add_organisation(
        session,
        kind=OrganisationKind.SHOP,
        name=name,
        address=address,
        telephone=telephone,
        opening_hours=hours,
        occasion=factories.occasion_at(),
    )
