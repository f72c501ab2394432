"""A refusal that belongs beside a field: the form is shown again with what was typed, and status 422."""

from collections.abc import Iterator
from contextlib import contextmanager

from wtforms import Field

from ledger.errors import LedgerError
from shared_web import metrics
from shared_web.errors import words_of


@contextmanager
def told_at(field: Field, *refusals: type[LedgerError], words: str | None = None) -> Iterator[None]:
    """Turn these refusals of the work inside, which must hold its whole unit of work, into an error of `field`."""
    try:
        yield
    except refusals as refusal:
        metrics.count_refusal(refusal.code)
        field.errors = [*field.errors, words or words_of(refusal)]


@contextmanager
def explained_at(field: Field, *refusals: type[LedgerError]) -> Iterator[None]:
    """As `told_at`, in the refusal's own words: for officers, of a file that they brought, by row and column."""
    try:
        yield
    except refusals as refusal:
        metrics.count_refusal(refusal.code)
        field.errors = [*field.errors, str(refusal)]
