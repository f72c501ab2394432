"""A town whose people, shops and activities are called by texts that would be programs in a careless page."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.earning.models import Activity, Programme
from ledger.identifiers import to_text
from ledger.people.models import Officer, Operator, Organisation, Resident, SignIn
from ledger.people.rules import Permission
from ledger.redemption.codes import ShownCode, issue_code
from shared_web.demo_town import TOWN_FILE
from tests import factories
from tests.council_office import town as office
from tests.journeys.hostile_office import office_pages
from tests.merchant_portal.deli import Deli
from tests.wallet_api.lively import Lively, live_a_little, path_of, take
from tests.wallet_api.organised import LISTED, Organised, bring, came_by, held, organised, pressed
from tests.wallet_api.test_every_page import OPEN, OWN
from tests.web_town import Visitor, WebTown

Journey = tuple[FlaskClient, list[str]]

CALLED: dict[Any, tuple[str, ...]] = {
    Resident: ("name",),
    Organisation: ("name", "address", "telephone", "opening_hours"),
    Operator: ("name",),
    Officer: ("name",),
    SignIn: ("till_name",),
    Programme: ("name", "decision_reference"),
    Activity: ("title", "description", "place"),
}
"""What may be called otherwise later, by tables: everything else is written once, in a form."""


def write_doors(town: WebTown, texts: Iterator[str]) -> None:
    """The demo says how to come in, to people and organisations called by texts."""
    secret = pyotp.random_base32()
    doors = [
        {"realm": realm, "name": next(texts), "email": f"{realm}@example.org", "organisation": next(texts)}
        for realm in ("resident", "organiser", "merchant", "office")
    ]
    doors[2]["pin"], doors[3]["totp_secret"] = "480261", secret
    facts = {"doors": doors, "residents": 200, "merchants": 35}
    (town.settings.data / TOWN_FILE).write_text(json.dumps(facts), encoding="utf-8")


def call_everything_so(session: Session, texts: Iterator[str]) -> None:
    """Every person, organisation, till, programme and activity is called by a text."""
    for model, names in CALLED.items():
        for row in session.execute(select(model)).scalars().all():
            called = {name: next(texts) for name in names if getattr(row, name) is not None}
            if called:
                session.execute(update(model).where(model.id == row.id).values(**called))


def journeys_of(town: WebTown, texts: list[str]) -> list[Journey]:
    """Everybody's pages, each for whoever may read it."""
    written = cycle(texts)
    write_doors(town, written)
    lively, roster, deli = live_a_little(town), organised(town, people=3, allowance_of=30_000), Deli(town=town)
    amina = town.visitor().sign_in("amina@example.org")
    coming = coming_in(town)
    joined(town, next(written))
    own, dispute = resident_pages(town, lively, amina, written)
    till, tills = till_pages(town, deli, lively, written)
    organisers = organiser_pages(town, roster)
    seen = office.officer(town, "everything@example.org", *Permission)
    offices = office_pages(town, lively, written, f"/office{dispute}")
    doors = [f"/{one}/sign-in" for one in ("organise", "merchant", "office")]
    presented = f"/P/{code_of(town, lively).token}"
    journeys: list[Journey] = [
        *coming,
        (town.visitor().client, [*OPEN, "/demo/outbox", *doors, presented]),
        (amina.client, own),
        (till.client, tills),
        (deli.owner().client, owner_pages(deli, written)),
        (roster.olu().client, organisers),
        (seen.client, offices),
    ]
    town.work(lambda session: call_everything_so(session, written))
    town.visitor().fill("/sign-in", email="amina@example.org")
    return journeys


def coming_in(town: WebTown) -> list[Journey]:
    """Each step of coming in, of people who act for two organisations, and of an officer."""
    for make, email in ((factories.organiser, "two@example.org"), (factories.merchant, "both@example.org")):
        for _ in range(2):
            town.work(lambda session, make=make, email=email: make(session, owner_email=email))
    town.officer(email="late@example.org")
    steps: list[Journey] = []
    for start, name, then in (
        ("", "amina", ""),
        ("/organise", "two", "organisation"),
        ("/merchant", "both", "organisation"),
        ("/office", "late", "app"),
    ):
        asked, confirmed = town.visitor(), town.visitor()
        for visitor in (asked, confirmed):
            assert visitor.fill(f"{start}/sign-in", email=f"{name}@example.org").status_code == 303
            town.wait(minutes=1)
        steps.append((asked.client, [f"{start}/sign-in/code"]))
        if then:
            digits = town.last_digits(f"{name}@example.org")
            assert confirmed.fill(f"{start}/sign-in/code", digits=digits).location == f"{start}/sign-in/{then}"
            steps.append((confirmed.client, [f"{start}/sign-in/{then}"]))
    return steps


