"""AZ-09: however its path is written, and whatever the verb, a request gets the route's decision or none at all."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared_web.idempotency import KEY_FIELD, KEY_HEADER
from tests.architecture.roles import Role, everybody
from tests.architecture.test_routes import methods_of
from tests.architecture.test_who_may import KEYS, movements, path_of, reviewed, routes, turned_away
from tests.drawn import Few, few
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OUTSIDE = ("stranger", "resident", "organiser", "locked-till", "officer")
"""Those whom most routes turn away, one at each door."""
NOWHERE = {400, 404, 405}
VERBS = ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
OTHER_VERB = {"X-HTTP-Method-Override": "GET", "X-Method-Override": "POST", "X-Original-URL": "/", "X-Rewrite-URL": "/"}
__all__ = ["everybody", "few"]


def spellings(path: str) -> list[str]:
    """The same path as tricks write it, as it stands once a server has decoded it."""
    beginning, _, end = path.rpartition("/")
    return [
        f"/{path}",
        f"{beginning}//{end}",
        f"{path}//",
        f"{path};x=1",
        f"{beginning};x=1/{end}",
        f"/;{path}",
        path.swapcase(),
        path.replace(path[1], f"%{ord(path[1]):02x}", 1),
        path.replace("/", "%2f"),
        f"{beginning}/%2e/{end}",
        f"/x/..{path}",
        f"{beginning}/./{end}",
        f"{path}%00",
        f"{path}/.",
        f"{path}\\",
    ]


def sent(role: Role, method: str, path: str) -> TestResponse:
    """Ask for a path just as it is written here, with what its route would look at next."""
    written, key = {"PATH_INFO": path, "REQUEST_URI": path, "RAW_URI": path}, next(KEYS)
    wanted = {"amount": 100, "code": "K7QF-2M9X-4"} if path.casefold().endswith("/redemptions") else {}
    of_a_post = {"json": wanted} if "/api/" in path.casefold() else {"data": {KEY_FIELD: key}}
    body = of_a_post if method == "POST" else {}
    headers = OTHER_VERB | {KEY_HEADER: key}
    return role.client.open("/", method=method, environ_overrides=written, headers=headers, **body)


def outside(town: WebTown, roles: list[Role]) -> Iterator[tuple[Role, str, Rule, str]]:
    """Each route that each of OUTSIDE is turned away from, with a path of it that is somebody's."""
    for role in roles:
        for method, rule in routes(town):
            if role.name in OUTSIDE and role.name not in reviewed()[method, rule.rule].roles:
                yield role, method, rule, path_of(rule, role.own)


def let_in(role: Role, answer: TestResponse, path: str) -> bool:
    """Whether an answer is more than a refusal, than nothing, and than the way to the path as it should be written."""
    if answer.status_code == 308:
        onward = urlsplit(answer.location)
        return (onward.netloc, onward.path.rstrip("/")) not in {("localhost", path.rstrip("/")), ("", path)}
    return answer.status_code not in NOWHERE and not turned_away(role, answer)


def leads_to(answer: TestResponse) -> str:
    """Where an answer sends whoever asked; a sign-in page remembers what was wanted of GET alone."""
    return urlsplit(answer.location or "").path


@ONE_ENGINE
def test_az_09_no_spelling_of_a_path_lets_in_whom_the_path_does_not(
    web_town: WebTown, everybody: list[Role], few: Few
) -> None:
    before, found = movements(web_town), []
    for role, method, _rule, path in outside(web_town, everybody):
        for spelling in few(spellings(path), 2) if len(path) > 1 else ():
            answer = sent(role, method, spelling)
            if let_in(role, answer, path):
                found.append(f"{role.name} {method} {spelling}: {answer.status_code} {answer.location}")
    assert found == []
    assert movements(web_town) == before


@ONE_ENGINE
def test_az_09_no_other_verb_lets_anybody_in(web_town: WebTown, everybody: list[Role], few: Few) -> None:
    before, found = movements(web_town), []
    for role in everybody:
        for rule in web_town.app.url_map.iter_rules():
            path = path_of(rule, role.own)
            for verb in few([one for one in VERBS if one not in set(methods_of(rule))], 1):
                answer = sent(role, verb, path)
                if let_in(role, answer, path):
                    found.append(f"{role.name} {verb} {path}: {answer.status_code}")
    assert found == []
    assert movements(web_town) == before


@ONE_ENGINE
def test_az_09_head_is_answered_as_get_is_but_for_the_body(web_town: WebTown, everybody: list[Role]) -> None:
    found = []
    for role in everybody:
        for method, rule in routes(web_town):
            if method == "GET" and role.name in OUTSIDE:
                path = path_of(rule, role.own)
                asked, told = (sent(role, verb, path) for verb in ("GET", "HEAD"))
                if (told.status_code, leads_to(told), told.data) != (asked.status_code, leads_to(asked), b""):
                    found.append(f"{role.name} {path}: GET {asked.status_code}, HEAD {told.status_code}")
    assert found == []
