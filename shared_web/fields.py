"""Fields of JSON bodies: amounts as whole minor units, ids as their 26 characters."""

from functools import partial
from uuid import UUID

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Range

from ledger.errors import InvalidField, NotFound
from ledger.identifiers import from_text
from ledger.money import MOST_FROM_PEOPLE

NOT_AN_AMOUNT = f"Send a whole number of minor units, from 1 to {MOST_FROM_PEOPLE}."

AmountField = partial(
    fields.Integer,
    strict=True,
    required=True,
    validate=Range(1, MOST_FROM_PEOPLE, error=NOT_AN_AMOUNT),
    error_messages=dict.fromkeys(("required", "null", "invalid", "too_large"), NOT_AN_AMOUNT),
)
"""An amount in whole minor units, 1 to 1,000,000; "4", 4.0, true and 10**30 are refused."""


def IdField(**more: object) -> fields.Function:  # noqa: N802 (reads as a field in a schema)
    """An id in its 26 characters."""
    return fields.Function(deserialize=_id, **({"required": True} | more))  # type: ignore[arg-type]  # marshmallow's own names


def _id(text: object) -> UUID:
    try:
        return from_text(text if isinstance(text, str) else "")
    except NotFound as error:
        raise ValidationError("Not an id.") from error


def load(schema: Schema, document: dict[str, object]) -> dict[str, object]:
    """What a schema makes of a document; unknown fields are refused. Raises InvalidField for the first that is bad."""
    try:
        loaded: dict[str, object] = schema.load(document)
    except ValidationError as error:
        name, problems = next(iter(error.normalized_messages().items()))
        raise InvalidField(name, " ".join(problems) if isinstance(problems, list) else str(problems)) from error
    return loaded
