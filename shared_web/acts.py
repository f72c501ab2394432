"""What a request is doing, as the audit is told it: by its endpoint, unless its view says more."""

import re
from typing import Any

import structlog
from flask import g, has_request_context, request
from sqlalchemy.orm import Session

from ledger import store
from ledger.audit.operations import Act, Subject, record
from ledger.errors import LedgerError
from ledger.occasion import Occasion
from ledger.outages import outage
from shared_web.core import core

_NAMES_A_THING = re.compile(r"[0-9A-Za-z-]{1,26}", re.ASCII)


def note(kind: str, id_: str, *, reason: str | None = None, **details: Any) -> None:
    """Say what this request does it to, and why, for the audit row of its work; `details` are ids and figures."""
    g.noted = {"subject": Subject(kind=kind, id=id_), "reason": reason, "details": details}


def audit(session: Session, occasion: Occasion, *, key: str | None = None, **details: Any) -> None:
    """Write what this request does into the unit of work that does it."""
    noted = g.pop("noted", None) or {"subject": _subject_of_address()}
    told = noted | {"details": noted.get("details", {}) | details}
    known = g.get("signed_in")
    act = Act(
        action=action(),
        request_id=request_id(),
        sign_in_id=known.sign_in_id if known else None,
        idempotency_key=key,
        **told,
    )
    record(session, act, occasion=occasion)


def audit_refusal(error: LedgerError, occasion: Occasion) -> None:
    """Write down that somebody who is signed in was not allowed what they asked; what hinders that is only logged."""
    g.pop("noted", None)
    try:
        with store.unit_of_work(core().engine()) as session:
            audit(session, occasion, refused=error.code)
    except Exception as failure:
        if not isinstance(failure, LedgerError) and outage(failure) is None:
            raise
        structlog.get_logger("audit").warning("refusal_not_written", error=type(failure).__name__)


def action() -> str:
    """What the audit calls the route: its endpoint."""
    return request.endpoint or "none"


def request_id() -> str:
    """The id that the log knows this request by."""
    return str(g.get("request_id", "")) if has_request_context() else ""


def _subject_of_address() -> Subject | None:
    """What the address is of: the page's name and the id in it, if it has one and it could be one."""
    named = [str(value) for value in (request.view_args or {}).values()]
    if len(named) != 1 or not _NAMES_A_THING.fullmatch(named[0]):
        return None
    return Subject(kind=(request.endpoint or "").split(".")[-2:][0], id=named[0])
