"""The log of every process: lines of JSON with listed fields only; never a code, a cookie, a name or an address."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

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
        "step",
        "done",
        "total",
    ]
)


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
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _at, _plain],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def _at(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")(_logger, _method, event)


def _plain(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's line without what it fills in, an exception as kind and places: they may hold what people sent."""
    record: logging.LogRecord = event["_record"]
    event["event"] = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    information = event.pop("exc_info", None) or record.exc_info
    if isinstance(information, tuple) and information[1] is not None:
        event.update(facts_of(information[1]))
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
