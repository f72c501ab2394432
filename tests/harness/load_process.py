"""A process of clients that pay and sell without end, each with a key, and say on their output what was acknowledged.

It is told one line of JSON: the database, a town, a pair of accounts for each client, a name that no other process has,
and whether the first of them sells, to the one resident, whose new code ends the last. A client asks again under the
same key until it is answered, as a till does. Each line it says is one acknowledged key.
"""

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book.requests import AnsweredByTwin, Asked, answer_or_turn, record_answer
from ledger.outages import Busy, OutcomeUnknown, Unavailable
from ledger.redemption.at_once import prepare, redeem_at_once
from ledger.redemption.redemptions import redeem
from ledger.store import make_engine, run
from tests.book import town as book_town
from tests.book.town import pay
from tests.redemption import town as redemption_town
from tests.redemption.town import ANSWER, NOON, Shop, Town


def main() -> None:
    """Work until the process is ended."""
    threading.excepthook = _end
    told = json.loads(sys.stdin.readline())
    for source in (book_town, redemption_town):
        source._source.seed(told["name"])  # or all processes would draw the same ids
    engine = make_engine(told["url"])
    shop = Shop(**{name: UUID(value) for name, value in told["shop"].items()})
    town = Town(engine=engine, resident_id=UUID(told["resident_id"]), deli=shop, baker=shop)
    for number, accounts in enumerate(told["accounts"]):
        keys = (f"{told['name']}-{number}-{count:08}" for count in itertools.count())
        does = partial(sell, town) if number == 0 and told["sells"] else partial(make_payment, engine, tuple(accounts))
        threading.Thread(target=client, args=[does, keys], daemon=True).start()
    sys.stdin.read()


def _end(raised: threading.ExceptHookArgs) -> None:
    threading.__excepthook__(raised)
    os._exit(1)


def client(does: Callable[[Asked], Any], keys: Iterator[str]) -> None:
    """One after the other, each until it is acknowledged; what else is raised ends the process with a bad status."""
    for key in keys:
        until_answered(partial(does, Asked(principal="till:1", key=key, route="load", digest=bytes(32))))
        sys.stdout.write(key + "\n")
        sys.stdout.flush()


def until_answered(ask: Callable[[], Any]) -> Any:
    """What is answered in the end."""
    while True:
        try:
            return ask()
        except (Busy, Unavailable, OutcomeUnknown, AnsweredByTwin):
            time.sleep(0.02)


def make_payment(engine: Engine, accounts: tuple[int, int], asked: Asked) -> None:
    """Post a transfer and keep the answer with it."""

    def work(session: Session) -> None:
        if answer_or_turn(session.connection(), asked) is None:
            pay(session.connection(), *accounts, 1)
            record_answer(session.connection(), asked, ANSWER, at=NOON)

    run(engine, work)


def sell(town: Town, asked: Asked) -> None:
    """Draw a code and take it, by one statement where that can be."""
    code = until_answered(town.issue)
    wanted = town.asked(code.token, 1)

    def work(session: Session) -> None:
        if answer_or_turn(session.connection(), asked) is None:
            redeem(session, **wanted)
            record_answer(session.connection(), asked, ANSWER, at=NOON)

    until_answered(
        lambda: redeem_at_once(town.engine, prepare(**wanted), asked=asked, answer=ANSWER) or run(town.engine, work)
    )


if __name__ == "__main__":
    main()
