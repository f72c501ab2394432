"""The shapes of what a till's script sends; unknown fields are refused."""

from marshmallow import Schema, fields
from marshmallow.validate import Length

from shared_web.fields import AmountField, IdField

LONGEST_CODE = 256


class TakeSchema(Schema):
    """An amount in minor units and what the customer showed; of a locked till also who asks, and their PIN."""

    amount = AmountField()
    code = fields.String(required=True, validate=Length(1, LONGEST_CODE))
    operator_id = IdField(required=False)
    pin = fields.String(validate=Length(1, 12))


class NothingSchema(Schema):
    """An empty object."""
