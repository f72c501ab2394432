"""The log: one line of JSON a request, of listed fields only; never a code, a cookie, a name or an address."""

import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, request

from ledger.identifiers import crockford, to_text
from shared_web.core import core

ALLOWED = frozenset(
    [
        "event",
        "level",
        "at",
        "request_id",
        "incident",
        "method",
        "route",
        "status",
        "milliseconds",
        "realm",
        "sign_in_id",
        "error",
        "where",
        "topic",
        "notice_id",
        "code",
        "logger",
        "process",
        "delivered",
    ]
)
_WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{14,62}[0-9A-Za-z]", re.ASCII)


def configure(stream: TextIO = sys.stderr) -> None:
    """Send every log line of the process to `stream` as JSON, the server's own lines too."""
    ours = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, _at, keep_allowed]
    render = structlog.processors.JSONRenderer(sort_keys=False)
    structlog.configure(
        processors=[*ours, render],
        logger_factory=structlog.PrintLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, keep_allowed, render],
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _at, _plain_exception],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def _at(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")(_logger, _method, event)


def _plain_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's exception as its kind and places: its message may hold what people entered."""
    information = event.pop("exc_info", None)
    if isinstance(information, tuple) and information[1] is not None:
        event |= facts_of(information[1])
    return event


def facts_of(error: BaseException) -> Mapping[str, Any]:
    """What may be logged about an exception: its kind and where it came by, never its message."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return {"error": type(error).__name__, "where": places[-8:]}


def incident_of(request_id: str) -> str:
    """The end of a request's id as people read it out: "7K2M-9QFA"."""
    last = request_id.replace("-", "")[-8:].upper()
    return f"{last[:4]}-{last[4:]}"


def init_app(app: Flask) -> None:
    """Give each request an id and log it once it is answered."""
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    drawn = crockford(int.from_bytes(core().token_bytes(16), "big"), 26)
    g.request_id = given if _WELL_FORMED.fullmatch(given) else drawn
    g.begun = time.perf_counter()


def _tell(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    signed_in = g.get("signed_in")
    structlog.get_logger("requests").info(
        "request",
        request_id=g.request_id,
        incident=incident_of(g.request_id),
        method=request.method if request.method.isalpha() else "?",
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.begun) * 1000, 1),
        realm=signed_in.realm if signed_in else None,
        sign_in_id=to_text(signed_in.sign_in_id) if signed_in else None,
    )
    return response
