"""Every route refuses a stranger, by every method it allows, unless it is on the reviewed list in open_routes.txt."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app import create_app
from tests.service import settings_for

OPEN_ROUTES = Path(__file__).parent / "open_routes.txt"
SAMPLES = {"IntegerConverter": 1, "FloatConverter": 1.0, "UUIDConverter": UUID(int=0), "DateConverter": "2026-11-23"}
SIGN_IN_PAGES = {"organise": "/organise/sign-in", "merchant": "/merchant/sign-in", "office": "/office/sign-in"}
REFUSALS = {401, 403}


def open_routes() -> dict[tuple[str, str], str]:
    """Each method and rule on the reviewed list, with its reason."""
    lines = (line.split(maxsplit=2) for line in OPEN_ROUTES.read_text(encoding="utf-8").splitlines())
    listed = (fields for fields in lines if fields and not fields[0].startswith("#"))
    return {(method, rule): reason for methods, rule, reason in listed for method in methods.split(",")}


def methods_of(rule: Rule) -> Iterator[str]:
    """What a rule can be asked by. HEAD is GET without its body; OPTIONS that Flask answers tells methods alone."""
    for method in sorted(rule.methods or ()):
        if method != "HEAD" and not (method == "OPTIONS" and rule.provide_automatic_options):
            yield method


def asked(application: Flask) -> Iterator[tuple[str, str, str]]:
    """Each method and rule of the application, with a path that fits it."""
    for rule in application.url_map.iter_rules():
        samples = {name: SAMPLES.get(type(rule._converters[name]).__name__, "x") for name in rule.arguments}
        built = rule.build(samples)
        assert built is not None, f"{rule.rule} takes a converter that SAMPLES does not know"
        yield from ((method, rule.rule, built[1]) for method in methods_of(rule))


def refuses(client: FlaskClient, method: str, path: str) -> bool:
    """Whether a stranger is turned away: 401, 403, or sent to the sign-in page of that path's own realm.

    A 404 is not enough: with a made-up reference it may only mean that the guard let the stranger look.
    """
    answer = client.open(path, method=method)
    if answer.status_code in REFUSALS:
        return True
    sign_in_page = SIGN_IN_PAGES.get(path.split("/")[1], "/sign-in")
    return answer.status_code in (302, 303) and urlsplit(answer.location).path == sign_in_page


@pytest.fixture
def application(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The whole application as the demonstration runs it, without form tokens, so that it is the guard that refuses."""
    made = create_app(settings_for(database_url=sqlite_url, data=tmp_path, TALLYSTICK_DEMO="yes"))
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


def test_every_route_refuses_a_stranger_unless_it_is_on_the_list(application: Flask) -> None:
    listed = open_routes()
    let_in = [
        f"{method} {rule}"
        for method, rule, path in asked(application)
        if (method, rule) not in listed and not refuses(application.test_client(), method, path)
    ]
    assert let_in == []


def test_every_line_of_the_list_is_a_route_and_says_why(application: Flask) -> None:
    routes = {(method, rule) for method, rule, _ in asked(application)}
    assert [line for line in open_routes() if line not in routes] == []
    assert [line for line, reason in open_routes().items() if len(reason.split()) < 3] == []


def test_the_demonstration_is_in_the_demonstration_alone(sqlite_url: str, tmp_path: Path) -> None:
    plain = create_app(settings_for(database_url=sqlite_url, data=tmp_path, TALLYSTICK_DEMO="no"))
    assert [rule.rule for rule in plain.url_map.iter_rules() if rule.rule.startswith("/demo")] == []


def test_a_route_without_a_guard_would_be_found() -> None:
    bare = Flask("bare")
    bare.add_url_rule("/office/batches/<int:number>", "batches", lambda number: str(number), methods=["GET", "POST"])
    bare.add_url_rule("/spend/<uuid:offer>", "offer", lambda offer: ("no such offer", 404))
    found = {(method, rule) for method, rule, path in asked(bare) if not refuses(bare.test_client(), method, path)}
    assert {("GET", "/office/batches/<int:number>"), ("POST", "/office/batches/<int:number>")} <= found
    assert ("GET", "/spend/<uuid:offer>") in found
