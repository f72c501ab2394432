"""Build a night's batch on real databases: what it takes, what it stores, and never twice."""

import hashlib
from datetime import date

from sqlalchemy import Engine

from ledger.council_tax.batches import build_batch
from ledger.council_tax.queries import (
    batch_file,
)
from ledger.council_tax.rules import BatchState
from ledger.council_tax.views import BatchView
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.store import reading, run
from tests.council_tax.town import (
    SCHEME,
    account_number,
    apply,
    at,
    available,
    held,
    linked_resident,
)

SUNDAY = date(2026, 11, 22)
THAT_NIGHT = at(2026, 11, 23, 1, 30)


def build(engine: Engine, business_date: date = SUNDAY, occasion: Occasion = THAT_NIGHT) -> BatchView:
    return run(
        engine,
        lambda session: build_batch(session, business_date=business_date, scheme=SCHEME, occasion=occasion),
    )


def content(engine: Engine, sequence: int = 1) -> bytes:
    with reading(engine) as session:
        return batch_file(session, sequence=sequence).content


def test_a_night_takes_what_is_held_into_one_file(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)

    built = build(engine)

    number, item_text = account_number(), to_text(applied.item_id)
    lines = content(engine).split(b"\r\n")
    assert lines[0] == b"H,CTX,1,E09000022,P,000001,000000,2026-11-23T01:30:00Z,2026-11-22,LCC,TALLYSTICK/0.1.0"
    assert lines[1].decode() == (
        f"D,000001,RED,{item_text},,{number[:8]},{number[8]},,2026,2026-11-22,2027-03-31,2500,VOL"
    )
    assert lines[2].startswith(b"T,000001,2500,0,2500,")
    assert (built.sequence, built.state, built.lines, built.net) == (1, BatchState.BUILT, 1, 2500)
    assert built.sha256 == hashlib.sha256(content(engine)).hexdigest()
    assert (available(engine, resident), held(engine, resident)) == (1500, 0)
