"""The rules of the scheme that are in force on the London day of a request."""

from datetime import timedelta
from typing import cast

from flask import g

from ledger.clock import london_date, london_midnight
from ledger.scheme.queries import rules_in_force
from ledger.settings import SchemeRules
from shared_web.core import core
from shared_web.db import read

SETTLED = timedelta(minutes=5)
"""How long after midnight the work of whoever approved before it has surely ended; a request ends in three seconds."""


def rules_today() -> SchemeRules:
    """What two officers decided, over the environment's values.

    A request keeps them, and once the day has settled a process keeps them for the rest of it: what is decided holds
    from tomorrow at the earliest, so what is in force on a day cannot change during it.
    """
    made_with = core()
    now = made_with.now()
    day = london_date(now)
    for kept in (made_with.rules_of_day, g.get("rules_of_day")):
        if kept is not None and kept[0] == day:
            return cast("SchemeRules", kept[1])
    found = read(lambda session: rules_in_force(session, usual=made_with.settings.rules, day=day))
    g.rules_of_day = (day, found)
    if now >= london_midnight(day) + SETTLED:
        made_with.rules_of_day = g.rules_of_day
    return found
