"""A till where somebody guesses: found by the log, its shop named with its number, and ended where nobody answers."""

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from ledger.audit.models import AuditRow
from ledger.identifiers import to_text
from ledger.store import reading
from tests.commands.test_commands import call
from tests.merchant_portal.deli import ROSA_PIN, Deli
from tests.service import environment
from tests.web_town import Visitor, WebTown


def guess(deli: Deli, till: Visitor) -> str:
    """A wrong PIN at a till; the id that the log has of it."""
    typed = {"operator": to_text(deli.rosa_id), "pin": "111111"}
    with capture_logs() as logged:
        assert till.fill("/merchant/till", "/merchant/till/unlock", **typed).status_code == 422
    (told,) = (one for one in logged if one.get("status") == 422)
    assert (told["realm"], told["route"]) == ("merchant", "/merchant/till/unlock")
    sign_in_id: str = told["sign_in_id"]
    return sign_in_id


@pytest.mark.slow
def test_a_till_is_ended_by_the_id_that_the_log_has_and_the_others_stay(web_town: WebTown) -> None:
    deli = Deli(town=web_town)
    till, other = deli.till(unlocked=False), deli.till("Till 2")
    found = guess(deli, till)
    env = environment(database_url=str(web_town.settings.database_url), data=web_town.settings.data)
    words = ("emergency", "end-till", found, "--reason", "Guessing PINs, nobody answers.")

    said = "Till 1 of Santos Deli (no telephone number)"
    assert call(*words, "--dry-run", env=env).stdout == f"{said} would end.\n"
    assert till.client.get("/merchant/till").status_code == 200
    assert call(*words, env=env).stdout == f"{said} ended.\n"
    assert call(*words, env=env).stdout == f"{said} had ended already.\n"

    assert till.client.get("/merchant/till").status_code == 303
    assert other.client.get("/merchant/menu").status_code == 200
    with reading(web_town.engine) as session:
        rows = session.execute(
            select(AuditRow).where(AuditRow.action == "command.end-till").order_by(AuditRow.at, AuditRow.id)
        ).scalars()
        told = [(row.subject_id, row.reason, row.details) for row in rows]
    assert told == [(found, "Guessing PINs, nobody answers.", {"ended": ended}) for ended in (1, 0)]
    deli.unlock(deli.till("Till 3", unlocked=False), ROSA_PIN)


def test_an_id_of_no_till_ends_nothing(web_town: WebTown) -> None:
    deli = Deli(town=web_town)
    owner = deli.owner()
    env = environment(database_url=str(web_town.settings.database_url), data=web_town.settings.data)
    ids = {"no such till": to_text(web_town.occasion().new_id()), "26 characters": "till"}
    for why, given in ids.items():
        ended = call("emergency", "end-till", given, "--reason", "A drill.", env=env)
        assert (ended.exit_code != 0, why in ended.output) == (True, True)
    assert owner.client.get("/merchant/devices").status_code == 200
