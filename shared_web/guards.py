"""Who is this, and may they: asked of every request to a blueprint, before any view of it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from ledger.errors import LedgerError, NotAllowed
from ledger.outages import outage
from ledger.people import sign_ins
from ledger.people.rules import OperatorRole, Permission, Realm, SignInKind
from ledger.people.signed_in import SignedIn
from shared_web.core import EXTENSION, Core, core, settings
from shared_web.db import counting, occasion, read
from shared_web.in_force import rules_today
from shared_web.problems import problem

View = TypeVar("View", bound=Callable[..., Any])

TOUCHED_EVERY = timedelta(minutes=1)
_NEEDS = "_needs"
_REALM = "realm_of_blueprints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a view asks of whoever is signed in: data on the view, read by the guard."""

    permissions: frozenset[Permission] = frozenset()
    kind: SignInKind | None = None
    roles: frozenset[OperatorRole] = frozenset()

    def met_by(self, signed_in: SignedIn) -> bool:
        """Whether this person, or till, may."""
        right_kind = self.kind is None or signed_in.kind == self.kind
        right_role = not self.roles or signed_in.role in self.roles
        return right_kind and right_role and self.permissions <= signed_in.permissions


def needs(*permissions: Permission) -> Callable[[View], View]:
    """A view for officers with all of these permissions."""
    return _mark(Needs(permissions=frozenset(permissions)))


def for_owners(view: View) -> View:
    """A view for an organisation's owner, signed in as a person; never for a till."""
    return _mark(Needs(kind=SignInKind.PERSON, roles=frozenset({OperatorRole.OWNER})))(view)


def for_tills(view: View) -> View:
    """A view for a till, locked or not; `g.signed_in.operator_id` is None while it is locked."""
    return _mark(Needs(kind=SignInKind.TILL))(view)


def _mark(what: Needs) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _NEEDS, what)
        return view

    return mark


def guard_pages(blueprint: Blueprint, realm: Realm) -> Blueprint:
    """Let only those signed in to `realm` see this blueprint's pages; send others to its sign-in page."""
    blueprint.record(partial(_remember_realm, realm=realm))
    blueprint.before_request(partial(_require, realm, _to_sign_in))
    return blueprint


def guard_api(blueprint: Blueprint, realm: Realm) -> Blueprint:
    """Let only those signed in to `realm` use this API; it answers in problem+json, 401 to others."""
    blueprint.record(_speaks_problems)
    blueprint.before_request(partial(_require, realm, _not_signed_in))
    return blueprint


def recognise(blueprint: Blueprint, realm: Realm) -> Blueprint:
    """Open to everybody; whoever is signed in to `realm` is known (`g.signed_in`), others are None."""
    blueprint.before_request(partial(_look, realm))
    return blueprint


def cookie_name(realm: Realm) -> str:
    """The cookie of a realm; on https its `__Host-` name lets no other host or path set it."""
    return f"{'__Host-' if settings().secure else ''}tallystick-{realm}"


def signed_in() -> SignedIn:
    """Who is signed in, on a guarded blueprint."""
    known: SignedIn = g.signed_in
    assert known is not None, "the guard let a stranger in"
    return known


def would_let_in() -> bool:
    """Whether the guard of what is asked for would let this browser in, as far as that is known before it is asked."""
    guarded: dict[str, Realm] = current_app.extensions.get(_REALM, {})
    realm = next((guarded[name] for name in request.blueprints if name in guarded), None)
    token = request.cookies.get(cookie_name(realm), "") if realm else ""
    known = _whose(realm, token) if realm and token else None
    return known is not None and _needs_of_the_view().met_by(known)


def _needs_of_the_view() -> Needs:
    needed: Needs = getattr(current_app.view_functions[request.endpoint or ""], _NEEDS, Needs())
    return needed


def _remember_realm(state: BlueprintSetupState, realm: Realm) -> None:
    state.app.extensions.setdefault(_REALM, {})[state.name] = realm


def _speaks_problems(state: BlueprintSetupState) -> None:
    made_with: Core = state.app.extensions[EXTENSION]
    made_with.problem_blueprints.add(state.name)


def _look(realm: Realm) -> None:
    """Put whoever this realm's cookie lets in into `g.signed_in`."""
    g.signed_in = None
    token = request.cookies.get(cookie_name(realm), "")
    if not token:
        return
    g.signed_in = _whose(realm, token)
    if g.signed_in:
        _touch(g.signed_in)
        rules_today()  # while nothing else holds a connection: asked in the midst of work it would take a second one


def _whose(realm: Realm, token: str) -> SignedIn | None:
    """Whom this realm's cookie lets in now."""
    code_key, now = settings().code_key, core().now()
    return read(lambda session: sign_ins.who(session, realm=realm, token=token, code_key=code_key, now=now))


def _touch(known: SignedIn) -> None:
    """Note the use, once a minute at most; who only looks is not kept out when the note cannot be written."""
    if core().now() - known.active_at < TOUCHED_EVERY:
        return
    try:
        with counting() as session:
            sign_ins.touch(session, sign_in_id=known.sign_in_id, occasion=occasion())
    except LedgerError:
        return
    except Exception as error:
        if outage(error) is None:
            raise


def _require(realm: Realm, turn_away: Callable[[Realm], ResponseReturnValue]) -> ResponseReturnValue | None:
    _look(realm)
    if g.signed_in is None:
        return turn_away(realm)
    if not _needs_of_the_view().met_by(g.signed_in):
        raise NotAllowed("this sign-in may not do this")
    return None


def _to_sign_in(realm: Realm) -> ResponseReturnValue:
    onward = request.endpoint if request.method == "GET" and is_local_start(request.endpoint, realm) else None
    return redirect(url_for(f"{realm}_sign_in.email", next=onward), code=303)


def _not_signed_in(_realm: Realm) -> ResponseReturnValue:
    return problem(401, "not_signed_in", "Sign in first.")


def is_local_start(endpoint: str | None, realm: Realm) -> bool:
    """Whether a name is that of a page of this realm without arguments: all that may follow a sign-in (WB-04)."""
    guarded: dict[str, Realm] = current_app.extensions.get(_REALM, {})
    if not endpoint or not any(endpoint.startswith(f"{name}.") for name in guarded if guarded[name] == realm):
        return False
    if endpoint not in current_app.view_functions:
        return False
    return any(
        not rule.arguments and "GET" in (rule.methods or ()) for rule in current_app.url_map.iter_rules(endpoint)
    )
