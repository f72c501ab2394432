"""Who is at this till, and where people are sent who are not at one, or at one that has locked itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import redirect, request
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from ledger.errors import NotFound
from ledger.identifiers import to_text
from ledger.money import Amount, NotAnAmount, format_plain, parse_amount
from ledger.people.rules import SignInKind
from ledger.people.tills import operators_of
from shared_web.db import reading
from shared_web.guards import signed_in
from shared_web.in_force import rules_today

View = TypeVar("View", bound=Callable[..., Any])


def shop_id() -> UUID:
    """The shop for which this browser is signed in."""
    organisation_id = signed_in().organisation_id
    assert organisation_id is not None, "a merchant's sign-in is for a shop"
    return organisation_id


def is_till() -> bool:
    """Whether this browser is a till, not an owner's own."""
    return signed_in().kind == SignInKind.TILL


def is_locked() -> bool:
    """Whether this is a till that waits for an operator's PIN."""
    return is_till() and signed_in().operator_id is None


def name_of_till() -> str:
    """E.g. "Till 1, Rosa"; of a locked one "Till 1"."""
    known = signed_in()
    return ", ".join(part for part in (known.till_name, known.operator_name) if part)


def offer_operators(field: RadioField) -> None:
    """Let the form name everybody of this shop who has a PIN; who is the only one is named already."""
    with reading() as session:
        lines = operators_of(session, organisation_id=shop_id())
    field.choices = [(to_text(line.id), line.name) for line in lines if line.has_pin]
    if len(field.choices) == 1 and not field.data:
        field.data = field.choices[0][0]


def at_a_till(view: View) -> View:
    """A page of a till, locked or not; an owner is sent to where tills are opened."""

    @wraps(view)
    def shown(**arguments: Any) -> ResponseReturnValue:
        return view(**arguments) if is_till() else redirect("/merchant/", 303)

    return shown  # type: ignore[return-value]  # of the view's own shape


def unlocked(view: View) -> View:
    """A page that a locked till does not show: it asks for the PIN first, the amount kept."""

    @wraps(view)
    def shown(**arguments: Any) -> ResponseReturnValue:
        return redirect(address("/merchant/till", asked_amount()), 303) if is_locked() else view(**arguments)

    return shown  # type: ignore[return-value]  # of the view's own shape


def asked_amount() -> Amount | None:
    """The amount in this page's address, if it is one that a till may take."""
    try:
        amount = parse_amount(request.values.get("amount", ""))
    except NotAnAmount:
        return None
    return amount if 1 <= amount <= rules_today().redemption_limit else None


def wanted_amount() -> Amount:
    """As `asked_amount`, for a page that is of an amount. Raises NotFound where there is none."""
    amount = asked_amount()
    if amount is None:
        raise NotFound("page")
    return amount


def address(path: str, amount: Amount | None, **more: str) -> str:
    """A page's address with the amount it is of: one address, one amount, in every window."""
    facts = {} if amount is None else {"amount": format_plain(amount)}
    return f"{path}?{urlencode(facts | more)}" if facts | more else path
