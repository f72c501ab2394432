"""The application as tests make it: its templates and its rules are compiled once, not once for each test."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from app import create_app
from ledger.settings import Settings
from tests import run_directory


class CompiledOnce(Rule):
    """A rule that makes addresses by what another of the same text compiled: nine tenths of making an application."""

    compiled: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        text = (*self._trace, repr(self.defaults), append_unknown)
        if text not in self.compiled:
            self.compiled[text] = super()._compile_builder(append_unknown)
        return self.compiled[text]


Flask.url_rule_class = CompiledOnce


def application(settings: Settings, **made_with: Any) -> Flask:
    """The web application with a test's clock and randomness; every test makes one, and most show a page."""
    app = create_app(settings, **made_with)
    compiled = run_directory.path() / "templates"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    return app
