"""An id as a command is given it: the 26 characters that pages, the log and the audit have."""

from uuid import UUID

import click

from ledger.errors import NotFound
from ledger.identifiers import from_text


class Identity(click.ParamType):
    """An id among the arguments of a command."""

    name = "ID"

    def convert(self, value: str, parameter: click.Parameter | None, context: click.Context | None) -> UUID:
        """The id in its 26 characters."""
        try:
            return from_text(value)
        except NotFound:
            self.fail("an id has 26 characters, as in the address of its page, or in the log", parameter, context)
