"""The town whose nights are run."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.nightly.town import Town


@pytest.fixture
def town(engine: Engine, tmp_path: Path) -> Town:
    """A town at 01:30 on the Monday after 22 November 2026."""
    return Town(engine, tmp_path)
