"""The one way in, for every face: an address, six digits, for officers their app, and the realm's cookie."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger.errors import TooManyTries
from ledger.identifiers import from_text, to_text
from ledger.occasion import Occasion
from ledger.people import one_time_codes, sign_ins
from ledger.people.errors import WrongCode
from ledger.people.rules import Realm
from ledger.people.signed_in import SignedIn
from shared_web import metrics
from shared_web.acts import note
from shared_web.core import core, settings
from shared_web.db import counting, deliver_notices, occasion, reading, unit_of_work
from shared_web.guards import cookie_name, is_local_start, recognise
from shared_web.networks import network_of
from shared_web.refused_fields import told_at
from shared_web.sign_in_forms import AppForm, DigitsForm, EmailForm, OrganisationForm

View = Callable[["Door"], ResponseReturnValue]
WayOut = Callable[[Session, SignedIn, Occasion], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What differs between the ways in: the realm, the layout, the words, and what signing out ends.

    `home` and `signed_out` are paths of ours: where people are after they came in, and after they left.
    """

    realm: Realm
    layout: str
    home: str
    heading: str
    url_prefix: str
    signed_out: str | None = None
    way_out: WayOut | None = None


def sign_in_pages(door: Door) -> Blueprint:
    """The blueprint `<realm>_sign_in`: sign-in, its code, app and organisation pages, and sign-out."""
    pages = recognise(Blueprint(f"{door.realm}_sign_in", __name__, url_prefix=door.url_prefix or None), door.realm)
    pages.before_request(partial(_only_after_asking, door))
    for path, name, view in _ways(door):
        pages.add_url_rule(path, name, _for(door, view), methods=["GET", "POST"])
    pages.add_url_rule("/sign-out", "sign_out", _for(door, _sign_out), methods=["POST"])
    return pages


def _ways(door: Door) -> Iterator[tuple[str, str, View]]:
    yield "/sign-in", "email", _email
    yield "/sign-in/code", "code", _code
    if door.realm == Realm.OFFICE:
        yield "/sign-in/app", "app", _app
    if door.realm in (Realm.ORGANISER, Realm.MERCHANT):
        yield "/sign-in/organisation", "organisation", _organisation


def _only_after_asking(door: Door) -> ResponseReturnValue | None:
    """The pages after the first are for the browser that asked for a code; whoever else comes begins there."""
    begun = request.endpoint in (f"{door.realm}_sign_in.email", f"{door.realm}_sign_in.sign_out")
    return None if begun or _place(door.realm) in browser else _to(door, "email")


def _for(door: Door, view: View) -> Callable[[], ResponseReturnValue]:
    return lambda: view(door)


def _email(door: Door) -> ResponseReturnValue:
    if g.signed_in and request.method != "POST":
        return redirect(door.home, code=303)
    form = EmailForm()
    if not form.validate_on_submit():
        return _page(door, "email", form=form)
    ask_for_code(door.realm, email=form.email.data or "", onward=request.args.get("next"))
    return _to(door, "code")


def ask_for_code(realm: Realm, *, email: str, onward: str | None = None) -> None:
    """Send six digits to an address if it is known, and let this browser, and no other, type them in.

    The answer to give is the same either way: the page of the code. `onward` is the endpoint to go to afterwards.
    """
    made_with, network = settings(), network_of(request.remote_addr)
    with _noticing_many(), unit_of_work() as session:
        one_time_codes.count_ask_from(session, network=network, code_key=made_with.code_key, occasion=occasion())
        request_id = one_time_codes.ask_code(
            session,
            realm=realm,
            email=email,
            network=network,
            code_key=made_with.code_key,
            field_keys=made_with.field_keys,
            occasion=occasion(),
        )
    metrics.count_ask(realm)
    deliver_notices()
    browser[_place(realm)] = {
        "request": to_text(request_id),
        "email": email,
        "next": onward if is_local_start(onward, realm) else None,
    }


@contextmanager
def _noticing_many() -> Iterator[None]:
    """Who asks too often is told to wait, and whoever watches the log is told too."""
    try:
        yield
    except TooManyTries as refusal:
        structlog.get_logger("sign_in").warning("too_many_asks", request_id=g.get("request_id"), code=refusal.code)
        raise


