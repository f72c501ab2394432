"""AZ-01: every route, by every method, asked by everybody, of what is theirs, another's and nobody's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from ledger.book.models import HoldEnd, HoldLine, Transfer
from ledger.council_tax.queries import items_of
from ledger.identifiers import crockford, to_text
from ledger.people.queries import find_person
from ledger.people.rules import Permission, Realm
from ledger.people.sign_ins import sign_ins_of
from ledger.people.tills import tills_of
from ledger.store import reading
from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.architecture.test_never_a_500 import code_of
from tests.architecture.test_routes import REFUSALS, SIGN_IN_PAGES, methods_of
from tests.council_office import town as office
from tests.factories import operator
from tests.merchant_portal.deli import OWNER_PIN, Deli
from tests.wallet_api.lively import Lively, live_a_little, spend
from tests.wallet_api.organised import organised
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

WHO_MAY = Path(__file__).parent / "who_may.txt"
PERMISSIONS = tuple(permission.value for permission in Permission)
GROUPS = {
    "nobody": (),
    "officers": ("officer", *PERMISSIONS),
    "merchants": ("owner", "till", "locked-till"),
    "tills": ("till", "locked-till"),
    "counter": ("owner", "till"),
}
EVERYBODY = ("stranger", "resident", "organiser", *GROUPS["merchants"], *GROUPS["officers"])
WHOSE = {"-", "own", "shared", "unowned"}
NOTHING = {"/office/council-tax": "999999", "/council-tax": "CT-ZZZZ-ZZZ"}
NO_REFERENCE, NO_ID = "ZZZZ-ZZZ", "0" * 26
ENDS = ("/end", "/lock", "/revoke", "/remove", "/pin")
"""What is asked late, since it ends what others are asked of; signing out comes last of all."""
KEYS = (crockford(number, 26) for number in count(1))
CHANGING = re.compile(r'value="[^"]{40,}"|[0-9A-Z]{4}-[0-9A-Z]{4}\b|"incident": ?"[^"]+"')


@dataclass(frozen=True, kw_only=True)
class Line:
    """One reviewed line: who is let in, and whose things the route is of."""

    roles: frozenset[str]
    whose: str


@dataclass(kw_only=True)
class Role:
    """Somebody with a browser, and what is theirs and another's, by the beginning of a rule."""

    name: str
    client: FlaskClient
    own: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


def reviewed() -> dict[tuple[str, str], Line]:
    """Each line of the file."""
    lines = (line.split() for line in WHO_MAY.read_text(encoding="utf-8").splitlines())
    return {
        (method, rule): Line(roles=frozenset(named(roles)), whose=whose)
        for method, rule, roles, whose in (fields for fields in lines if fields and not fields[0].startswith("#"))
    }


def named(roles: str) -> Iterator[str]:
    """The roles that a line names, by their groups."""
    for word in roles.split(","):
        yield from EVERYBODY if word == "everybody" else GROUPS.get(word, (word,))


def routes(town: WebTown) -> list[tuple[str, Rule]]:
    """Each method and rule, what ends something last."""
    found = [(method, rule) for rule in town.app.url_map.iter_rules() for method in methods_of(rule)]
    return sorted(
        found, key=lambda one: (one[1].rule.endswith("/sign-out"), one[1].rule.endswith(ENDS), one[0], one[1].rule)
    )


def path_of(rule: Rule, samples: dict[str, str]) -> str:
    """The rule's path, of the sample whose beginning fits best; of nothing where none does."""
    fitting = [start for start in samples if rule.rule.startswith(start)]
    absent = next((text for start, text in NOTHING.items() if rule.rule.startswith(start)), None)
    fallback = absent or (NO_REFERENCE if "<reference>" in rule.rule else NO_ID)
    sample = samples[max(fitting, key=len)] if fitting else fallback
    return re.sub(r"<(?:[^<>]+:)?\w+>", sample, rule.rule)


def asked(role: Role, method: str, path: str) -> TestResponse:
    """Ask, with a key of its own, so that what is asked for is looked for."""
    key = next(KEYS)
    if "/api/" in path:
        body = {"amount": 100, "code": "K7QF-2M9X-4"} if path.endswith("/redemptions") else {}
        sent = {"json": body, "headers": {KEY_HEADER: key}} if method == "POST" else {}
    else:
        sent = {"data": {KEY_FIELD: key}} if method == "POST" else {}
    return role.client.open(path, method=method, **sent)


