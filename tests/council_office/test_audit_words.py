"""Every action that leaves a row in the audit has words for whoever reads it, and no words are of nothing."""

import ast
import inspect

import pytest
from flask import Flask

from council_office.audit_words import WORDS, actions_saying, said
from tests.architecture.source import sources
from tests.architecture.test_places import calls
from tests.web_town import WebTown

NOTED_FOR_THEM = {"office.worklist.as_csv", "office.worklist.as_xlsx"}
"""What is taken away and noted by a function that two views share."""


def routes_that_write(app: Flask) -> set[str]:
    """The endpoints that leave a row when they let somebody: what is sent, and what is taken away with a note."""
    rules = list(app.url_map.iter_rules())
    sent = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
    noted = {rule.endpoint for rule in rules if "note(" in inspect.getsource(app.view_functions[rule.endpoint])}
    return sent | noted | NOTED_FOR_THEM


def commands_that_write() -> set[str]:
    """The names that commands leave in their rows."""
    named = (
        argument
        for source in sources("ledger", "commands")
        for call in calls(source, "record_command", "take_in_audited", "deliver_released")
        for argument in [*call.args[1:2], *(one.value for one in call.keywords if one.arg == "command")]
    )
    return {f"command.{one.value}" for one in named if isinstance(one, ast.Constant)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_action_has_words_and_all_words_are_of_an_action(web_town: WebTown) -> None:
    assert set(WORDS) == routes_that_write(web_town.app) | commands_that_write()


def test_an_action_is_found_by_its_words() -> None:
    assert actions_saying("approve OR send") == ["office.approvals.decide"]
    assert said("office.audit.show") == "office.audit.show"
