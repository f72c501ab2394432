"""What every template knows without being told: the scheme, who is signed in, and what the office's header counts."""

import json
from datetime import datetime
from typing import Any

from flask import Flask, g, request

from ledger import __version__
from ledger.clock import LONDON
from ledger.people.proposals import count_waiting
from ledger.people.rules import Realm
from shared_web.core import core, layout_of, settings
from shared_web.db import reading

BOOKS_CHECKED = "books-checked.json"


def init_app(app: Flask) -> None:
    """Give every template these names."""
    app.context_processor(everywhere)


def everywhere() -> dict[str, Any]:
    """The layout's names; nothing here asks the database on the page of a failure."""
    scheme = settings().scheme
    known = g.get("signed_in")
    in_office = known is not None and known.realm == Realm.OFFICE and not g.get("failed", False)
    return {
        "scheme_name": scheme.name,
        "scheme_phone": scheme.phone,
        "scheme_desk_hours": scheme.desk_hours,
        "demo": settings().demo,
        "signed_in": known,
        "books_checked": _books_checked() if in_office else None,
        "approvals_waiting": _approvals_waiting(known.person_id) if in_office else 0,
        "version": __version__,
        "layout": layout_of(request.path),
        "now": core().now(),
        "account_mask": settings().account_format.mask,
    }


def _approvals_waiting(officer_id: Any) -> int:
    with reading() as session:
        return count_waiting(session, for_officer=officer_id)


def _books_checked() -> str | None:
    """What `tallystick check-books` wrote when it last ran, in words; None where it never did."""
    try:
        facts = json.loads((settings().data / BOOKS_CHECKED).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(facts["at"]).astimezone(LONDON)
        found = int(facts["findings"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    today = core().now().astimezone(LONDON).date()
    on = "today" if at.date() == today else f"on {at.day} {at:%B %Y}"
    outcome = "no difference" if not found else f"{found} to look at" if found > 1 else "1 to look at"
    return f"Books checked at {at:%H:%M} {on}: {outcome}."
