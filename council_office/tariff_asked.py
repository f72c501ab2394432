"""A proposed tariff as officers read it: which activity, from which day, and what it counts before and after."""

from datetime import date

from council_office.asked import Asked, asked_by_and_when
from council_office.programme_forms import tariff_words
from ledger.earning.activity_queries import activity_called
from ledger.earning.queries import programme
from ledger.earning.rules import TariffPer
from ledger.identifiers import from_text
from ledger.people.proposals import ProposalView
from ledger.people.queries import organisation
from shared_web.days import plain_day
from shared_web.db import Session, occasion


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed tariff in words."""
    content, today = proposal.content, occasion().today
    now = activity_called(session, activity_id=from_text(content["activity_id"]), today=today)
    organiser = organisation(session, organisation_id=now.organiser_id)
    found = programme(session, programme_id=now.programme_id, today=today)
    tariff = tariff_words(content["tariff"], TariffPer(content["tariff_per"]))
    return Asked(
        kind="Tariff",
        title=f"{tariff} for {now.title}",
        approve=f"Approve {tariff}",
        why_two="A tariff takes two people.",
        rows=[
            {"key": "Activity", "value": f"{now.title}, {organiser.name}"},
            {"key": "Programme", "value": found.name},
            {"key": "Counts today", "value": tariff_words(now.tariff, now.tariff_per)},
            {"key": "Is to count", "value": tariff},
            {"key": "From", "value": f"Sessions of {plain_day(date.fromisoformat(content['starts_on']))} and later"},
            {"key": "Decision", "value": content["decision_reference"]},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
    )
