"""WB-05: texts that would be programs in a careless page, in every field that people fill in, seen in Chromium."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from ledger.identifiers import to_text
from ledger.people import register
from ledger.people.rules import OperatorRole, Permission
from tests.council_office import town as office
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.hostile_town import plant
from tests.journeys.hostile_crawl import TEXTS, crawl
from tests.journeys.pages import served
from tests.merchant_portal.deli import Deli
from tests.wallet_api.lively import live_a_little, spend
from tests.wallet_api.organised import organised
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

SETS = 15


def planted_at(town: WebTown, roster: UUID) -> list[tuple[str, str]]:
    """Every text in some field, each field with fifteen of them; pages of activities and of programmes."""
    chunks = [TEXTS[10 * number : 10 * number + 10] for number in range(SETS)]
    rotated = [chunk[number % 10 :] + chunk[: number % 10] for number, chunk in enumerate(chunks)]
    return [
        town.work(lambda session, number=number, texts=texts: plant(session, texts, number, roster=roster))
        for number, texts in enumerate(rotated)
    ]


def said_at_the_deli(town: WebTown, deli: Deli) -> None:
    """Operators and tills called by texts."""
    for number, text in enumerate(TEXTS[::15]):
        town.work(
            lambda session, text=text, pin=f"4802{number:02}": register.add_operator(
                session,
                organisation_id=deli.id,
                name=text,
                role=OperatorRole.OPERATOR,
                pin=pin,
                occasion=town.occasion(),
            )
        )
    for text in sorted(TEXTS, key=len)[:5]:
        assert deli.owner().fill("/merchant/", till_name=text).status_code == 303
        town.wait(minutes=4)


@POSTGRESQL_WHEN_LONG
def test_wb_05_no_text_that_people_wrote_becomes_a_program(web_town: WebTown, chromium: Browser) -> None:
    assert len(set(TEXTS)) == 150
    lively, roster, deli = live_a_little(web_town), organised(web_town), Deli(town=web_town)
    sessions, programmes_made = zip(*planted_at(web_town, roster.session_id), strict=True)
    said_at_the_deli(web_town, deli)
    amina = web_town.visitor().sign_in("amina@example.org")
    officer = office.officer(web_town, "omar@example.org", *Permission)
    spent = [spend(web_town, lively.shop, lively.resident_id, 10) for _ in range(5)]
    asked, told = office_words(web_town, officer, amina, [to_text(one.transaction_id) for one in spent])
    near = "/earn?near=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    found = "/office/corrections?reference=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"
    journeys: list[tuple[FlaskClient, list[str]]] = [
        (amina.client, ["/spend", "/earn", "/earn?week=1", "/history", near, *sessions, *told]),
        (roster.olu().client, [f"{roster.path}/roster", "/organise/", "/organise/activities"]),
        (deli.owner().client, ["/merchant/operators", "/merchant/devices"]),
        (
            officer.client,
            ["/office/programmes", "/office/approvals", "/office/corrections", found, *asked, *programmes_made],
        ),
    ]
    with served(web_town.app) as url:
        read: dict[str, set[str]] = {}
        problems = [one for client, paths in journeys for one in crawl(chromium, url, client, paths, read)]
    assert problems == []
    assert sorted(set(TEXTS).difference(*read.values())) == []


def office_words(town: WebTown, officer, amina, transactions: list[str]) -> tuple[list[str], list[str]]:
    """Purposes, reasons, evidence and answers that are texts: the office's pages of them, and the resident's."""
    texts, asked, told = iter(TEXTS[3:]), ["/office/disputes"], []
    project = office.project(town)
    other = office.officer(town, "other@example.org", *Permission)
    for transaction in transactions:
        path = f"{office.programme_page(project)}/allot"
        sent = {"organiser": to_text(project.organiser.id), "amount": "900.00", "purpose": next(texts)}
        asked.append(other.fill(path, path, **sent).location)
        told.append(amina.fill(f"/disputes/new?transaction={transaction}", reason=next(texts)).location)
        page, dispute = f"/office/corrections/{transaction}", f"/office{told[-1]}"
        assert other.fill(page, page, reason=next(texts), evidence=next(texts)).status_code == 303
        assert other.fill(dispute, dispute, outcome="upheld", answer=next(texts)).status_code == 303
        asked += [page, dispute]
    sent_back = officer.fill(asked[1], asked[1], decision="send-back", reason=next(texts))
    assert sent_back.status_code == 303
    return asked, told
