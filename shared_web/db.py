"""Units of work as requests use them, and the occasion of a request."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import structlog
from flask import g
from sqlalchemy.orm import Session

from ledger import store
from ledger.identifiers import to_text
from ledger.lapsed_holds import run_sweeping
from ledger.notices import backends
from ledger.notices.delivery import deliver_due
from ledger.occasion import Occasion
from ledger.people.rules import SignInKind
from ledger.people.signed_in import SignedIn
from shared_web.acts import audit
from shared_web.core import core

Result = TypeVar("Result")


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """A session whose work is committed on leaving, with the audit row of this request, and undone on raising."""
    with store.unit_of_work(core().engine()) as session:
        yield session
        audit(session, occasion())


def counting() -> AbstractContextManager[Session]:
    """A unit of work of which no audit row is written (ledger/audit/operations.py): a try counted, a last use noted."""
    return store.unit_of_work(core().engine())


def reading() -> AbstractContextManager[Session]:
    """A session that writes nothing."""
    return store.reading(core().engine())


def snapshot() -> AbstractContextManager[Session]:
    """As `reading`, and every statement sees the books as they stood at the first."""
    return store.snapshot(core().engine())


def read(work: Callable[[Session], Result]) -> Result:
    """What `work(session)` returns, which writes nothing, begun anew on a connection that broke."""
    return store.read(core().engine(), work)


def run(work: Callable[[Session], Result]) -> Result:
    """What `work(session)` returns, in a unit of work that begins anew on a deadlock, or lapsed holds are ended.

    `work` has it audited itself, where it changes anything.
    """
    return run_sweeping(core().engine(), work, occasion=occasion())


def let_take(session: Session, *, seconds: float) -> None:
    """Let each statement of a unit of work take longer than people wait (a view that `takes_a_file`)."""
    store.let_take(session, seconds=seconds)


def occasion() -> Occasion:
    """This request as an act: the application's clock and randomness, and who is signed in."""
    return Occasion(now=core().now(), actor=actor(g.get("signed_in")), token_bytes=core().token_bytes)


def actor(signed_in: SignedIn | None) -> str:
    """Who acts, as the books name them: a till by its sign-in, a person by their id, "visitor" for nobody."""
    if signed_in is None:
        return "visitor"
    if signed_in.kind == SignInKind.TILL:
        return f"till:{to_text(signed_in.sign_in_id)}"
    return f"{signed_in.realm}:{to_text(signed_in.person_id)}"


def deliver_notices() -> None:
    """Send what waits in the outbox, as far as it goes now; what does not go is tried again later."""
    made_with = core()
    backend = backends.chosen(made_with.settings.notices, data=made_with.settings.data)
    try:
        deliver_due(made_with.engine(), backend=backend, field_keys=made_with.settings.field_keys, now=made_with.now())
    except Exception as error:
        structlog.get_logger("notices").warning("delivery_failed", error=type(error).__name__)
