"""The application as tests make it: every test makes one, and most show a page."""

from typing import Any

from flask import Flask

from app import create_app
from ledger.settings import Settings
from tests import run_directory
from tests.compiled_once import CompiledTemplates, compile_rules_once

compile_rules_once()


def application(settings: Settings, **made_with: Any) -> Flask:
    """The web application with a test's clock and randomness."""
    app = create_app(settings, **made_with)
    compiled = run_directory.path() / "templates"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = CompiledTemplates(str(compiled))
    return app
