"""Each request has an id and a line in the log: its route, never its path, and who by the sign-in's id alone."""

import re
import time

import structlog
from flask import Flask, Response, g, request

from ledger.identifiers import crockford, to_text
from shared_web import metrics
from shared_web.core import core

_WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{14,62}[0-9A-Za-z]", re.ASCII)


def incident_of(request_id: str) -> str:
    """The end of a request's id as people read it out: "7K2M-9QFA"."""
    last = request_id.replace("-", "")[-8:].upper()
    return f"{last[:4]}-{last[4:]}"


def init_app(app: Flask) -> None:
    """Give each request an id, and log and count it once it is answered."""
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    drawn = crockford(int.from_bytes(core().token_bytes(16), "big"), 26)
    g.request_id = given if _WELL_FORMED.fullmatch(given) else drawn
    g.begun = time.perf_counter()


def _tell(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    signed_in, seconds = g.get("signed_in"), time.perf_counter() - g.begun
    metrics.count_answer(response, seconds=seconds)
    structlog.get_logger("requests").info(
        "request",
        request_id=g.request_id,
        incident=incident_of(g.request_id),
        method=request.method if request.method.isalpha() else "?",
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
        realm=signed_in.realm if signed_in else None,
        sign_in_id=to_text(signed_in.sign_in_id) if signed_in else None,
    )
    return response