def _code(door: Door) -> ResponseReturnValue:
    request_id, form = _request_id(door), DigitsForm()
    if not form.validate_on_submit():
        return _page(door, "code", form=form, email=_asked(door)["email"])
    _count_try(request_id)
    with told_at(form.digits, WrongCode), unit_of_work() as session:
        confirmed = one_time_codes.confirm_code(
            session,
            request_id=request_id,
            digits=form.digits.data or "",
            code_key=settings().code_key,
            occasion=occasion(),
        )
    if form.errors:
        return _page(door, "code", form=form, email=_asked(door)["email"])
    if door.realm == Realm.OFFICE:
        return _to(door, "app")
    return _enter(door) if len(confirmed.choices) < 2 else _to(door, "organisation")


def _app(door: Door) -> ResponseReturnValue:
    request_id, form = _request_id(door), AppForm()
    if not form.validate_on_submit():
        return _page(door, "app", form=form)
    _count_try(request_id)
    with told_at(form.digits, WrongCode), unit_of_work() as session:
        one_time_codes.confirm_totp(
            session,
            request_id=request_id,
            digits=form.digits.data or "",
            field_keys=settings().field_keys,
            occasion=occasion(),
        )
    return _page(door, "app", form=form) if form.errors else _enter(door)


def _organisation(door: Door) -> ResponseReturnValue:
    request_id, form = _request_id(door), OrganisationForm()
    with reading() as session:
        confirmed = one_time_codes.confirmed(session, request_id=request_id, now=core().now())
    form.organisation.choices = [(to_text(choice.organisation_id), choice.name) for choice in confirmed.choices]
    if not form.validate_on_submit():
        if form.organisation.errors:
            form.organisation.errors = ["Choose who you are here for"]
        return _page(door, "organisation", form=form)
    return _enter(door, organisation_id=from_text(form.organisation.data))


def _enter(door: Door, *, organisation_id: UUID | None = None) -> Response:
    """Use the code up and begin a sign-in of its own id; whatever this browser was before ends (WB-02)."""
    asked, request_id = _asked(door), _request_id(door)
    with unit_of_work() as session:
        if g.signed_in:
            sign_ins.end_sign_in(session, sign_in_id=g.signed_in.sign_in_id, occasion=occasion())
        begun = sign_ins.sign_in(
            session,
            request_id=request_id,
            organisation_id=organisation_id,
            code_key=settings().code_key,
            occasion=occasion(),
        )
        note("sign-in", to_text(begun.sign_in_id))
    metrics.count_sign_in(door.realm)
    browser.clear()
    onward = url_for(asked["next"]) if is_local_start(asked["next"], door.realm) else door.home
    response = make_response(redirect(onward, code=303))
    set_sign_in_cookie(response, door.realm, begun)
    return response


def set_sign_in_cookie(response: Response, realm: Realm, begun: sign_ins.NewSignIn) -> None:
    """Give the browser the token of a sign-in or a till that begins."""
    response.set_cookie(
        cookie_name(realm),
        begun.token,
        max_age=begun.expires_at - core().now(),
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _sign_out(door: Door) -> ResponseReturnValue:
    if not g.signed_in:
        return _to(door, "email")
    with unit_of_work() as session:
        sign_ins.end_sign_in(session, sign_in_id=g.signed_in.sign_in_id, occasion=occasion())
        if door.way_out:
            door.way_out(session, g.signed_in, occasion())
    browser.clear()
    response = make_response(redirect(door.signed_out or url_for(f"{door.realm}_sign_in.email"), code=303))
    response.delete_cookie(cookie_name(door.realm), secure=settings().secure, httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _count_try(request_id: UUID) -> None:
    """In a unit of work of its own, so that nothing gives the try back."""
    with counting() as session:
        one_time_codes.count_code_try(session, request_id=request_id, occasion=occasion())


def _place(realm: Realm) -> str:
    return f"sign_in_{realm}"


def _asked(door: Door) -> dict[str, Any]:
    """What this browser asked for, from its signed cookie."""
    asked: dict[str, Any] = browser[_place(door.realm)]
    return asked


def _request_id(door: Door) -> UUID:
    return from_text(_asked(door)["request"])


def _to(door: Door, name: str) -> Response:
    return make_response(redirect(url_for(f"{door.realm}_sign_in.{name}"), code=303))


def _page(door: Door, name: str, **facts: Any) -> Response:
    form = facts["form"]
    page = render_template(f"shared_web/sign_in/{name}.html", door=door, face_layout=door.layout, **facts)
    return make_response(page, 422 if form.errors else 200)
