"""The receiver shares no code with what it tests."""

import ast
from pathlib import Path

OWN = ("accounts", "ctx", "folders", "instalments", "receiver")


def test_the_receiver_imports_nothing_of_the_ledger() -> None:
    imported = {
        node.module or ""
        for name in OWN
        for node in ast.walk(ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }

    assert {module for module in imported if module.startswith("tests")} <= {f"tests.revenues.{name}" for name in OWN}
    assert not {module for module in imported if module.split(".")[0] in {"ledger", "council_office", "commands"}}
