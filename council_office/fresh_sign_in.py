"""A fresh sign-in for approvals: whoever signed in a while ago enters the digits of their app again, on the page."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from ledger.people.fresh import confirm_fresh, count_fresh_try
from ledger.people.rules import six_digits
from shared_web.amount_entry import ValueForm
from shared_web.core import core, settings
from shared_web.db import Session, counting, occasion
from shared_web.guards import signed_in
from shared_web.idempotency import is_answered
from shared_web.in_force import rules_today
from shared_web.words_typed import one_line

View = Callable[..., ResponseReturnValue]

DIGITS = "digits"


class FreshForm(ValueForm):
    """A form whose sending may need the digits of the officer's app; `needs_digits` says whether this one does."""

    digits = StringField(
        "Six digits from your app",
        description="You signed in a while ago, so show again that it is you.",
        filters=[one_line],
    )

    def needs_digits(self) -> bool:
        """Whether what is sent is what a fresh sign-in is asked for."""
        return True

    def validate_digits(self, field: Field) -> None:
        """Where they are owed, there are six."""
        if owes_digits() and self.needs_digits() and not six_digits(field.data):
            raise ValidationError("Enter the six digits, like 042917")


def owes_digits() -> bool:
    """Whether whoever is signed in came in longer ago than an approval lets pass."""
    return core().now() > signed_in().signed_in_at + timedelta(minutes=rules_today().fresh_minutes)


def counts_digits(view: View) -> View:
    """A route, above `answered_once`, that counts a try of the digits before they are looked at."""

    @wraps(view)
    def counted(**arguments: Any) -> ResponseReturnValue:
        if request.form.get(DIGITS) and owes_digits() and not is_answered():
            with counting() as session:
                count_fresh_try(session, officer_id=signed_in().person_id, occasion=occasion())
        return view(**arguments)

    return counted


def check_fresh(session: Session, form: FreshForm) -> None:
    """Hold the digits against the officer's app, where they are owed. Raises WrongCode."""
    if owes_digits() and form.needs_digits():
        confirm_fresh(
            session,
            officer_id=signed_in().person_id,
            digits=form.digits.data or "",
            field_keys=settings().field_keys,
            occasion=occasion(),
        )
