"""What one application was made with: its settings, its clock, its randomness and its database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import cast

from flask import current_app
from sqlalchemy import Engine

from ledger import store
from ledger.identifiers import TokenBytes
from ledger.settings import SchemeRules, Settings

EXTENSION = "tallystick"


@dataclass(slots=True, kw_only=True)
class Core:
    """The values an application is made with; its engine is made at the first request, so after a server has forked.

    `layouts` names the template of each face by the beginning of its paths, the longest first; `rules_of_day` are the
    rules in force on a London day (`in_force.py`).
    """

    settings: Settings
    now: Callable[[], datetime]
    token_bytes: TokenBytes
    layouts: Mapping[str, str] = field(default_factory=dict)
    problem_blueprints: set[str] = field(default_factory=set)
    rules_of_day: tuple[date, SchemeRules] | None = None
    _engine: Engine | None = None
    _once: Lock = field(default_factory=Lock)

    def engine(self) -> Engine:
        """The one engine of this process, whichever thread asks first."""
        with self._once:
            if self._engine is None:
                self._engine = store.make_engine(self.settings.database_url)
            return self._engine


def layout_of(path: str) -> str:
    """The template a page at this path stands in."""
    layouts = core().layouts
    return next((layouts[start] for start in layouts if path.startswith(start)), "shared_web/layout.html")


def core() -> Core:
    """The core of the application that is answering."""
    return cast("Core", current_app.extensions[EXTENSION])


def settings() -> Settings:
    """The settings of the application that is answering."""
    return core().settings
