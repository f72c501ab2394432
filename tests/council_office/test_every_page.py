"""Every page of the council's office in a real Chromium: accessible, valid, no wider than the window."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from tests import factories
from tests.council_office import town as office
from tests.council_office.test_decisions import CLOSE, FIELDS, LIST, NEW
from tests.journeys.pages import problems_of_pages, served
from tests.wallet_api.lively import live_a_little
from tests.web_town import WebTown

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


CLOSING = {"closes_on-day": "30", "closes_on-month": "11", "closes_on-year": "2026", "reason": "The sum is reached"}


@ONE_ENGINE
def test_every_page_of_the_office_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    priya = office.priya(web_town)
    both = office.officer(web_town, "both@example.org", *Permission)
    found = office.project(web_town)
    programme = office.programme_page(found)
    asked = office.ask_for(web_town, priya, "1,200.00", found=found)
    own = office.ask_for(web_town, both, "900.00", found=found)
    office.applied(web_town, base="20001234", amount=2_500)
    office.night(web_town, web_town.now.date() - timedelta(days=1))
    office.night(web_town, web_town.now.date())
    activity = f"/office/activities/{to_text(found.activity_id)}"
    tariff = office.ask_for_tariff(priya, activity)
    to_ceiling = f"{programme}/ceiling"
    ceiling = priya.fill(to_ceiling, to_ceiling, amount="12,000.00", decision="OMD-2026-201").location
    funding = priya.fill(f"{programme}/fund", f"{programme}/fund", amount="600.00", decision="OMD-2026-202").location
    ask = office.asked_for_more(web_town, found)
    office.close_october(web_town)
    paths = [
        *("/office/outstanding", "/office/programmes", "/office/programmes/new", "/office/approvals"),
        *("/office/council-tax", "/office/council-tax/1", "/office/council-tax/2", "/office/details"),
        *("/office/council-tax/1/worklist", "/office/council-tax/2/lines"),
        *("/office/council-tax/decisions", "/office/council-tax/decisions/new", "/office/council-tax/decisions/close"),
        *(programme, f"{programme}/fund", f"{programme}/allot", asked, own),
        *(to_ceiling, f"{activity}/tariff", tariff, ceiling, funding, "/office/asks", ask),
        *("/office/month-end", "/office/month-end/2026-10", "/office/month-end/2026-11"),
    ]
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, paths, client=both.client) == []


@ONE_ENGINE
def test_every_page_of_corrections_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    town = live_a_little(web_town)
    officer = office.officer(web_town, "omar@example.org", *Permission)
    other = office.officer(web_town, "other@example.org", Permission.REVERSE)
    path = f"/office/corrections/{to_text(town.taken.transaction_id)}"
    adjust = f"/office/corrections/adjust?about={to_text(town.taken.transaction_id)}"
    amina = web_town.visitor().sign_in("amina@example.org")
    said = amina.fill(f"/disputes/new?transaction={to_text(town.taken.transaction_id)}", reason="Not me").location
    purse, issuance = (other.choice(adjust, "debit", word) for word in ("A resident", "Issuance"))
    why = {"reason": "Taken twice", "evidence": "case 2026-114"}
    asked = other.fill(
        adjust, "/office/corrections/adjust", debit=purse, credit=issuance, amount="1.00", **why
    ).location
    with served(web_town.app) as url:
        item = f"/office/council-tax/items/{town.item}"
        waiting = ("/office/corrections", item, path, adjust, "/office/disputes", f"/office{said}", asked)
        assert problems_of_pages(chromium, url, waiting, client=officer.client) == []
        missing = ("/office/corrections?reference=7K2M-9QF",)
        assert problems_of_pages(chromium, url, missing, client=officer.client, status=422) == []
        assert officer.fill(path, path, **why).status_code == 303
        answered = officer.fill(f"/office{said}", f"/office{said}", outcome="upheld", answer="Put right")
        assert answered.status_code == 303
        done = ("/office/corrections", path, "/office/disputes", f"/office{said}")
        assert problems_of_pages(chromium, url, done, client=officer.client) == []
        assert problems_of_pages(chromium, url, (said,), client=amina.client) == []


@ONE_ENGINE
def test_every_page_of_decisions_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    both = office.officer(web_town, "both@example.org", *Permission)
    grace = office.grace(web_town)
    recorded = both.fill(NEW, NEW, **FIELDS).location
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, [recorded, LIST], client=grace.client) == []
        assert grace.fill(recorded, recorded, decision="approve").status_code == 303
        (ending,) = set(re.findall(rf'href="({LIST}/\w{{26}}/end)"', both.get(LIST).text))
        ended = both.fill(ending, ending, reason="The cabinet ended it").location
        closed = both.fill(CLOSE, CLOSE, **CLOSING).location
        assert problems_of_pages(chromium, url, [LIST, recorded, ending, ended, closed], client=both.client) == []
        assert problems_of_pages(chromium, url, [ended, closed], client=grace.client) == []


@ONE_ENGINE
def test_an_office_with_nothing_and_what_it_refuses_have_no_fault(web_town: WebTown, chromium: Browser) -> None:
    grace = office.grace(web_town)
    web_town.work(lambda session: factories.programme(session, budget=0))
    empty = ("/office/outstanding", "/office/programmes", "/office/approvals", "/office/council-tax")
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, ("/office/sign-in",)) == []
        assert problems_of_pages(chromium, url, empty, client=grace.client) == []
        assert problems_of_pages(chromium, url, ("/office/programmes/new",), client=grace.client, status=403) == []
        assert problems_of_pages(chromium, url, ("/office/nothing",), client=grace.client, status=404) == []


@ONE_ENGINE
def test_the_release_of_a_file_has_no_fault(web_town: WebTown, chromium: Browser) -> None:
    office.applied(web_town, base="20001234", amount=500)
    office.night(web_town, web_town.now.date())
    web_town.wait(days=1)
    office.applied(web_town, base="20001242", amount=1_700)
    office.night(web_town, web_town.now.date())
    grace = office.grace(web_town)
    daniel = office.officer(web_town, "daniel@example.org", Permission.APPROVE, Permission.EXPORT)
    first, second = "/office/council-tax/1", "/office/council-tax/2"
    with served(web_town.app) as url:
        assert problems_of_pages(chromium, url, [first, second], client=grace.client) == []
        grace.fill(first, first, decision="approve")
        assert problems_of_pages(chromium, url, [first], client=daniel.client) == []
        assert problems_of_pages(chromium, url, [first], client=grace.client) == []
