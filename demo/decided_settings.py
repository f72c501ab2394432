"""What two officers decided of the scheme's settings: one that holds in these weeks, and one that comes."""

import random
from dataclasses import replace
from datetime import date, timedelta

from demo import doors
from demo.town import SEED, Town
from ledger.people.proposals import proposal_called
from ledger.scheme.operations import approve_setting, ask_setting

CEILING, ANSWERED_WITHIN = "25000.00", "15"


def set_ceiling(town: Town) -> None:
    """What the year's reductions are meant to stay under, from the first of the six weeks on."""
    _decide(town, "council_tax_ceiling", CEILING, day=town.first_day - timedelta(days=7), starts_on=town.first_day)


def set_what_comes(town: Town) -> None:
    """Disputes are to be answered sooner, from four weeks after the visit on."""
    yesterday, starts_on = town.today - timedelta(days=1), town.today + timedelta(weeks=4)
    _decide(town, "dispute_working_days", ANSWERED_WITHIN, day=yesterday, starts_on=starts_on)


def _decide(town: Town, name: str, value: str, *, day: date, starts_on: date) -> None:
    """One officer asks and another agrees; their chance is their own, so that the rest of the town is the same town."""
    chance = random.Random(f"{SEED} {name}")
    asked, agreed = (replace(town.at(day, clock), token_bytes=chance.randbytes) for clock in ("10:30", "15:30"))
    reference = town.work(
        lambda session: ask_setting(
            session,
            name=name,
            value=value,
            starts_on=starts_on,
            decision_reference=f"OMD-{day.year}-{day.month:02d}{day.day:02d}",
            officer_id=town.officers[doors.SCHEME_OFFICER.email],
            occasion=asked,
        )
    )
    town.work(
        lambda session: approve_setting(
            session,
            proposal_id=proposal_called(session, reference=reference).id,
            checker_id=town.officers[doors.FINANCE_OFFICER.email],
            occasion=agreed,
        )
    )
