"""The bugs that tests must catch, each kept as a patch in `planted/`, and how one is planted into a copy and run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests import databases, postgresql_server, run_directory

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_name("planted")
LEFT_OUT = shutil.ignore_patterns(".*", "pictures", "*.egg-info", "build", "node_modules")
"""What no test of a copy reads. What is compiled goes along: Python compiles anew what a patch changed."""
OF_THIS_RUN = (run_directory.VARIABLE, "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_CURRENT_TEST")
SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedBug:
    """One bug of faults_and_invariants §3.2, by its number there: what is wrong, and the tests that must fail on it.

    Where the tests race, the bug may slip through one run of them: they are run so many times more.
    """

    id: str
    what: str
    caught_by: tuple[str, ...]
    races: int = 0

    @property
    def patch(self) -> Path:
        """The patch that plants it."""
        return PATCHES / f"{self.id}.patch"

    @property
    def is_in_the_tables(self) -> bool:
        """Whether it shows only in a database that was migrated with it."""
        return "/ledger/migrations/" in self.patch.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """What the tests made of a planted bug: pytest's exit status, the tests that failed, and all it printed."""

    status: int
    failed: tuple[str, ...]
    printed: str


def plant(bug: PlantedBug, folder: Path) -> Path:
    """A copy of the tree in `folder` with the bug in it. Raises CalledProcessError where the patch does not fit."""
    copy = folder / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    subprocess.run(["git", "apply", "-C1", str(bug.patch)], cwd=copy, check=True, capture_output=True)
    return copy


def run_tests(copy: Path, bug: PlantedBug, database_url: str) -> Caught:
    """Run the tests of a copy that catch a bug, to the first that fails, in a process and with databases of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in OF_THIS_RUN}
    environment |= {"PYTHONPATH": str(copy), postgresql_server.NAMED: database_url}
    if not bug.is_in_the_tables:
        environment[run_directory.VARIABLE] = str(_lent(copy))
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command = [sys.executable, "-m", "pytest", *options, *bug.caught_by]
    finished = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    failed = tuple(re.findall(r"^FAILED (\S+)", finished.stdout, re.MULTILINE))
    return Caught(status=finished.returncode, failed=failed, printed=finished.stdout + finished.stderr)


def _lent(copy: Path) -> Path:
    """The folder of one run of a copy, with the databases that this run has migrated already."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=copy.parent))
    folder.chmod(0o755)
    databases.lend(folder)
    return folder


