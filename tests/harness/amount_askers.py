"""Somebody at every amount field: a browser signed in, what else must be sent, and an amount that would be taken."""

import json
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import quote_from_bytes, urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.council_tax.queries import items_of
from ledger.identifiers import crockford, to_text
from ledger.people.rules import Permission
from ledger.redemption.codes import ShownCode
from ledger.store import reading
from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.council_office import town as office
from tests.council_office.test_corrections import WHY
from tests.council_office.test_decisions import FIELDS as DECISION
from tests.council_office.test_programme_changes import TARIFF
from tests.factories import GrowingProject
from tests.hostile_amounts import json_of
from tests.merchant_portal.deli import Customer, Deli
from tests.wallet_api.lively import link
from tests.web_town import WebTown

KEYS = (crockford(number, 26) for number in count(1))
DECIDED = {"decision": "OMD-2026-114"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A browser, what else it must send for the amount to matter, and an amount that would be taken."""

    client: FlaskClient
    path: str
    others: dict[str, str] = field(default_factory=dict)
    good: str
    in_address: bool = False

    def send_json(self, name: str, amount: bytes) -> TestResponse:
        """POST a JSON object with this amount, under a new key."""
        others = "".join(f"{json.dumps(one)}:{json.dumps(value)}," for one, value in self.others.items())
        return self.client.post(
            self.path,
            data=json_of(amount, name, others.encode()),
            content_type="application/json",
            headers={KEY_HEADER: next(KEYS)},
        )

    def send_form(self, name: str, amount: bytes) -> TestResponse:
        """POST a form with this amount, byte for byte, under a new key."""
        pair = f"{name}={quote_from_bytes(amount, safe='')}"
        others = urlencode({one: value for one, value in self.others.items() if one != name} | {KEY_FIELD: next(KEYS)})
        return self.client.post(
            f"{self.path}?{pair}" if self.in_address else self.path,
            data=others if self.in_address else f"{pair}&{others}",
            content_type="application/x-www-form-urlencoded",
        )


Forms = dict[tuple[str, str], Asked]
"""By the address as the url_map has it and the name of the field."""


@dataclass(kw_only=True)
class Askers:
    """A town in which every amount field could be used: credits in the wallet, a code kept at the till, a budget."""

    town: WebTown
    json: Forms = field(init=False)
    forms: Forms = field(init=False)

    def __post_init__(self) -> None:
        self.town.app.config["WTF_CSRF_ENABLED"] = False
        customer, project = Customer(town=self.town), office.project(self.town)
        link(self.town, customer.id)
        amina, till = self.town.visitor().sign_in("amina@example.org").client, Deli(town=self.town).till().client
        code = customer.code()
        till.get(f"/P/{code.token}")
        self.json = {
            ("/api/v1/codes", "cap"): Asked(client=amina, path="/api/v1/codes", good="100"),
            ("/merchant/api/v1/redemptions", "amount"): Asked(
                client=till, path="/merchant/api/v1/redemptions", others={"code": code.token}, good="100"
            ),
        }
        self.forms = (
            of_a_resident(amina)
            | of_a_till(till, code)
            | of_an_organiser(self.town)
            | of_programmes(self.town, project)
            | of_decisions(self.town)
            | of_corrections(self.town)
        )


def of_a_resident(amina: FlaskClient) -> Forms:
    """A limit for a code, credits for council tax."""
    limits = {(rule, "most"): Asked(client=amina, path=rule, good="4.50") for rule in ("/code", "/code/limit")}
    applying = ("/council-tax/apply", "/council-tax/apply/check")
    return limits | {(rule, "amount"): Asked(client=amina, path=rule, good="10.00") for rule in applying}


def of_a_till(till: FlaskClient, code: ShownCode) -> Forms:
    """What a till takes, by a code it has been shown or by one that is typed."""
    sent = {
        "/merchant/till": {"way": "type"},
        "/merchant/till/take": {},
        "/merchant/till/type": {"code": code.short_code},
    }
    return {
        (rule, "amount"): Asked(
            client=till, path=rule, others=others, good="4.50", in_address=rule == "/merchant/till/type"
        )
        for rule, others in sent.items()
    }


def of_an_organiser(town: WebTown) -> Forms:
    """An organiser who has not asked for more yet."""
    project = office.project(town)
    olu = town.visitor().sign_in(project.organiser.owner_email, realm="organiser").client
    more = {"programme": to_text(project.programme_id), "purpose": "Two more sessions a week"}
    return {("/organise/more", "amount"): Asked(client=olu, path="/organise/more", others=more, good="4.50")}


def of_programmes(town: WebTown, project: GrowingProject) -> Forms:
    """A programme that is opened, funded, allotted of, and changed, and an organiser's ask that is answered."""
    priya, programme = office.priya(town).client, office.programme_page(project)
    allot = {"organiser": to_text(project.organiser.id), "purpose": "Greenhouse sessions"}
    taken_up = {"purpose": "Greenhouse sessions", "decision": "allot"}
    tariff = f"/office/activities/{to_text(project.activity_id)}/tariff"
    opened = {"name": "Growing Lambeth 2027"} | DECIDED | office.NEXT_YEAR
    return {
        (rule, name): Asked(client=priya, path=path, others=others, good=good)
        for rule, name, path, others, good in (
            ("/office/programmes/new", "ceiling", "/office/programmes/new", opened, "10,000,000.00"),
            ("/office/programmes/<text>/ceiling", "amount", f"{programme}/ceiling", DECIDED, "10,000,000.00"),
            ("/office/programmes/<text>/fund", "amount", f"{programme}/fund", DECIDED, "4.50"),
            ("/office/programmes/<text>/allot", "amount", f"{programme}/allot", allot, "4.50"),
            ("/office/activities/<text>/tariff", "amount", tariff, TARIFF, "4.50"),
            ("/office/asks/<text>", "amount", office.asked_for_more(town, project), taken_up, "4.50"),
        )
    }


def of_decisions(town: WebTown) -> Forms:
    """A decision on council tax, with its two limits."""
    alex, path = (
        office.officer(town, "alex@example.org", Permission.ADMINISTER).client,
        "/office/council-tax/decisions/new",
    )
    caps = ("account_cap", "resident_cap")
    return {(path, cap): Asked(client=alex, path=path, others=DECISION, good=DECISION[cap]) for cap in caps}


def of_corrections(town: WebTown) -> Forms:
    """An adjustment of any two accounts, and an item that council tax has applied, of which some is taken back."""
    omar, adjust = office.officer(town, "omar@example.org", Permission.REVERSE), "/office/corrections/adjust"
    ends = {
        "debit": omar.choice(adjust, "debit", "Issuance"),
        "credit": omar.choice(adjust, "credit", "Budget of"),
    }
    back = {"reason": "ORG", "why": "The session was counted twice."}
    return {
        (adjust, "amount"): Asked(client=omar.client, path=adjust, others=ends | WHY, good="4.50"),
        ("/office/council-tax/items/<reference>", "amount"): Asked(
            client=omar.client, path=applied_item(town), others=back, good="4.50"
        ),
    }


def applied_item(town: WebTown) -> str:
    """The page of an item of 25.00 that council tax has applied."""
    base = "20004567"
    resident_id = office.applied(town, base=base, amount=2_500)
    office.night(town, town.now.date())
    office.release(town)
    office.answer(town, base)
    with reading(town.engine) as session:
        (item,) = items_of(session, resident_id=resident_id)
    return f"/office/council-tax/items/{item.reference}"