def joined(town: WebTown, name: str) -> None:
    """Somebody joins under a name."""
    asked = {"name": name, "email": "new@example.org", "postcode": "SW9 0QN", "agrees": "y"}
    assert town.visitor().fill("/join", **asked).status_code == 303


def code_of(town: WebTown, lively: Lively) -> ShownCode:
    """A new code on Amina's phone."""
    rules, key = town.settings.rules, town.settings.code_key
    asked = {"rules": rules, "code_key": key, "occasion": town.occasion()}
    return town.work(lambda session: issue_code(session, resident_id=lively.resident_id, **asked))


def resident_pages(town: WebTown, lively: Lively, amina: Visitor, texts: Iterator[str]) -> tuple[list[str], str]:
    """What she has and said, and where her dispute stands."""
    codes = [amina.send_json("/api/v1/codes", {}, page="/details").json for _ in range(2)]
    other = to_text(take(town, lively.shop, codes[-1]["short_code"], 100).transaction_id)
    transaction, new = to_text(lively.taken.transaction_id), "/disputes/new?transaction="
    said = amina.fill(f"{new}{transaction}", reason=next(texts)).location
    more = [
        *(f"/code/{one['id']}" for one in codes),
        *map(path_of, lively.sessions),
        f"/history/{transaction}",
        f"/council-tax/{lively.item}",
        "/council-tax/apply/check?amount=5.00",
        *(said, f"{new}{other}"),
        f"/earn?{urlencode({'near': next(texts)})}",
    ]
    return [*OWN, *more], said


def till_pages(town: WebTown, deli: Deli, lively: Lively, texts: Iterator[str]) -> tuple[Visitor, list[str]]:
    """A till and its pages, of a taking that it said is wrong, of one that it did not, and of one that was undone."""
    till, page = deli.till(fitting(texts, 40)), "/merchant/till/type?amount=0.40"
    first = code_of(town, lively)
    yes, no = (till.fill(page, code=first.short_code).location for _ in range(2))
    undone, fine = (
        till.fill(page, code=code_of(town, lively).short_code).location.rpartition("/")[2] for _ in range(2)
    )
    assert till.fill(f"/merchant/takings/{undone}/void").status_code == 303
    reference = yes.rpartition("/")[2]
    taking = f"/merchant/takings/{reference}"
    assert till.fill(f"{taking}/dispute", reason=next(texts)).status_code == 303
    paths = [
        *("/merchant/till", page, yes, no, f"/merchant/till/stopped/{undone}", "/merchant/till/checking"),
        *("/merchant/takings", taking, f"{taking}/void", f"/merchant/takings/{fine}/dispute", "/merchant/menu"),
    ]
    return till, paths


def fitting(texts: Iterator[str], most: int) -> str:
    """The next text that a short field has room for."""
    return next(text for text in texts if len(text) <= most)


def owner_pages(deli: Deli, texts: Iterator[str]) -> list[str]:
    """What the owner of a shop looks after, somebody new at the tills too."""
    pin = {"pin": "860417", "again": "860417"}
    operators = "/merchant/operators"
    assert deli.owner().fill(operators, operators, name=fitting(texts, 40), **pin).status_code == 303
    people = [f"/merchant/{page}" for page in ("", "menu", "devices", "operators", "takings")]
    return [*people, f"/merchant/operators/{to_text(deli.rosa_id)}/pin"]


def organiser_pages(town: WebTown, roster: Organised) -> list[str]:
    """What an organiser looks after: a list that waits and one whose people were refused among it."""
    came_by(town, 24)
    olu, coming = roster.olu(), held(town, roster.project, town.now + timedelta(days=1))
    asked = bring(olu, roster.path, LISTED + "".join(f"listed{number}@example.org,\n" for number in range(24)))
    assert olu.client.post(f"{roster.path}/upload/thank", data=pressed(roster.path, asked)).status_code == 303
    refused = f"refused=earned_a_week.{to_text(roster.residents[0])}"
    return [
        *("/organise/", "/organise/activities", "/organise/sessions/new", "/organise/details", "/organise/more"),
        *(f"{roster.path}/{page}" for page in ("roster", "add", f"awarded?{refused}", "upload", "uploaded")),
        f"/organise/sessions/{to_text(coming)}/roster",
    ]
