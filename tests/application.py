"""The application as tests make it: its templates are compiled once in a run, not once for each test."""

from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from app import create_app
from ledger.settings import Settings
from tests import run_directory


def application(settings: Settings, **made_with: Any) -> Flask:
    """The web application with a test's clock and randomness; every test makes one, and most show a page."""
    app = create_app(settings, **made_with)
    compiled = run_directory.path() / "templates"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    return app
