"""A setting takes effect at London's midnight at every face, for a process that served the day before, too."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from tests import factories
from tests.council_office import town as office
from tests.council_office.town import said
from tests.council_tax.decided import decide
from tests.merchant_portal.deli import Customer, Deli
from tests.scheme.decided import decide_setting
from tests.wallet_api.lively import link
from tests.web_town import WebTown, text_of

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
TOMORROW = date(2026, 11, 24)
TAKEN = "taken, and on to the next page"

Sight = Callable[[], str]
"""What somebody sees or is told just now."""


def at_both_sides(town: WebTown, see: Sight) -> tuple[str, str]:
    """What is seen in the last second of the day, and in the first of the next."""
    town.now = MIDNIGHT - timedelta(seconds=1)
    before = see()
    town.now = MIDNIGHT
    return before, see()


def told(answer: TestResponse) -> str:
    """What a form shown again says, or that it was taken."""
    return TAKEN if answer.status_code == 303 else text_of(answer)


def decided(town: WebTown, name: str, value: str) -> None:
    """Two officers decided it at noon, from tomorrow."""
    town.work(lambda session: decide_setting(session, name, value, starts_on=TOMORROW, now=town.now))


def test_the_most_that_a_till_takes(web_town: WebTown) -> None:
    deli = Deli(town=web_town)
    decided(web_town, "redemption_limit", "15.00")
    web_town.now = MIDNIGHT - timedelta(minutes=2)
    till = deli.till()

    sent = {"amount": "16.00", "way": "type"}
    before, after = at_both_sides(web_town, lambda: told(till.fill("/merchant/till", "/merchant/till", **sent)))
    assert before == TAKEN
    assert "More than this till may take at once: 15.00" in after


def test_the_most_that_a_code_takes(web_town: WebTown) -> None:
    customer = Customer(town=web_town)
    decided(web_town, "redemption_limit", "15.00")
    amina = web_town.visitor().sign_in("amina@example.org")
    before, after = at_both_sides(web_town, lambda: told(amina.fill("/code/limit", most="16.00")))
    assert before == TAKEN
    assert "Enter 15.00 or less" in after
    assert customer.has() == 5000


def test_what_is_earned_in_a_week(web_town: WebTown) -> None:
    found = office.project(web_town)
    starts_at = MIDNIGHT + timedelta(days=1, hours=12)
    session_id = web_town.work(
        lambda session: factories.activity_session(session, activity_id=found.activity_id, starts_at=starts_at)
    )
    web_town.resident()
    decided(web_town, "earned_a_week", "3.00")
    amina = web_town.visitor().sign_in("amina@example.org")
    before, after = at_both_sides(web_town, lambda: text_of(amina.get(f"/earn/{to_text(session_id)}")))
    assert "You have earned 0.00 of 40.00 credits this week. This one counts." in before
    assert "You have earned 0.00 of 3.00 credits this week. You may come, but this one cannot add credits." in after


def test_the_least_that_is_applied_to_council_tax(web_town: WebTown) -> None:
    link(web_town, web_town.resident(credits_=5_000))
    web_town.work(lambda session: decide(session, occasion=web_town.occasion()))
    decided(web_town, "council_tax_minimum", "6.00")
    amina = web_town.visitor().sign_in("amina@example.org")
    before, after = at_both_sides(web_town, lambda: told(amina.fill("/council-tax/apply", amount="5.00")))
    assert before == TAKEN
    assert "Enter 6.00 or more" in after


def test_what_an_officer_allots_alone(web_town: WebTown) -> None:
    found = office.project(web_town)
    decided(web_town, "allotment_alone", "300.00")
    web_town.now = MIDNIGHT - timedelta(minutes=2)
    priya = office.priya(web_town)
    before, after = at_both_sides(web_town, lambda: office.ask_for(web_town, priya, "400.00", found=found))
    assert before == office.programme_page(found)
    assert after.startswith("/office/approvals/")


def test_what_an_officer_reverses_alone(web_town: WebTown) -> None:
    found = office.project(web_town)
    where = {"programme_id": found.programme_id, "organiser_id": found.organiser.id}
    first, second = (
        web_town.work(lambda session: factories.allowance(session, **where, amount=18_000)) for _ in range(2)
    )
    decided(web_town, "reversal_alone", "150.00")
    web_town.now = MIDNIGHT - timedelta(minutes=2)
    omar = office.officer(web_town, "omar@example.org", Permission.REVERSE)
    paths = iter(f"/office/corrections/{to_text(one)}" for one in (first, second))

    def reversed_() -> str:
        path = next(paths)
        return omar.fill(path, path, reason="Allotted twice", evidence="case 2026-114").location

    before, after = at_both_sides(web_town, reversed_)
    assert before == f"/office/corrections/{to_text(first)}"
    assert after.startswith("/office/approvals/")


def test_the_published_rules(web_town: WebTown) -> None:
    decided(web_town, "minutes_a_day", "90")
    decided(web_town, "expiry_months", "1")
    anybody = web_town.visitor()
    before, after = at_both_sides(web_town, lambda: text_of(anybody.get("/rules")))
    assert "At most 8 hours a day" in before
    assert "Credits are good to the end of the month that is 18 months after" in before
    assert "At most 1 hour 30 minutes a day" in after
    assert "Credits are good to the end of the month that is 1 month after" in after


def test_rules_of_days_to_come_are_published_under_their_day_where_they_are_residents(web_town: WebTown) -> None:
    decided(web_town, "minutes_a_day", "90")
    for name, value, day in (("redemption_limit", "10.00", 1), ("dispute_working_days", "5", 2)):
        starts_on = date(2026, 12, day)
        web_town.work(partial(decide_setting, name=name, value=value, starts_on=starts_on, now=web_town.now))
    told = text_of(web_town.visitor().get("/rules"))
    today, _, tomorrow_and_later = told.partition("From 24 November 2026")
    tomorrow, _, december = tomorrow_and_later.partition("From 1 December 2026")
    assert "At most 8 hours a day" in today
    assert "At most 1 hour 30 minutes a day" in tomorrow
    assert "A code takes" not in tomorrow
    assert "A code takes at most 10.00 credits" in december
    assert "a day" not in december
    assert "2 December" not in told


def test_how_old_a_sign_in_may_be_where_something_is_approved(web_town: WebTown) -> None:
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    decided(web_town, "fresh_minutes", "0")
    web_town.now = MIDNIGHT - timedelta(minutes=2)
    grace = office.grace(web_town)
    before, after = at_both_sides(web_town, lambda: said(grace.get(path)))
    assert "six digits" not in before.lower()
    assert "six digits" in after.lower()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_rules_of_a_day_are_read_once_when_it_has_settled(web_town: WebTown) -> None:
    """Who approved just before midnight may still be committing in the day's first minutes: those are read anew."""
    statements: list[str] = []
    anybody = web_town.visitor()

    @event.listens_for(web_town.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    def reads() -> int:
        before = len(statements)
        anybody.get("/rules")
        of_days_to_come = 1
        return sum("scheme_settings" in one for one in statements[before:]) - of_days_to_come

    web_town.now = MIDNIGHT + timedelta(minutes=1)
    early = [reads(), reads()]
    web_town.now = MIDNIGHT + timedelta(minutes=5)
    settled = [reads(), reads(), reads()]
    web_town.now = MIDNIGHT + timedelta(days=1, hours=9)
    assert (early, settled, [reads(), reads()]) == ([1, 1], [1, 0, 0], [1, 0])


def test_a_setting_that_is_committed_just_after_midnight_is_seen(web_town: WebTown) -> None:
    """A process that looked in the first second of the day does not keep what it saw then."""
    web_town.now = MIDNIGHT
    anybody = web_town.visitor()
    assert "At most 8 hours a day" in text_of(anybody.get("/rules"))
    just_before = MIDNIGHT - timedelta(seconds=1)
    web_town.work(lambda session: decide_setting(session, "minutes_a_day", "60", starts_on=TOMORROW, now=just_before))
    web_town.now = MIDNIGHT + timedelta(hours=9)
    assert "At most 1 hour a day" in text_of(anybody.get("/rules"))