def turned_away(role: Role, answer: TestResponse) -> bool:
    """Whether somebody may not be there: refused, sent to sign in, to the PIN, or to where a till is opened."""
    if answer.status_code in REFUSALS:
        return True
    if answer.status_code not in (302, 303):
        return False
    elsewhere = {"locked-till": "/merchant/till", "owner": "/merchant/"}.get(role.name)
    return urlsplit(answer.location).path in (*SIGN_IN_PAGES.values(), "/sign-in", elsewhere)


def sign_in_of(town: WebTown, email: str, realm: Realm) -> str:
    """The id of a sign-in of whoever has this address."""
    with reading(town.engine) as session:
        person_id = find_person(session, realm=realm, email=email)
        return to_text(sign_ins_of(session, realm=realm, person_id=person_id)[0].id)


def movements(town: WebTown) -> tuple[int, ...]:
    """How much stands in the books."""
    with reading(town.engine) as session:
        tables = (Transfer.transaction_id, HoldLine.hold_id, HoldEnd.hold_id)
        return tuple(session.execute(select(func.count(one))).scalar_one() for one in tables)


@pytest.fixture
def everybody(web_town: WebTown) -> list[Role]:
    """Each role in a browser of its own, in a town where each kind of thing is theirs and another's."""
    web_town.app.config["WTF_CSRF_ENABLED"] = False
    lively, roster = live_a_little(web_town), organised(web_town)
    merchants = list(at_the_deli(web_town, lively))
    resident = who_lives_here(web_town, lively)
    organiser = Role(
        name="organiser",
        client=roster.olu().client,
        own={
            "/organise/sessions": to_text(roster.session_id),
            "/organise/details": sign_in_of(web_town, roster.project.organiser.owner_email, Realm.ORGANISER),
        },
        others={"/organise/sessions": to_text(lively.sessions[0]), "/organise/details": resident.own["/details"]},
    )
    transaction, said = resident.own["/history"], resident.own["/disputes"]
    programme = to_text(roster.project.programme_id)
    stranger = Role(name="stranger", client=web_town.visitor().client)
    council = officers(web_town, transaction=transaction, said=said, programme=programme)
    return [stranger, resident, organiser, *merchants, *council]


def who_lives_here(town: WebTown, lively: Lively) -> Role:
    """Amina, and a neighbour who has the same kinds of things."""
    neighbour = office.applied(town, base="20004567", amount=500)
    theirs = spend(town, lively.shop, neighbour, 100)
    with reading(town.engine) as session:
        (item,) = items_of(session, resident_id=neighbour)
    own = things(town, lively.resident_id, "amina@example.org", to_text(lively.taken.transaction_id))
    others = things(town, neighbour, "20004567@example.org", to_text(theirs.transaction_id))
    sessions = [to_text(one) for one in lively.sessions]
    return Role(
        name="resident",
        client=town.visitor().sign_in("amina@example.org").client,
        own=own | {"/council-tax": lively.item, "/earn": sessions[1]},
        others=others | {"/council-tax": item.reference, "/earn": sessions[2]},
    )


def things(town: WebTown, resident_id: UUID, email: str, transaction: str) -> dict[str, str]:
    """What a resident has: a transaction, what they said of it, a code, a sign-in."""
    visitor = town.visitor().sign_in(email)
    said = visitor.fill(f"/disputes/new?transaction={transaction}", reason="Not me").location.rpartition("/")[2]
    code = to_text(code_of(town, resident_id).code_id)
    sign_in = sign_in_of(town, email, Realm.RESIDENT)
    return {"/history": transaction, "/disputes": said, "/code": code, "/api/v1/codes": code, "/details": sign_in}


