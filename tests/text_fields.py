"""Every field of a form in which somebody may write words, found as `amount_fields.py` finds amounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import getattr_static
from typing import Any

from flask import Flask, Response, request, request_finished
from wtforms import StringField
from wtforms.fields.core import UnboundField

from shared_web.amount_entry import AmountEntry, ValueForm
from shared_web.forms import TallystickForm
from tests.amount_fields import Named, forms_of_ours, of_forms


def texts_of_forms(app: Flask) -> Named:
    """Each text field of each form that a view acts on, hidden ones too."""
    return of_forms(app, text_fields)


def forms_with_texts() -> set[type[TallystickForm]]:
    """Every form that has a text field, whether or not a view was found to use it."""
    return {form for form in forms_of_ours() if text_fields(form)}


def text_fields(form: type[TallystickForm]) -> list[str]:
    """The names of a form's text fields: neither its amounts nor the key that every form of its kind carries."""
    found = ((name, getattr_static(form, name)) for name in dir(form) if not hasattr(ValueForm, name))
    return [
        name
        for name, one in found
        if isinstance(one, UnboundField)
        and issubclass(one.field_class, StringField)
        and not issubclass(one.field_class, AmountEntry)
    ]


@contextmanager
def seen_to_be_sent(app: Flask, texts: frozenset[str]) -> Iterator[tuple[Named, Named]]:
    """Fills with the fields of forms in which one of these texts was sent: those that were taken, those refused."""
    taken: Named = set()
    refused: Named = set()

    def look(_app: Flask, response: Response, **_more: Any) -> None:
        if request.method != "POST" or request.url_rule is None:
            return
        sent = {name for name, values in request.form.lists() if texts.intersection(values)}
        seen = taken if response.status_code < 400 else refused
        seen.update((request.url_rule.rule, name) for name in sent)

    with request_finished.connected_to(look, app):
        yield taken, refused
