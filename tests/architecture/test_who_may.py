"""AZ-01: every route, by every method, asked by everybody, of what is theirs, another's and nobody's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from ledger.book.models import HoldEnd, HoldLine, Transfer
from ledger.identifiers import crockford
from ledger.people.rules import Permission
from ledger.store import reading
from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.architecture.paths import best, filled
from tests.architecture.roles import OFFICERS, Role, everybody
from tests.architecture.test_routes import REFUSALS, SIGN_IN_PAGES, methods_of
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

WHO_MAY = Path(__file__).parent / "who_may.txt"
GROUPS = {
    "nobody": (),
    "officers": tuple(OFFICERS),
    "merchants": ("owner", "till", "locked-till"),
    "tills": ("till", "locked-till"),
    "counter": ("owner", "till"),
}
EVERYBODY = ("stranger", "resident", "organiser", *GROUPS["merchants"], *GROUPS["officers"])
WHOSE = {"-", "own", "shared", "unowned"}
NO_REFERENCE, NO_ID = "ZZZZ-ZZZ", "0" * 26
NOTHING = {
    "/office/council-tax": "999999",
    "/office/council-tax/decisions": NO_ID,
    "/council-tax": "CT-ZZZZ-ZZZ",
}
ENDS = ("/end", "/lock", "/revoke", "/remove", "/pin")
"""What is asked late, since it ends what others are asked of."""
SIGNS_OUT = ("/sign-ins/<text>/end", "/sign-out")
"""What is asked last of all, since whoever asks it is out from then on."""
KEYS = (crockford(number, 26) for number in count(1))
CHANGING = re.compile(r'value="[^"]{40,}"|[0-9A-Z]{4}-[0-9A-Z]{4}\b|"incident": ?"[^"]+"')
__all__ = ["everybody"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One reviewed line: who is let in, and whose things the route is of."""

    roles: frozenset[str]
    whose: str


@cache
def reviewed() -> dict[tuple[str, str], Line]:
    """Each line of the file."""
    lines = (line.split() for line in WHO_MAY.read_text(encoding="utf-8").splitlines())
    return {
        (method, rule): Line(roles=frozenset(named(roles)), whose=whose)
        for method, rule, roles, whose in (fields for fields in lines if fields and not fields[0].startswith("#"))
    }


def named(roles: str) -> Iterator[str]:
    """The roles that a line names, by their groups and by what officers may do."""
    for word in roles.split(","):
        rights = set(word.split("+"))
        if rights <= set(Permission):
            yield from (name for name, held in OFFICERS.items() if rights <= held)
        else:
            yield from EVERYBODY if word == "everybody" else GROUPS.get(word, (word,))


def routes(town: WebTown) -> list[tuple[str, Rule]]:
    """Each method and rule, what ends something last."""
    found = [(method, rule) for rule in town.app.url_map.iter_rules() for method in methods_of(rule)]
    return sorted(found, key=lambda one: (*lateness(one[1]), one[0], one[1].rule))


def lateness(rule: Rule) -> tuple[bool, ...]:
    """Greater the later a rule is asked."""
    return (*(rule.rule.endswith(ending) for ending in reversed(SIGNS_OUT)), rule.rule.endswith(ENDS))


def path_of(rule: Rule, samples: dict[str, str]) -> str:
    """The rule's path, of the sample whose beginning fits best; of nothing where none does."""
    fallback = best(rule, NOTHING) or (NO_REFERENCE if "<reference>" in rule.rule else NO_ID)
    return filled(rule, best(rule, samples) or fallback)


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


def movements(town: WebTown) -> tuple[int, ...]:
    """How much stands in the books."""
    with reading(town.engine) as session:
        tables = (Transfer.transaction_id, HoldLine.hold_id, HoldEnd.hold_id)
        return tuple(session.execute(select(func.count(one))).scalar_one() for one in tables)


def test_az_01_every_route_has_a_line_and_every_line_a_route(web_town: WebTown) -> None:
    standing = {(method, rule.rule) for method, rule in routes(web_town)}
    assert sorted(standing - set(reviewed())) == []
    demonstration = {("GET", "/demo/outbox")}
    assert sorted(set(reviewed()) - standing - demonstration) == []
    assert {line.whose for line in reviewed().values()} <= WHOSE
    assert set().union(*(line.roles for line in reviewed().values())) <= set(EVERYBODY)


@POSTGRESQL_WHEN_LONG
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
