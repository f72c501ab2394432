"""The scheme's settings in the office: seen by everybody, asked for by one, agreed to by another, never forgotten."""

from urllib.parse import quote_from_bytes, urlencode

import pytest
from sqlalchemy import func, select

from ledger.audit.models import AuditRow
from ledger.identifiers import crockford
from ledger.people.models import Proposal
from ledger.people.rules import Permission
from ledger.scheme.models import SchemeSetting
from ledger.store import reading
from shared_web.idempotency import KEY_FIELD
from tests import factories
from tests.council_office import town as office
from tests.council_office.town import said
from tests.factories import NOON
from tests.hostile_amounts import TYPED_AMOUNTS
from tests.scheme.decided import decide_setting
from tests.web_town import Visitor, WebTown

LIST, LIMIT = "/office/settings", "/office/settings/redemption-limit"
REFUSED = ("Enter an amount of credits like 40.00", "Enter more than 0.00", "Enter at most 2,000 characters")
CHANGE = {
    "value": "15.00",
    "starts_on-day": "1",
    "starts_on-month": "12",
    "starts_on-year": "2026",
    "decision": "OMD-2026-200",
}


def ravi(town: WebTown) -> Visitor:
    """The administrator."""
    return office.officer(town, "ravi@example.org", Permission.ADMINISTER)


def ask(who: Visitor, page: str = LIMIT, **changed: str) -> str:
    """The path to which asking for 15.00 from 1 December leads."""
    answer = who.fill(page, page, **CHANGE | changed)
    assert answer.status_code == 303, said(answer)
    return answer.location


def counts(town: WebTown) -> tuple[int, int]:
    """How many proposals and settings stand."""
    with reading(town.engine) as session:
        tables = (session.execute(select(func.count()).select_from(one)) for one in (Proposal, SchemeSetting))
        proposed, settings = (one.scalar_one() for one in tables)
    return proposed, settings


def test_a_setting_is_asked_for_agreed_to_by_another_and_shown(web_town: WebTown) -> None:
    admin, grace = ravi(web_town), office.grace(web_town)
    assert "Most a till takes at once 20.00 CR Most an officer reverses" in said(grace.get(LIST))
    path = ask(admin)
    assert path.startswith("/office/approvals/")
    waiting = said(admin.get(LIMIT))
    assert "Waits for approval 15.00 CR from 1 December 2026 Asked by Ravi" in waiting
    assert "Most a till takes at once: 15.00 CR" in said(grace.get("/office/approvals"))
    page = said(grace.get(path))
    assert "Setting Most a till takes at once Holds today 20.00 CR Is to hold 15.00 CR From 1 December 2026" in page
    assert "A setting of the scheme takes two people. Ravi asked, you decide." in page
    assert grace.fill(path, path, decision="approve").status_code == 303
    assert "Most a till takes at once To come: 15.00 CR from 1 December 2026 20.00 CR" in said(grace.get(LIST))
    web_town.wait(days=8)
    grace = web_town.visitor().sign_in(office.GRACE, realm="office")
    page = said(grace.get(LIMIT))
    assert (
        "Today 15.00 CR Since 1 December 2026, OMD-2026-200 Set at the machine 20.00 CR, which counts no more" in page
    )
    assert "1 December 2026 15.00 CR OMD-2026-200 Ravi Grace 23 November 2026" in page
    assert "Ask for a change" not in page, "she does not administer"


def test_nobody_agrees_to_what_they_asked_for_and_it_can_be_taken_back(web_town: WebTown) -> None:
    both = office.officer(web_town, "both@example.org", *Permission)
    path = ask(both)
    assert "You asked for this. Someone else must decide." in said(both.get(path))
    forged = both.filled("/office/details")[1] | {"decision": "approve", KEY_FIELD: crockford(1, 26)}
    assert both.client.post(path, data=forged).status_code == 403
    assert both.fill(path, f"{path}/take-back").status_code == 303
    assert "Void since" in said(both.get(path))
    assert counts(web_town) == (1, 0)


