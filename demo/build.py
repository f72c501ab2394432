"""Build the believable scheme in an empty, migrated database, by the operations alone, from a fixed seed."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import Engine

from demo import decided_settings, high_street, opening, visit, weeks
from demo.town import Town
from ledger.notices.backends import log
from ledger.notices.delivery import deliver_due
from ledger.settings import Settings

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def build(engine: Engine, *, settings: Settings, today: date, progress: Progress) -> Town:
    """The town, its six weeks lived and its nights run; `today` is the London day of the visitor."""
    town = Town(engine=engine, settings=settings, today=today)
    steps = (
        opening.add_officers,
        opening.open_programme,
        opening.decide_council_tax,
        decided_settings.set_ceiling,
        opening.import_organisers,
        opening.allot,
        opening.add_residents,
        high_street.add_merchants,
    )
    for number, step in enumerate(steps, start=1):
        step(town)
        progress("Opening the scheme", number, len(steps))
    days = weeks.days_of(town)
    for number, day in enumerate(days, start=1):
        weeks.live_a_day(town, day)
        progress("Living six weeks", number, len(days))
    visit.prepare_visit(town)
    decided_settings.set_what_comes(town)
    visit.close_months(town)
    _empty_outbox(town)
    return town


def _empty_outbox(town: Town) -> None:
    """What was written to people in these weeks is long read."""
    now = town.at(town.today, "00:01").now
    while deliver_due(town.engine, backend=log, field_keys=town.settings.field_keys, now=now):
        pass
