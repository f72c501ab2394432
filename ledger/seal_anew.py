"""Seal anew: what an earlier field key sealed is opened and sealed with the newest, so that the earlier one can go."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledger.audit.operations import record_command
from ledger.field_keys import SealBroken, is_under_newest, open_sealed, seal
from ledger.keys import KeysInUse
from ledger.notices.models import Notice
from ledger.occasion import Occasion
from ledger.people.models import Officer
from ledger.store import reading, run

AT_ONCE = 100
"""How many rows are looked at, and so how many values are replaced at most, in one unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many values an earlier key sealed, of officers' apps and of notices that wait; how many no key opens."""

    officers: int
    notices: int
    unopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column that rests sealed."""

    model: type[Officer] | type[Notice]
    value: InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None]


_OFFICERS = _Column(model=Officer, value=Officer.totp_secret)
_NOTICES = _Column(model=Notice, value=Notice.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """What rests in a row, and the same under the newest key."""

    row_id: UUID
    sealed: bytes
    anew: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What some rows of a column hold under earlier keys, and how many hold what none of the keys opens."""

    column: _Column
    values: Sequence[_Value]
    unopened: int


def look(engine: Engine, *, field_keys: Sequence[str]) -> Found:
    """How much `seal_anew` would seal anew now, and how much it could not open; nothing is changed."""
    return _over_all(engine, field_keys, lambda page: len(page.values))


def seal_anew(engine: Engine, *, field_keys: Sequence[str], occasion: Occasion) -> Found:
    """Seal with the newest key what an earlier one sealed; how much that was, and how much none of the keys opens.

    At most a hundred values in a unit of work. A value that changes meanwhile (a notice that is delivered, an officer
    who is given another app) stays as it has become; what the newest key sealed is left alone, so this may run again.
    """
    return _over_all(engine, field_keys, lambda page: run(engine, partial(_replace, page=page, occasion=occasion)))


def check_retirable(engine: Engine, *, newest: str) -> None:
    """Refuse where anything is sealed with another field key than the newest. Raises KeysInUse."""
    left = look(engine, field_keys=[newest]).unopened
    if left:
        raise KeysInUse(f"Sealed with an earlier key: {left:,}. Run `tallystick keys seal-anew` first.")


def _over_all(engine: Engine, field_keys: Sequence[str], take: Callable[[_Page], int]) -> Found:
    taken, unopened = {_OFFICERS: 0, _NOTICES: 0}, 0
    for column in taken:
        for page in _pages(engine, column, field_keys):
            taken[column] += take(page) if page.values else 0
            unopened += page.unopened
    return Found(officers=taken[_OFFICERS], notices=taken[_NOTICES], unopened=unopened)


def _pages(engine: Engine, column: _Column, field_keys: Sequence[str]) -> Iterator[_Page]:
    row_id, after = column.model.id, UUID(int=0)
    query = select(row_id, column.value).where(column.value.is_not(None)).order_by(row_id).limit(AT_ONCE)
    while True:
        with reading(engine) as session:
            found = session.execute(query.where(row_id > after))
            rows = [(one, value) for one, value in found if value is not None]
        if not rows:
            return
        after = rows[-1][0]
        yield _page(column, rows, field_keys)


def _page(column: _Column, rows: Sequence[tuple[UUID, bytes]], field_keys: Sequence[str]) -> _Page:
    values, unopened = [], 0
    for row_id, sealed in rows:
        if is_under_newest(sealed, field_keys):
            continue
        try:
            anew = seal(open_sealed(sealed, field_keys), field_keys)
        except SealBroken:
            unopened += 1
        else:
            values.append(_Value(row_id=row_id, sealed=sealed, anew=anew))
    return _Page(column=column, values=values, unopened=unopened)


def _replace(session: Session, *, page: _Page, occasion: Occasion) -> int:
    """Only what is still as it was opened: what became of a value meanwhile is not undone."""
    model, column, replaced = page.column.model, page.column.value, 0
    for one in page.values:
        same = update(model).where(model.id == one.row_id, column == one.sealed)
        replaced += session.connection().execute(same.values({column.key: one.anew})).rowcount
    details = {"of": model.__tablename__, "sealed": replaced}
    record_command(session, "seal-anew", details=details, occasion=occasion)
    return replaced
