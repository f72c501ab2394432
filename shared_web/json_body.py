"""Read a JSON body strictly: one meaning a document, or a 400."""

import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

DEEPEST = 20
_LONGEST_NUMBER = 30


def read_json() -> dict[str, Any]:
    """The object that the request's body holds.

    415 unless it says application/json; 400 for anything two readers could read differently: another encoding than
    UTF-8, NaN, 1e400, a key twice, half of a surrogate pair, NUL, numbers or nesting without end.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        text = request.get_data(cache=True).decode("utf-8")
        _check_depth(text)
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse, parse_int=_whole, parse_float=_decimal
        )
        if "\\u" in text:
            json.dumps(document, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    if not isinstance(document, dict) or "\\u0000" in text:
        raise BadRequest
    return document


def _check_depth(text: str) -> None:
    """Count brackets outside of strings, before anything recurses into them."""
    depth, quoted, escaped = 0, False, False
    for symbol in text:
        if quoted:
            quoted = escaped or symbol != '"'
            escaped = symbol == "\\" and not escaped
        elif symbol == '"':
            quoted = True
        elif symbol in "[{":
            depth += 1
        elif symbol in "]}":
            depth -= 1
        if depth > DEEPEST:
            _refuse(symbol)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a key twice")
    return found


def _whole(text: str) -> int:
    return int(text) if len(text) <= _LONGEST_NUMBER else _refuse(text)


def _decimal(text: str) -> float:
    number = float(text)
    return number if abs(number) < float("inf") and len(text) <= _LONGEST_NUMBER else _refuse(text)


def _refuse(what: str) -> NoReturn:
    raise ValueError(f"not strict JSON: {what[:20]}")
