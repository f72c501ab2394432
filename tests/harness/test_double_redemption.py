"""Sixteen tills at once on one code: one yes, fifteen refusals; and the proof that the race can be lost.

A code is taken once for two reasons, each enough: the compare-and-set on its state, and the unique key of redemptions.
The race is run against the ledger as it stands, and against copies that lack one of the two, or both. In the copies
the look at a code is moved before the unit of work and followed by a wait: on PostgreSQL a check-then-act within the
unit of work would show the same, on SQLite it would not, since there the unit of work begins with the write lock.
"""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from ledger.book.models import Transaction
from ledger.redemption.models import Redemption
from ledger.redemption.queries import takings_balance
from ledger.store import reading
from tests.harness.race import (
    AMOUNT,
    LOOK_THEN_WAIT,
    ROOT,
    WITHOUT_COMPARE_AND_SET,
    Alteration,
    copy_of_ledger,
    drop_unique_key,
    open_tills,
    processes,
    race,
)
from tests.redemption.town import MAY, Shop, Town, make_town

pytestmark = pytest.mark.slow

CODES, CODES_OF_A_COPY, CODES_TO_LOSE = 20, 10, 3
WALLET = 1_000_000
ONE_YES = Counter({"code_already_redeemed": 15, "yes": 1})


@pytest.fixture
def rich_town(engine: Engine) -> Town:
    """A town whose resident could pay for every till's yes, so that nothing but the code stands in the way."""
    town = make_town(engine)
    town.award(WALLET)
    return town


@pytest.fixture
def owner_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The test's database as one who may change its tables."""
    url: str = request.getfixturevalue("postgres_owner_url") if "postgresql" in database_url else database_url
    return url


def taken(town: Town, tills: list[Shop]) -> tuple[int, int, int, int]:
    """What the books say was taken: from the wallet, into takings, how many transactions and how many redemptions."""
    shops = {till.merchant_id for till in tills}
    with reading(town.engine) as session:
        takings = sum(takings_balance(session, merchant_id=shop) for shop in shops)
        transactions = session.execute(select(func.count()).where(Transaction.kind == "redeem")).scalar_one()
        redemptions = session.execute(select(func.count()).select_from(Redemption)).scalar_one()
    return WALLET - town.purses()[MAY], takings, transactions, redemptions


def run_races(town: Town, url: str, root: Path, codes: int) -> tuple[list[Counter[str]], tuple[int, int, int, int]]:
    """Race for so many codes, one after the other: the answers to each, and what the books say afterwards."""
    tills = open_tills(town)
    with processes(root, url, tills) as started:
        answers = [Counter(race(started, town.issue().token)) for _code in range(codes)]
    return answers, taken(town, tills)


def once_each(codes: int) -> tuple[int, int, int, int]:
    """What the books say where each code was taken once."""
    return codes * AMOUNT, codes * AMOUNT, codes, codes


def test_sixteen_tills_at_once_on_one_code_get_one_yes(rich_town: Town, database_url: str) -> None:
    answers, books = run_races(rich_town, database_url, ROOT, CODES)

    assert answers == [ONE_YES] * CODES
    assert books == once_each(CODES)


def test_without_the_unique_key_the_compare_and_set_alone_holds(
    rich_town: Town, database_url: str, owner_url: str, tmp_path: Path
) -> None:
    drop_unique_key(owner_url)
    copy = copy_of_ledger(tmp_path / "copy", LOOK_THEN_WAIT)

    answers, books = run_races(rich_town, database_url, copy, CODES_OF_A_COPY)

    assert answers == [ONE_YES] * CODES_OF_A_COPY
    assert books == once_each(CODES_OF_A_COPY)


def test_without_the_compare_and_set_the_unique_key_alone_holds(
    rich_town: Town, database_url: str, tmp_path: Path
) -> None:
    copy = copy_of_ledger(tmp_path / "copy", LOOK_THEN_WAIT, WITHOUT_COMPARE_AND_SET)

    answers, books = run_races(rich_town, database_url, copy, CODES_OF_A_COPY)

    assert answers == [ONE_YES] * CODES_OF_A_COPY
    assert books == once_each(CODES_OF_A_COPY)


def test_without_both_a_code_is_taken_twice_so_this_race_can_be_lost(
    rich_town: Town, database_url: str, owner_url: str, tmp_path: Path
) -> None:
    drop_unique_key(owner_url)
    copy = copy_of_ledger(tmp_path / "copy", LOOK_THEN_WAIT, WITHOUT_COMPARE_AND_SET)

    answers, books = run_races(rich_town, database_url, copy, CODES_TO_LOSE)

    assert max(answer["yes"] for answer in answers) > 1
    assert books == once_each(sum(answer["yes"] for answer in answers))


@pytest.mark.parametrize("alteration", [LOOK_THEN_WAIT, WITHOUT_COMPARE_AND_SET])
def test_a_copy_differs_from_the_ledger_where_it_says(alteration: Alteration, tmp_path: Path) -> None:
    copy = copy_of_ledger(tmp_path / "copy", alteration)
    changed = [
        path.relative_to(copy)
        for path in copy.rglob("*.py")
        if path.read_bytes() != (ROOT / path.relative_to(copy)).read_bytes()
    ]

    assert changed == [Path("ledger/redemption/redemptions.py")]
