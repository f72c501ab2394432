"""The town that tests of redemption happen in, and the ways its tills take: by units of work, and by one statement."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from ledger.store import make_engine
from tests.redemption.town import AT_ONCE, Town, make_town


@pytest.fixture(params=["sqlite", "postgresql", pytest.param("postgresql, at once", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on a fresh, migrated database; on PostgreSQL each test runs over both ways to take."""
    made = make_engine(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
    yield made.execution_options(**AT_ONCE) if request.param.endswith("at once") else made
    made.dispose()


@pytest.fixture
def town(engine: Engine) -> Town:
    """A town whose resident has 20.00 to spend."""
    made = make_town(engine)
    made.award(2000)
    return made
