"""How refusals and failures are answered: an API by problem+json (RFC 9457), else a page; as the blueprint is."""

import json
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError, RequestEntityTooLarge

from ledger.errors import InvalidField, LedgerError
from ledger.log import facts_of
from ledger.outages import outage
from shared_web import logs, metrics
from shared_web.acts import audit_refusal
from shared_web.core import core, layout_of
from shared_web.db import occasion
from shared_web.errors import retry_after_of, status_of, words_of

PROBLEM_JSON = "application/problem+json"
SAFE = "Something went wrong. Your credits are safe."
API_PATHS = ("/api/", "/merchant/api/")

HEADINGS = {
    400: "We could not read that",
    401: "Sign in first",
    403: "You may not do this",
    404: "We cannot find that page",
    405: "That does not work here",
    409: "That cannot be done now",
    410: "This link has ended",
    412: "This has changed",
    413: "That is too much to send at once",
    415: "We could not read that",
    422: "That cannot be done",
    429: "Too many tries",
    500: "Something went wrong",
    503: "Please try again",
}
SENTENCES = {
    400: "Go back, open the page again and send it once more.",
    401: "Sign in, then open the page again.",
    403: "If you think you should be able to, call us.",
    404: "Check the address, or start from the first page.",
    405: "Go back and use the buttons on the page.",
    410: "Ask for a new one.",
    413: "Send less at once: {most} at most.",
    415: "Go back, open the page again and send it once more.",
    500: "Your credits are safe. Try again in a moment, or call us.",
}
API_SENTENCES = {
    400: "Send one JSON object in UTF-8: no key twice, no NaN, no number or nesting without end.",
    415: "Send application/json.",
}
"""What a program can put right, where the sentence for people would not tell it."""
LONGEST_FIELD_NAME = 64
STALE = "This page is out of date. Go back, open it again and send it once more."


def init_app(app: Flask) -> None:
    """Answer every refusal and failure; nothing reaches people as the server's own words."""
    app.register_error_handler(LedgerError, refuse)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failure)


def refuse(error: LedgerError) -> Response:
    """The answer that is this refusal."""
    metrics.count_refusal(error.code)
    status = status_of(error)
    if status == 403 and g.get("signed_in"):
        audit_refusal(error, occasion())
    response = _refused(error) if speaks_problems() else page(status, words_of(error))
    if status >= 500:
        structlog.get_logger("problems").warning("refused", request_id=g.get("request_id"), code=error.code)
    return _with_retry_after(response, retry_after_of(error) or (1 if status == 503 else None))


def _refused(error: LedgerError) -> Response:
    """The problem that is this refusal; of a bad field it says which, and what may stand there."""
    if isinstance(error, InvalidField):
        field = {"field": error.field[:LONGEST_FIELD_NAME]}
        return problem(status_of(error), error.code, error.reason, field)
    return problem(status_of(error), error.code, words_of(error))


def speaks_problems() -> bool:
    """Whether this request is an API's: by its blueprint, or by its path where no route has it."""
    if request.blueprints:
        return not core().problem_blueprints.isdisjoint(request.blueprints)
    return request.path.startswith(API_PATHS)


def problem(status: int, code: str, words: str, more: Mapping[str, object] = MappingProxyType({})) -> Response:
    """A problem of RFC 9457, with our stable code; `more` are members of its own."""
    title = HEADINGS.get(status, HEADINGS[500])
    body = {"type": f"urn:tallystick:problem:{code}", "title": title, "status": status, "code": code, "detail": words}
    body |= more
    response = make_response(json.dumps(body, separators=(",", ":")), status)
    response.content_type = PROBLEM_JSON
    return response


def page(status: int, words: str | None = None) -> Response:
    """A page that says what is the matter, with a way on and what to read out on the telephone."""
    g.failed = status >= 500
    heading = HEADINGS.get(status, HEADINGS[500])
    facts = {
        "heading": heading,
        "words": SENTENCES.get(status) if words is None or words.rstrip(".") == heading else words,
        "incident": logs.incident_of(g.get("request_id", "")),
        "layout": layout_of(request.path),
        "start": next(
            (start for start in ("/merchant/", "/office/", "/organise/") if request.path.startswith(start)), "/"
        ),
    }
    return make_response(render_template("shared_web/error.html", **facts), status)


def _http(error: HTTPException) -> Response:
    """What Flask and Werkzeug raise themselves: 404, 405, 413, a broken form."""
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    status = 403 if isinstance(error, CSRFError) else error.code or 500
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _failure(error.original_exception)
    words = STALE if isinstance(error, CSRFError) else SENTENCES.get(status, SAFE).format(most=_most_at_once())
    code = "forged" if isinstance(error, CSRFError) else HTTP_CODES.get(status, "refused")
    no_page = isinstance(error, BadHost)  # which leaves a page without an address for its own links
    if no_page or speaks_problems():
        response = problem(status, code, API_SENTENCES.get(status, words))
    else:
        response = page(status, words)
    if isinstance(error, RequestEntityTooLarge):
        response.headers["Connection"] = "close"
    if allowed := dict(error.get_headers()).get("Allow"):
        response.headers["Allow"] = allowed
    return response


def _most_at_once() -> str:
    """How much of a body this request may have, as people say it."""
    most = request.max_content_length or 0
    return f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1024} KB"


HTTP_CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
    422: "invalid",
}


def _failure(error: Exception) -> Response:
    """A failure of the database is a refusal that may be tried again; anything else is a mistake of ours."""
    refusal = outage(error)
    if refusal is not None:
        return refuse(refusal)
    structlog.get_logger("problems").error("failed", request_id=g.get("request_id"), **facts_of(error))
    return problem(500, "failed", SAFE) if speaks_problems() else page(500)


def _with_retry_after(response: Response, seconds: int | None) -> Response:
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response
