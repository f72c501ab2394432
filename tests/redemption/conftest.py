"""The town that tests of redemption happen in."""

import pytest
from sqlalchemy import Engine

from tests.redemption.town import Town, make_town


@pytest.fixture
def town(engine: Engine) -> Town:
    """A town whose resident has 20.00 to spend."""
    made = make_town(engine)
    made.award(2000)
    return made
