"""Tills that try one code at the same instant: a program told by lines of JSON, which it answers in kind.

It imports the `ledger` that PYTHONPATH names first, so that the same race can be run against an altered copy.
"""

import json
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

import ledger
from ledger.errors import LedgerError
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.redemption.redemptions import redeem
from ledger.settings import SchemeRules
from ledger.store import make_engine, reading, run

Till = dict[str, str]


def attempt(engine: Engine, told: dict[str, Any], together: Barrier, till: Till) -> str:
    """Wait for the instant of the race, then try until there is an answer: "yes", or the refusal's code.

    Busy is no answer: the till sends the same request again, as tills do.
    """
    together.wait()
    time.sleep(max(0.0, told["starts_at"] - time.monotonic()))
    while True:
        try:
            run(engine, partial(redeem, **request(told, till)))
        except Busy:
            continue
        except LedgerError as refusal:
            return refusal.code
        return "yes"


def request(told: dict[str, Any], till: Till) -> dict[str, Any]:
    """What a till asks for: the whole of `redeem` but its session."""
    now = datetime.fromisoformat(told["now"])
    occasion = Occasion(now=now, actor=f"till:{till['till_id']}", token_bytes=secrets.token_bytes)
    return {
        "presented": told["presented"],
        "amount": told["amount"],
        **{name: UUID(value) for name, value in till.items()},
        "rules": SchemeRules(),
        "code_key": bytes.fromhex(told["code_key"]),
        "occasion": occasion,
    }


def connect(engine: Engine, together: Barrier, _till: Till) -> None:
    """Open this till's connection before the race, while the others hold theirs."""
    with reading(engine) as session:
        session.execute(text("SELECT 1"))
        together.wait()


def answer(line: object) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the database and the tills, say which ledger this is, then run a race for each line that comes."""
    setting = json.loads(sys.stdin.readline())
    engine, tills = make_engine(setting["url"]), setting["tills"]
    together = Barrier(len(tills), timeout=30)
    with ThreadPoolExecutor(len(tills)) as threads:
        list(threads.map(partial(connect, engine, together), tills))
        answer(ledger.__file__)
        for line in sys.stdin:
            answer(list(threads.map(partial(attempt, engine, json.loads(line), together), tills)))


if __name__ == "__main__":
    main()
