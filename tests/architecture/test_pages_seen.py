"""Every page is seen in a browser by some test, or the reviewed list says why there is none to see."""

import ast
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from tests.architecture.pages_seen import reviewed
from tests.architecture.test_routes import methods_of
from tests.journeys.pages import served
from tests.service import settings_for

ROOT = Path(__file__).parents[2]


@pytest.fixture
def application(sqlite_url: str, tmp_path: Path) -> Flask:
    """The whole application as the demonstration runs it."""
    return create_app(settings_for(database_url=sqlite_url, data=tmp_path, TALLYSTICK_DEMO="yes"))


def test_every_rule_that_answers_a_get_has_a_line_and_every_line_a_rule(application: Flask) -> None:
    standing = {rule.rule for rule in application.url_map.iter_rules() if "GET" in methods_of(rule)}
    assert sorted(standing - set(reviewed())) == []
    assert sorted(set(reviewed()) - standing) == []


def test_a_rule_without_a_page_says_why() -> None:
    assert [rule for rule, line in reviewed().items() if not line.test and len(line.reason.split()) < 3] == []


def test_every_test_of_the_list_is_there_and_opens_a_browser() -> None:
    """That it sees the page is held when it runs, by `served`."""
    for test in {line.test for line in reviewed().values() if line.test}:
        path, _, name = test.partition("::")
        functions = [node for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)]
        assert name in {function.name for function in functions}, test


def test_a_test_that_does_not_see_what_the_list_says_fails(application: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    test = next(line.test for line in reviewed().values() if line.test)
    monkeypatch.setenv("PYTEST_CURRENT_TEST", f"{test}[sqlite] (call)")
    with pytest.raises(AssertionError, match="pages that were not seen"), served(application):
        pass