BUGS: tuple[PlantedBug, ...] = (
    PlantedBug(
        id="B01",
        what="PostgreSQL acknowledges a commit before it is on the disk (synchronous_commit=off)",
        caught_by=(
            "tests/harness/test_kills.py::test_what_was_acknowledged_outlives_kills",
            "tests/test_durability.py",
        ),
    ),
    PlantedBug(
        id="B02",
        what="SQLite commits without syncing (synchronous=OFF)",
        caught_by=("tests/test_durability.py",),
    ),
    PlantedBug(
        id="B03",
        what="a batch's file is not synced before it gets its name",
        caught_by=(
            "tests/harness/test_system_calls.py::test_bytes_are_synced_before_the_name_is_given_and_the_folder_after",
        ),
    ),
    PlantedBug(
        id="B04",
        what="a folder is not synced after a file in it got its name",
        caught_by=(
            "tests/harness/test_system_calls.py::test_bytes_are_synced_before_the_name_is_given_and_the_folder_after",
        ),
    ),
    PlantedBug(
        id="B05",
        what="a batch's file is written straight under its final name",
        caught_by=(
            "tests/harness/test_system_calls.py::test_a_file_that_leaves_is_absent_or_complete[night-write-signal=KILL]",
        ),
    ),
    PlantedBug(
        id="B06",
        what="the unique key on a redemption's code is dropped",
        caught_by=(
            "tests/harness/test_double_redemption.py::"
            "test_without_the_compare_and_set_the_unique_key_alone_holds[postgresql]",
        ),
        races=2,
    ),
    PlantedBug(
        id="B07",
        what="check, then act: balances are read without a lock",
        caught_by=(
            "tests/book/test_contention.py::test_five_hundred_there_against_five_hundred_back_meet_no_deadlock",
        ),
        races=2,
    ),
    PlantedBug(
        id="B08",
        what="an answer is kept by a commit of its own, after its work's",
        caught_by=("tests/harness/test_cuts.py::test_what_is_cut_around_commit_is_done_once",),
    ),
    PlantedBug(
        id="B09",
        what="an answer is given though its commit was not acknowledged",
        caught_by=("tests/harness/test_cuts.py::test_what_is_cut_around_commit_is_done_once",),
    ),
    PlantedBug(
        id="B10",
        what="accounts are locked in no order",
        caught_by=(
            "tests/book/test_contention.py::"
            "test_who_waits_for_an_account_has_locked_those_of_lower_number_and_none_above",
        ),
    ),
    PlantedBug(
        id="B11",
        what="a posting that is tried again is decided by the balances that were read first",
        caught_by=("tests/test_outages.py::test_work_that_is_tried_again_reads_everything_again",),
    ),
    PlantedBug(
        id="B12",
        what="where the outcome is unknown, the work is done again under a key of its own",
        caught_by=("tests/harness/test_cuts.py::test_what_is_cut_around_commit_is_done_once",),
    ),
    PlantedBug(
        id="B15",
        what="an amount may come as a float",
        caught_by=("tests/harness/test_hostile_amounts.py::test_no_amount_field_of_the_api_takes_a_hostile_amount",),
    ),
    PlantedBug(
        id="B16",
        what="a void ends a hold and leaves its value held",
        caught_by=("tests/book/test_holds.py::test_a_void_frees_all_and_moves_no_version",),
    ),
    PlantedBug(
        id="B18",
        what="whoever made a proposal may approve it",
        caught_by=("tests/people/test_proposals.py::test_az_04_nobody_decides_their_own_proposal",),
    ),
    PlantedBug(
        id="B19",
        what="a London date is taken from the date in UTC",
        caught_by=(
            "tests/book/test_posting.py::test_half_past_eleven_utc_on_31_march_is_the_new_financial_year_in_london",
        ),
    ),
    PlantedBug(
        id="B20",
        what="a token with a byte behind it is read as the token",
        caught_by=("tests/redemption/test_tokens.py::test_anything_else_is_no_code",),
    ),
    PlantedBug(
        id="B21",
        what="a cap is read once and remembered",
        caught_by=("tests/earning/test_award_caps.py::test_forty_credits_a_week_from_monday",),
    ),
    PlantedBug(
        id="B22",
        what="a night's batch is committed before it is built, so that its lock is gone",
        caught_by=("tests/council_tax/test_batches.py::test_builders_that_meet_make_one_batch",),
        races=2,
    ),
    PlantedBug(
        id="B23",
        what="an answer of 503 is kept under the key",
        caught_by=("tests/shared_web/test_idempotency.py::test_a_refusal_that_passes_frees_the_key",),
    ),
    PlantedBug(
        id="B25",
        what="a rollup account is summed before it is locked",
        caught_by=(
            "tests/book/test_rollups.py::test_thirty_two_debits_of_a_rollup_that_may_not_fall_below_0_stop_there",
        ),
        races=2,
    ),
    PlantedBug(
        id="B26",
        what="a subtotal is taken by seq",
        caught_by=("tests/book/test_rollups.py::test_who_is_slower_than_a_neighbour_is_not_lost",),
    ),
    PlantedBug(
        id="B27",
        what="REPLACE walks in through a secondary unique key",
        caught_by=("tests/book/test_append_only.py::test_insert_or_replace_changes_no_row_through_any_unique_key",),
    ),
    PlantedBug(
        id="B28",
        what="a strict account without its balance row is taken for a rollup",
        caught_by=(
            "tests/book/test_posting.py::test_a_strict_account_without_its_balance_row_is_never_taken_for_a_rollup",
        ),
    ),
    PlantedBug(
        id="B29",
        what="two parts of one statement update one balance row",
        caught_by=("tests/redemption/test_at_once.py",),
    ),
    PlantedBug(
        id="B30",
        what="a balance may dip below what is held in the middle of a batch",
        caught_by=("tests/book/test_post_many.py::test_a_balance_may_not_dip_in_the_middle_of_a_batch",),
    ),
)
"""Those that apply so far."""
