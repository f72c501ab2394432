"""Every route that takes an amount, found in the application itself: its addresses, their views and what those read.

A view is followed through the functions of the faces it names, to the schema or the form that holds an amount, or to
the call that reads one from the address or the form by hand.
"""

from collections.abc import Callable, Iterator
from inspect import getattr_static, isclass, isfunction, unwrap
from types import CodeType
from typing import Any

from flask import Flask
from marshmallow import Schema, fields
from wtforms.fields.core import UnboundField

from ledger.money import parse_amount
from merchant_portal.at_till import asked_amount, wanted_amount
from shared_web.amount_entry import AmountEntry
from shared_web.forms import TallystickForm
from shared_web.json_body import read_json

FACES = ("wallet_api", "merchant_portal", "council_office", "shared_web")
BY_HAND = (parse_amount, asked_amount, wanted_amount)
"""What reads an amount without a form: the name of its field is its caller's own, so routes are told by these alone."""

Named = set[tuple[str, str]]
"""Pairs of an address as the url_map has it and the name of a field."""


def amounts_of_json(app: Flask) -> Named:
    """Each number of each schema that a view loads."""
    return {
        (rule, name)
        for rule, found in sending(app)
        for schema in found
        if isclass(schema) and issubclass(schema, Schema)
        for name, field in schema._declared_fields.items()
        if isinstance(field, fields.Number)
    }


def amounts_of_forms(app: Flask) -> Named:
    """Each amount of each form that a view shows again or acts on."""
    return of_forms(app, amount_entries)


def of_forms(app: Flask, names: Callable[[type[TallystickForm]], list[str]]) -> Named:
    """The fields that `names` finds, of each form that a view shows again or acts on."""
    return {
        (rule, name)
        for rule, found in sending(app)
        for form in found
        if isclass(form) and issubclass(form, TallystickForm)
        for name in names(form)
    }


def read_by_hand(app: Flask) -> set[str]:
    """The addresses whose views read an amount themselves."""
    return {rule for rule, found in sending(app) if any(reader in found for reader in BY_HAND)}


def without_schema(app: Flask) -> list[str]:
    """The addresses whose views read JSON by no schema."""
    schemas = (
        (rule, [one for one in found if isclass(one) and issubclass(one, Schema)])
        for rule, found in sending(app)
        if read_json in found
    )
    return [rule for rule, loaded in schemas if not loaded]


def schemas_with_amounts() -> set[type[Schema]]:
    """Every schema of the faces that has a number, whether or not a view was found to load it."""
    return {
        schema
        for schema in _below(Schema)
        if schema.__module__.startswith(FACES)
        and any(isinstance(field, fields.Number) for field in schema._declared_fields.values())
    }


def forms_with_amounts() -> set[type[TallystickForm]]:
    """Every form that has an amount, whether or not a view was found to use it."""
    return {form for form in forms_of_ours() if amount_entries(form)}


def forms_of_ours() -> set[type[TallystickForm]]:
    """Every form of the faces."""
    return {form for form in _below(TallystickForm) if form.__module__.startswith(FACES)}


def amount_entries(form: type[TallystickForm]) -> list[str]:
    """The names of a form's amounts."""
    found = ((name, getattr_static(form, name)) for name in dir(form))
    return [name for name, one in found if isinstance(one, UnboundField) and issubclass(one.field_class, AmountEntry)]


def used(app: Flask) -> set[object]:
    """Everything that the views were found to name, those that only show something too."""
    found: set[object] = set()
    for view in app.view_functions.values():
        _follow(unwrap(view), found)
    return found


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def sending(app: Flask) -> Iterator[tuple[str, set[object]]]:
    """Each address that something can be sent to, and everything that its view names."""
    for rule in app.url_map.iter_rules():
        if not (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}:
            found: set[object] = set()
            _follow(unwrap(app.view_functions[rule.endpoint]), found)
            yield rule.rule, found


def _follow(function: Callable[..., Any], found: set[object]) -> None:
    """Add what a function names, and what those functions of the faces name in turn."""
    for name in _names(function.__code__):
        named = function.__globals__.get(name)
        if not (isfunction(named) or isclass(named)) or named in found:
            continue
        found.add(named)
        inner = unwrap(named) if isfunction(named) else None
        if isfunction(inner) and inner.__module__.startswith(FACES):
            _follow(inner, found)


def _names(code: CodeType) -> set[str]:
    within = [part for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*(_names(part) for part in within))