@pytest.mark.parametrize(
    ("slug", "wrong", "sentence"),
    [
        ("redemption-limit", {"value": "much"}, "Enter an amount of credits like 40.00"),
        ("redemption-limit", {"value": ""}, "Enter an amount of credits like 40.00"),
        ("expiry-months", {"value": "121"}, "Enter a whole number from 1 to 120"),
        ("council-tax-cut", {"value": "6pm"}, "Enter a time of day like 18:00"),
        ("council-tax-blackouts", {"value": "Christmas"}, "Enter first and last days like 2027-02-15..2027-03-15"),
        ("council-tax-last-postings", {"value": "9999-12-31"}, "Enter days from 2000-01-01 to 2199-12-31"),
        ("council-tax-ceiling", {"value": "25,000"}, "Enter an amount like 25000.00, without commas"),
        ("council-tax-blackouts", {"value": "2027-02-15..2027-03-15 " * 100}, "Enter at most 2,000 characters"),
        ("redemption-limit", {"starts_on-day": "23", "starts_on-month": "11"}, "Enter a day to come"),
        ("redemption-limit", {"starts_on-year": "9999"}, "Enter a day up to 31 December 2199"),
        ("redemption-limit", {"starts_on-day": "31", "starts_on-month": "2"}, "Enter a date like 30 11 2026"),
        ("redemption-limit", {"decision": " "}, "Enter the decision that sets it"),
        ("redemption-limit", {"decision": "a\u202eb"}, "Enter only characters that can be seen"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_asked(
    web_town: WebTown, slug: str, wrong: dict[str, str], sentence: str
) -> None:
    page = f"{LIST}/{slug}"
    answer = ravi(web_town).fill(page, page, **CHANGE | wrong)
    assert answer.status_code == 422
    assert sentence in said(answer)
    typed = next(iter(wrong.values())).strip()
    assert typed.replace("\u202e", "") == "" or typed.split()[0] in answer.text, "what was typed is shown again"
    assert counts(web_town) == (0, 0)


def test_a_hostile_amount_is_refused_in_a_sentence_and_nothing_is_asked(web_town: WebTown) -> None:
    admin = ravi(web_town)
    web_town.app.config["WTF_CSRF_ENABLED"] = False
    others = {name: text for name, text in CHANGE.items() if name != "value"}
    for key, (called, amount) in enumerate(TYPED_AMOUNTS.items()):
        pair = f"value={quote_from_bytes(amount, safe='')}"
        sent = f"{pair}&{urlencode(others | {KEY_FIELD: crockford(key + 1, 26)})}"
        answer = admin.client.post(LIMIT, data=sent, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 422, called
        assert any(sentence in said(answer) for sentence in REFUSED), called
    assert counts(web_town) == (0, 0)


def test_what_is_no_setting_or_nobody_decides_is_no_page(web_town: WebTown) -> None:
    admin = ravi(web_town)
    sent = admin.filled("/office/details")[1] | CHANGE | {KEY_FIELD: crockford(1, 26)}
    for name in ("council-tax-paused", "council-tax-cutt", "x", "%00", "__class__", "redemption_limit.__class__"):
        assert admin.get(f"{LIST}/{name}").status_code == 404
        assert admin.client.post(f"{LIST}/{name}", data=sent).status_code == 404
    page = said(admin.get(LIST))
    assert "Nothing leaves for council tax until further notice No Set at the machine" in page


def test_asking_and_agreeing_are_audited_with_what_was_decided(web_town: WebTown) -> None:
    admin, grace = ravi(web_town), office.grace(web_town)
    path = ask(admin)
    grace.fill(path, path, decision="approve")
    reference = path.rpartition("/")[2]
    with reading(web_town.engine) as session:
        rows = session.execute(select(AuditRow).order_by(AuditRow.id)).scalars().all()
    found = {row.action: row for row in rows}
    asked = found["office.settings.propose"]
    assert (asked.subject_kind, asked.subject_id) == ("setting", "redemption-limit")
    assert asked.details == {
        "proposal": reference,
        "value": "15.00",
        "starts_on": "2026-12-01",
        "decision": "OMD-2026-200",
    }
    decided = found["office.approvals.decide"]
    assert (decided.subject_kind, decided.subject_id) == ("proposal", reference)


def test_the_same_request_asks_once(web_town: WebTown) -> None:
    admin = ravi(web_town)
    target, sent = admin.filled(LIMIT, LIMIT, **CHANGE)
    first, second = (admin.client.post(target, data=sent) for _ in range(2))
    assert first.location == second.location
    assert counts(web_town) == (1, 0)


def test_one_whose_day_has_come_is_not_agreed_to_and_says_what_to_do(web_town: WebTown) -> None:
    path = ask(ravi(web_town))
    web_town.wait(days=8)
    grace = office.grace(web_town)
    answer = grace.fill(path, path, decision="approve")
    assert answer.status_code == 409
    assert "The day it was to hold from has come. Send it back, and ask for a later day." in said(answer)
    assert counts(web_town) == (1, 0)
    assert grace.fill(path, path, decision="send-back", reason="Too late").status_code == 303


def test_what_follows_for_what_is_planned_is_said_where_it_is_decided(web_town: WebTown) -> None:
    admin, found = ravi(web_town), office.project(web_town)
    web_town.work(
        lambda session: factories.activity_session(
            session, activity_id=found.activity_id, starts_at=NOON.replace(month=12, day=3), hours=3
        )
    )
    week = said(admin.get(ask(admin, f"{LIST}/earned-a-week", value="7.00")))
    assert "Planned sessions that count more than 7.00 CR: 1, the first on 3 December 2026." in week
    enough = said(admin.get(ask(admin, f"{LIST}/earned-a-week", value="7.50")))
    assert "Planned sessions" not in enough
    day = said(admin.get(ask(admin, f"{LIST}/minutes-a-day", value="179")))
    assert "Planned sessions that last longer than 179 minutes: 1, the first on 3 December 2026." in day
    ends = said(admin.get(ask(admin, f"{LIST}/expiry-months", value="6")))
    assert "Credits that were awarded before 1 December 2026 keep their last good day." in ends
    office.applied(web_town, base="20001234", amount=500)
    closed = said(admin.get(ask(admin, f"{LIST}/council-tax-blackouts", value="2026-12-24..2026-12-27")))
    assert "24 December 2026 to 27 December 2026" in closed
    assert "Applications set aside now: 1." in closed
    least = said(admin.get(ask(admin, f"{LIST}/council-tax-minimum", value="100.01")))
    assert "nobody could apply any more" in least


def test_what_is_taken_back_from_what_may_be_none(web_town: WebTown) -> None:
    admin, grace = ravi(web_town), office.grace(web_town)
    web_town.work(lambda session: decide_setting(session, "council_tax_ceiling", "250000.00", now=web_town.now))
    page = f"{LIST}/council-tax-ceiling"
    path = ask(admin, page, value="")
    assert "Is to hold None" in said(grace.get(path))
    grace.fill(path, path, decision="approve")
    web_town.wait(days=9)
    grace = web_town.visitor().sign_in(office.GRACE, realm="office")
    assert "Today None Since 1 December 2026" in said(grace.get(page))


def test_every_setting_has_its_page_and_its_form_begins_with_what_holds(web_town: WebTown) -> None:
    admin = ravi(web_town)
    for slug, value in (("council-tax-cut", "18:00"), ("minutes-a-day", "480"), ("earned-a-year", "200.00")):
        assert f'value="{value}"' in admin.get(f"{LIST}/{slug}").text
    listed = admin.get(LIST).text
    assert listed.count('href="/office/settings/') == 18
