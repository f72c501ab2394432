"""Each planted bug is caught by the tests it names: they pass on the tree, and fail on a copy that has the bug."""

from pathlib import Path

import pytest

from tests import databases, postgresql_server
from tests.harness.planted_bugs import BUGS, PATCHES, PlantedBug, plant, run_tests
from tests.missing import missing


@pytest.fixture
def server_url() -> str:
    """The PostgreSQL server of this run, as its administrator."""
    try:
        administrator, _template = databases.postgresql()
    except postgresql_server.NoPostgreSQL as error:
        missing(str(error))
    return administrator.render_as_string(hide_password=False)


def test_every_patch_is_a_bug_that_is_planted() -> None:
    assert {patch.stem for patch in PATCHES.glob("*.patch")} == {bug.id for bug in BUGS}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_a_planted_bug_is_caught(bug: PlantedBug, server_url: str, tmp_path: Path) -> None:
    copy = plant(bug, tmp_path)
    for _run in range(1 + bug.races):
        caught = run_tests(copy, bug, server_url)
        if caught.status != pytest.ExitCode.OK:
            break

    assert caught.status == pytest.ExitCode.TESTS_FAILED, caught.printed
    assert caught.failed, caught.printed
