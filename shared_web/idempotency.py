"""Routes that move value answer a request once: the same key and bytes get the same answer, byte for byte, for ever."""

import json
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.book.requests import Answer, AnsweredByTwin, Asked, answer_or_turn, find_answer, record_answer
from ledger.errors import LedgerError
from ledger.identifiers import crockford
from ledger.outages import Busy, OutcomeUnknown, Unavailable
from shared_web.acts import action, audit, request_id
from shared_web.core import core
from shared_web.db import actor, occasion, reading, run
from shared_web.errors import KeyMissing, status_of, words_of
from shared_web.guards import signed_in
from shared_web.problems import PROBLEM_JSON, page, problem, refuse, speaks_problems

View = Callable[..., ResponseReturnValue]
Refused = Callable[[LedgerError], Response]
AtOnce = Callable[[Asked], Response | None]

KEY_FIELD, KEY_HEADER, REPLAYED = "idempotency_key", "Idempotency-Key", "Idempotent-Replayed"
FINAL = {409, 410, 422}
LOCATION = "text/uri-list"
_PAGE_KEY = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)
_API_KEY = re.compile(r"[0-9A-Za-z_-]{16,64}", re.ASCII)
_FORM_TOKEN = re.compile(rb"(?:^|&)csrf_token=[^&]*")


def draw_key() -> str:
    """A new key for a page's form: 128 random bits as 26 Crockford characters."""
    return crockford(int.from_bytes(core().token_bytes(16), "big"), 26)


def answered_once(view: View) -> View:
    """A route that moves value, under the request's key; the view takes a `session` first and never commits.

    Recorded are an API's answers, a page's redirect, and refusals of status 409, 410 and 422, which a page
    shows as the usual page. Anything else, such as a form shown again with 422, leaves the key free.
    """
    return answered_once_or(refuse)(view)


def answered_once_or(refused: Refused) -> Callable[[View], View]:
    """As `answered_once`; a refusal is answered with what `refused` makes of it: for a page, a redirect to its own."""
    return answered_at_once_or(refused, lambda _asked: None)


def answered_at_once_or(refused: Refused, at_once: AtOnce) -> Callable[[View], View]:
    """As `answered_once_or`, where one statement may do the work and keep the answer: `at_once` is asked first.

    It returns the answer that it kept (`kept_of`) with its work, or None with nothing written: then the view decides.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def once(**arguments: Any) -> Response:
            asked = _asked()
            try:
                return _again_if_unknown(
                    lambda: at_once(asked) or run(lambda session: _answer(session, asked, view, arguments))
                )
            except AnsweredByTwin:
                return _answer_of_twin(asked)
            except LedgerError as error:
                return _answer_refused(asked, error, refused)

        return once

    return wrap


def kept_of(response: Response) -> Answer | None:
    """What is kept of an answer: an API's whole, a page's redirect; None of a form that is shown again."""
    if 300 <= response.status_code < 400:
        return Answer(status=response.status_code, content_type=LOCATION, body=response.location.encode())
    if speaks_problems():
        return Answer(status=response.status_code, content_type=response.content_type, body=response.get_data())
    return None


def is_answered() -> bool:
    """Whether this request has its answer, so that asking again is no new try of anything. Raises KeyReused."""
    with reading() as session:
        return find_answer(session.connection(), _asked()) is not None


def _asked() -> Asked:
    """The request as what its answer is kept under."""
    rule = request.url_rule.rule if request.url_rule else ""
    key = request.headers.get(KEY_HEADER, "") if speaks_problems() else request.form.get(KEY_FIELD, "")
    if not (_API_KEY if speaks_problems() else _PAGE_KEY).fullmatch(key):
        raise KeyMissing("no idempotency key")
    return Asked(
        principal=actor(signed_in()),
        key=key,
        route=f"{request.method} {rule}",
        digest=_digest(),
        action=action(),
        request_id=request_id(),
    )


def _digest() -> bytes:
    """SHA-256 of the request's path and raw body, without a form's token against forgery, which may be renewed."""
    body = request.get_data(cache=True)
    form = request.mimetype == "application/x-www-form-urlencoded"
    return sha256(request.full_path.encode() + b"\n" + (_FORM_TOKEN.sub(b"", body) if form else body)).digest()


def _again_if_unknown(work: Callable[[], Response]) -> Response:
    """Where the outcome of `work` is unknown, once more: it first looks the key up, and answers or does it anew.

    Whatever keeps that from being done leaves unknown what the first came to: it is told, and not the second's outage.
    """
    try:
        return work()
    except OutcomeUnknown as unknown:
        try:
            return work()
        except (Busy, Unavailable, OutcomeUnknown):
            raise unknown from None


def _answer(session: Session, asked: Asked, view: View, arguments: dict[str, Any]) -> Response:
    found = answer_or_turn(session.connection(), asked)
    if found is not None:
        return _replay(found)
    response = make_response(view(session, **arguments))
    kept = kept_of(response)
    if kept is not None:
        session.flush()
        audit(session, occasion(), key=asked.key)
        record_answer(session.connection(), asked, kept, at=occasion().now)
    return response


def _answer_of_twin(asked: Asked) -> Response:
    with reading() as session:
        found = find_answer(session.connection(), asked)
    return _replay(found) if found else refuse(AnsweredByTwin("a twin is being answered"))


def _answer_refused(asked: Asked, error: LedgerError, refused: Refused) -> Response:
    """A final refusal is kept under the key, its work being undone; anything else frees the key."""
    response = refused(error)
    if error.code == "key_reused" or status_of(error) not in FINAL:
        return response
    kept = _kept_refusal(error, response)

    def keep(session: Session) -> Response:
        found = answer_or_turn(session.connection(), asked)
        if found is not None:
            return _replay(found)
        audit(session, occasion(), key=asked.key, refused=error.code)
        record_answer(session.connection(), asked, kept, at=occasion().now)
        return response

    try:
        return _again_if_unknown(lambda: run(keep))
    except AnsweredByTwin:
        return _answer_of_twin(asked)


def _kept_refusal(error: LedgerError, response: Response) -> Answer:
    """A page of ours names people, so what is kept of it is the problem it shows."""
    if 300 <= response.status_code < 400:
        return Answer(status=response.status_code, content_type=LOCATION, body=response.location.encode())
    told = response if speaks_problems() else problem(status_of(error), error.code, words_of(error))
    return Answer(status=told.status_code, content_type=PROBLEM_JSON, body=told.get_data())


def _replay(answer: Answer) -> Response:
    if answer.content_type == LOCATION:
        response = make_response(redirect(answer.body.decode(), code=answer.status))
    elif answer.content_type == PROBLEM_JSON and not speaks_problems():
        response = page(answer.status, json.loads(answer.body)["detail"])
    else:
        response = make_response(answer.body, answer.status)
        response.content_type = answer.content_type
    response.headers[REPLAYED] = "true"
    return response
