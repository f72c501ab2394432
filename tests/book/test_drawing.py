"""A drawing by one statement: many at once on one owner's purses take what there is and no more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Select, func, insert, select
from sqlalchemy.engine import Connection

from ledger.book.drawing import Purses, given, plan_drawing, post_drawing
from ledger.book.models import Account, Entry
from ledger.book.posting import post
from ledger.book.rules import Mode, Unit
from ledger.store import make_engine, reading, statements, unit_of_work
from tests.book.town import NOON, balance, new_id, open_rollup, posting

pytestmark = pytest.mark.slow

MAY, JUNE = date(2028, 5, 31), date(2028, 6, 30)


def drawing() -> Select[tuple[object]]:
    """A statement that draws and does nothing beside."""
    plan = plan_drawing(
        owner=given("owner"), purses=Purses(kind="purse", unit=Unit.CR), credited=Account.id == given("shop")
    )
    posted, *rest = post_drawing(plan, kind="redeem", claim=plan.decided.alias("claim"))
    return select(posted.c.posted_at).add_cte(*rest)


def open_purse(connection: Connection, owner: object, expires_on: date) -> int:
    row = {
        "public_id": new_id(), "kind": "purse", "unit": Unit.CR,
        "owner_id": owner, "expires_on": expires_on, "mode": Mode.STRICT,
    }  # fmt: skip
    return connection.execute(insert(Account).values(row).returning(Account.id)).scalar_one()


def test_of_sixty_four_drawings_from_sixteen_threads_as_many_stand_as_there_is(postgres_url: str) -> None:
    engine, owner, drawn = make_engine(postgres_url), new_id(), drawing()
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance, shop = open_rollup(connection), open_rollup(connection, kind="takings")
        purses = [open_purse(connection, owner, day) for day in (JUNE, MAY)]
        post(connection, posting(*((issuance, purse, 1_050) for purse in purses)))

    def draw(_number: int) -> bool:
        values = {
            "owner": owner, "shop": shop, "amount": 100, "today": NOON.date(), "transaction_id": new_id(),
            "at": NOON, "actor": "test", "details": {},
        }  # fmt: skip
        with statements(engine) as connection:
            return connection.execute(drawn, values).first() is not None

    with ThreadPoolExecutor(8) as threads:
        took = list(threads.map(draw, range(64)))

    assert sum(took) == 21
    assert [balance(engine, purse) for purse in purses] == [0, 0]
    with reading(engine) as session:
        lowest, entries = session.execute(select(func.min(Entry.headroom), func.count()).select_from(Entry)).one()
    assert (lowest, entries) == (0, 2 + 22)
    engine.dispose()