def at_the_deli(town: WebTown, lively: Lively) -> Iterator[Role]:
    """The owner, a till, and one that waits for a PIN; the other shop is the one that Amina knows."""
    deli = Deli(town=town)
    owner, till, locked = deli.owner(), deli.till("Till 1"), deli.till("Till 2", unlocked=False)
    deli.till("Till 3", unlocked=False)
    leaving = town.work(lambda session: operator(session, organisation_id=deli.id, pin=OWNER_PIN))
    code = code_of(town, lively.resident_id)
    taken = till.fill("/merchant/till/type?amount=4.50", code=code.short_code).location.rpartition("/")[2]
    with reading(town.engine) as session:
        tills = {one.name: one for one in tills_of(session, organisation_id=deli.id, now=town.now)}
    own = {
        "/merchant": taken,
        "/merchant/operators": to_text(leaving),
        "/merchant/devices": to_text(tills["Till 3"].id),
    }
    others = {
        "/merchant": lively.taken.reference,
        "/merchant/operators": to_text(lively.shop.operator_id),
        "/merchant/devices": to_text(lively.shop.till_id),
    }
    for name, visitor in (("owner", owner), ("till", till), ("locked-till", locked)):
        yield Role(name=name, client=visitor.client, own=own, others=others)


def officers(town: WebTown, *, transaction: str, said: str, programme: str) -> Iterator[Role]:
    """An officer who may look, and one for each permission; what they look at is everybody's."""
    asking = office.officer(town, "other@example.org", *Permission)
    office.night(town, office.SUNDAY)
    shared = {
        "/office/approvals": office.ask_for(town, asking, "900.00").rpartition("/")[2],
        "/office/council-tax": "1",
        "/office/corrections": transaction,
        "/office/disputes": said,
        "/office/programmes": programme,
    }
    elsewhere = {"/office/details": sign_in_of(town, "other@example.org", Realm.OFFICE)}
    for name in ("officer", *PERMISSIONS):
        permissions = [Permission(name)] if name in PERMISSIONS else []
        email = f"{name.replace('_', '-')}@example.org"
        who = office.officer(town, email, *permissions)
        own = shared | {"/office/details": sign_in_of(town, email, Realm.OFFICE)}
        yield Role(name=name, client=who.client, own=own, others=elsewhere)


def test_az_01_every_route_has_a_line_and_every_line_a_route(web_town: WebTown) -> None:
    standing = {(method, rule.rule) for method, rule in routes(web_town)}
    assert sorted(standing - set(reviewed())) == []
    demonstration = {("GET", "/demo/outbox")}
    assert sorted(set(reviewed()) - standing - demonstration) == []
    assert {line.whose for line in reviewed().values()} <= WHOSE
    assert set().union(*(line.roles for line in reviewed().values())) <= set(EVERYBODY)


def test_az_01_each_role_is_let_in_where_the_file_says_and_nowhere_else(
    web_town: WebTown, everybody: list[Role]
) -> None:
    lines = reviewed()
    found = []
    for role in everybody:
        for method, rule in routes(web_town):
            line = lines[method, rule.rule]
            may = role.name in line.roles
            samples = (role.others, {}, role.own) if rule.arguments else ({},)
            answers = [asked(role, method, path_of(rule, one)) for one in samples]
            if turned_away(role, answers[-1]) == may:
                found.append(f"{role.name} {method} {rule.rule}: {answers[-1].status_code}")
            if any(answer.status_code >= 500 for answer in answers):
                found.append(f"{role.name} {method} {rule.rule} fails")
            if may and rule.arguments:
                found += ownership(role, method, rule, line.whose, answers)
    assert found == []


def ownership(role: Role, method: str, rule: Rule, whose: str, answers: list[TestResponse]) -> Iterator[str]:
    """What is wrong with how another's, nobody's and one's own are answered."""
    of_another, of_nobody, own = answers
    what = f"{role.name} {method} {rule.rule}"
    if whose == "own" and (of_another.status_code, told(of_another)) != (of_nobody.status_code, told(of_nobody)):
        yield f"{what}: another's is told apart from nobody's ({of_another.status_code}, {of_nobody.status_code})"
    if whose in ("own", "shared") and of_nobody.status_code != 404:
        yield f"{what}: nobody's is {of_nobody.status_code}"
    if whose in ("own", "shared") and own.status_code == 404:
        yield f"{what}: what is there is 404"


def told(answer: TestResponse) -> str:
    """The body without what changes from answer to answer: form tokens, and what to read out on the telephone."""
    return CHANGING.sub("", answer.text).replace(answer.request.path, "")


def test_az_01_asking_for_anothers_moves_nothing(web_town: WebTown, everybody: list[Role]) -> None:
    before = movements(web_town)
    for role in everybody:
        for method, rule in routes(web_town):
            if method == "POST" and reviewed()[method, rule.rule].whose == "own":
                asked(role, method, path_of(rule, role.others))
    assert movements(web_town) == before
