"""Council-tax files at each stage of their life, and what is done to them: for harnesses that stop it and try again."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.council_tax.delivery.due import deliver_released
from ledger.council_tax.files import write_file
from ledger.council_tax.incoming import take_in_folder
from ledger.council_tax.queries import batch_file
from ledger.council_tax.release import approve_batch, release_batch, send_back_batch
from ledger.occasion import Occasion
from ledger.settings import Delivery
from ledger.store import reading
from tests.council_tax.town import MARCH, SCHEME, apply, at, link, resident_with
from tests.redemption.town import NOON, occasion_at
from tests.revenues.town import NOTHING_ARRIVED, SURE, Exchange, exchange, open_account

ANSWERED, SENT, RELEASED, APPROVED, BUILT = range(1, 6)
"""The files by their sequence, named for how each stands."""
FIRST = date(2026, 11, 17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Two officers, what was answered to the file that is sent, and what was changed of the one that is answered."""

    first: UUID
    second: UUID
    answer: bytes
    changes: bytes


def prepare_files(engine: Engine) -> Files:
    """A file at each stage, with one reduction in it, of the five days before the Sunday of the harness."""
    made = exchange(engine, today=FIRST)
    for sequence in (ANSWERED, SENT, RELEASED, APPROVED, BUILT):
        _built(made, sequence, FIRST + timedelta(days=sequence - 1))
    morning = FIRST + timedelta(days=BUILT - 1)
    for sequence in (ANSWERED, SENT, RELEASED, APPROVED):
        made.approve(sequence, morning)
    for sequence in (ANSWERED, SENT, RELEASED):
        made.release(sequence, morning)
    made.revenues.today = morning
    made.take(made.deliver(ANSWERED), morning)
    made.revenues.take_back(next(iter(made.revenues.posted)), "C02", 700)
    changes = made.revenues.tell_changes()
    return Files(first=made.first, second=made.second, answer=made.deliver(SENT), changes=changes)


def _built(made: Exchange, sequence: int, day: date) -> None:
    base = f"2000000{sequence}"
    resident = resident_with(made.engine, (MARCH, 4_000))
    open_account(made, base)
    link(made.engine, resident, base, occasion=at(day.year, day.month, day.day, 8, 0))
    apply(made.engine, resident, 2_000, at(day.year, day.month, day.day, 9, 0))
    made.build(day)


def approve(session: Session, files: Files) -> None:
    """The first officer approves the file that is built."""
    occasion = occasion_at(NOON)
    approve_batch(session, sequence=BUILT, officer_id=files.first, why=SURE, occasion=occasion)


def release(session: Session, files: Files) -> None:
    """The second officer releases the file that is approved."""
    release_batch(session, sequence=APPROVED, officer_id=files.second, occasion=occasion_at(NOON))


def written(engine: Engine, folder: Path) -> Path:
    """The folder in which the approved file stands as its night left it; what is there stays."""
    into = folder / "council-tax"
    if not any(into.glob("*.csv")):
        with reading(engine) as session:
            write_file(batch_file(session, sequence=APPROVED), into)
    return into


def send_back(session: Session, files: Files, folder: Path) -> None:
    """The second officer sends it back."""
    send_back_batch(
        session,
        sequence=APPROVED,
        officer_id=files.second,
        reason="Line 1 is far too large.",
        scheme=SCHEME,
        register=NOTHING_ARRIVED,
        folder=folder,
        occasion=occasion_at(NOON),
    )


def anew(now: datetime) -> Occasion:
    """An occasion whose randomness no try had before: one that is stopped after a part of its work has used its own."""
    return Occasion(now=now, actor="test", token_bytes=secrets.token_bytes)


def delivery_into(folder: Path) -> Delivery:
    """A folder that is made, as where released files go."""
    arriving = folder / "arriving"
    arriving.mkdir(exist_ok=True)
    return Delivery(target=str(arriving))


def deliver(engine: Engine, folder: Path) -> None:
    """Released files go out."""
    occasion, register = anew(NOON), folder / "council-tax.register"
    assert list(
        deliver_released(
            engine, delivery=delivery_into(folder), register=register, command="council-tax-deliver", occasion=occasion
        )
    ) in (
        [SENT, RELEASED],
        [RELEASED],
        [],
    )


def lay(folder: Path, kind: str, content: bytes) -> Path:
    """A file of the revenues system in the folder of answers, as often as it is sent."""
    answers = folder / "council-tax" / "answers"
    answers.mkdir(parents=True, exist_ok=True)
    number = SENT if kind == "CTR" else 1
    (answers / f"{kind}_E09000022_P_{number:06d}_20261122.csv").write_bytes(content)
    return answers


def take_in(engine: Engine, answers: Path) -> None:
    """What lies in the folder of answers is taken in."""
    taken = take_in_folder(engine, answers, scheme=SCHEME, occasion=anew(NOON))
    assert [one.problem for one in taken] == [""]
