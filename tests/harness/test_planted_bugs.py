"""Each planted bug is caught by the tests it names: they pass on the tree, and fail on a copy that has the bug."""

import random
from pathlib import Path

import pytest

from tests import databases
from tests.drawn import SEED
from tests.harness.planted_bugs import BUGS, PATCHES, PlantedBug, plant, run_tests
from tests.long_table import record

SOME = 8
"""How many bugs the short tier draws, others each time; the long tier plants them all."""


@pytest.fixture
def server_url() -> str:
    """The PostgreSQL server of this run, as its administrator."""
    databases.postgresql_template()
    administrator, _template = databases.postgresql()
    return administrator.render_as_string(hide_password=False)


def is_caught(bug: PlantedBug, server_url: str, folder: Path) -> bool:
    """Whether the tests of a bug fail on a copy of the tree that has it. Fails where they do not run."""
    copy = plant(bug, folder)
    for _run in range(1 + bug.races):
        caught = run_tests(copy, bug, server_url)
        if caught.status != pytest.ExitCode.OK:
            assert caught.status == pytest.ExitCode.TESTS_FAILED, caught.printed
            assert caught.failed, caught.printed
            return True
    return False


def test_every_patch_is_a_bug_that_is_planted() -> None:
    assert {patch.stem for patch in PATCHES.glob("*.patch")} == {bug.id for bug in BUGS}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(SOME))
def test_a_drawn_bug_is_caught(number: int, server_url: str, tmp_path: Path) -> None:
    bug = random.Random(f"{SEED} planted").sample(BUGS, SOME)[number]
    record(f"planted bug {number + 1} of {SOME}", caught=bug.id, seed=SEED)

    assert is_caught(bug, server_url, tmp_path), bug


@pytest.mark.long
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_a_planted_bug_is_caught(bug: PlantedBug, server_url: str, tmp_path: Path) -> None:
    assert is_caught(bug, server_url, tmp_path)
