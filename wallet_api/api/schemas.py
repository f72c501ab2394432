"""The shapes of request bodies; a field that is not named is refused."""

from marshmallow import Schema

from shared_web.fields import AmountField


class CodeRequest(Schema):
    """The most a code may take, in whole minor units; without it, what is available up to the scheme's limit."""

    cap = AmountField(required=False)


class NothingMore(Schema):
    """An empty object: the address says it all."""
