"""`tallystick council-tax`: answers taken in from a file and files delivered, told in words and by the exit status."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine

from tests.audit.units import rows
from tests.commands.test_commands import call
from tests.council_tax.town import apply
from tests.revenues.town import Exchange, exchange, household
from tests.service import environment

SUNDAY, LONG_AGO = date(2026, 11, 22), date(2020, 1, 1)


@pytest.fixture
def made(engine: Engine) -> Exchange:
    """A council whose file of one line was released; its revenues system dates all it does long ago."""
    made = exchange(engine)
    apply(engine, household(made), 2500)
    made.night(SUNDAY)
    made.revenues.today = LONG_AGO
    return made


def answer(made: Exchange, folder: Path, content: bytes, *options: str) -> Result:
    """What the command says of these bytes."""
    file = folder / "answer.csv"
    file.write_bytes(content)
    url = made.engine.url.render_as_string(hide_password=False)
    env = environment(database_url=url, data=folder) | {"TALLYSTICK_ENVIRONMENT": "P"}
    return call("council-tax", "answer", str(file), *options, env=env)


def test_an_answer_is_taken_in_once_and_told_in_words(made: Exchange, tmp_path: Path) -> None:
    content = made.deliver(1)

    first, second = answer(made, tmp_path, content), answer(made, tmp_path, content)

    assert (first.exit_code, first.output) == (0, "CTR 000001: 1 lines, £25.00 applied, £0.00 returned.\n")
    assert (second.exit_code, second.output) == (0, "CTR 000001 was taken in before. Nothing was done.\n")


def test_changes_are_told_from_an_answer_by_their_header(made: Exchange, tmp_path: Path) -> None:
    answer(made, tmp_path, made.deliver(1))
    made.revenues.take_back(next(iter(made.revenues.posted)), "C01", 900)

    done = answer(made, tmp_path, made.revenues.tell_changes(), "--json")

    facts = {"kind": "CTU", "sequence": 1, "code": "F00", "again": False, "lines": 1, "applied": 0, "returned": 900}
    assert (done.exit_code, json.loads(done.output)) == (0, facts | {"reconciled": True})


def test_a_damaged_file_is_refused_with_its_line_and_field(made: Exchange, tmp_path: Path) -> None:
    done = answer(made, tmp_path, made.deliver(1).replace(b",2500,", b",2400,", 1))

    assert done.exit_code == 1
    assert done.output == "line 3, pence applied: is not what the lines come to. Nothing was taken in.\n"


def test_a_file_that_was_refused_whole_is_a_problem(made: Exchange, tmp_path: Path) -> None:
    made.revenues.faults.closed_periods = {str(SUNDAY)}
    refusal = made.deliver(1)

    done, again = (answer(made, tmp_path, refusal) for _time in range(2))

    assert (again.exit_code, again.output) == (1, "CTR 000001 was taken in before. Nothing was done.\n")
    assert done.exit_code == 1
    assert done.output == (
        "CTR 000001: the whole file was refused (F10, the period is closed). Its 1 items are held again.\n"
    )


def test_another_systems_answer_is_shown_then_taken_in_by_its_layout(made: Exchange, tmp_path: Path) -> None:
    report = b"POSTING REPORT,000001,\r\n20001234X,TALLY,25.00,5.00,CAPPED,22/11/2026,\r\nTOTAL,1,5.00\r\n"
    asked = ("--layout", "posting_report_csv", "--sequence", "1")
    url = made.engine.url.render_as_string(hide_password=False)
    env = environment(database_url=url, data=tmp_path) | {"TALLYSTICK_ENVIRONMENT": "P"}
    (tmp_path / "report.csv").write_bytes(report)

    shown = call("layouts", "read", str(tmp_path / "report.csv"), *asked, env=env)
    damaged = answer(made, tmp_path, report.replace(b"TOTAL,1", b"TOTAL,2"), *asked)
    first, second = answer(made, tmp_path, report, *asked), answer(made, tmp_path, report, *asked)
    alone = answer(made, tmp_path, report, "--sequence", "1")
    unknown = answer(made, tmp_path, report, "--layout", "none", "--sequence", "1")

    assert [line.split(",")[3:] for line in shown.output.splitlines()[1:2]] == [["P", "D21", "500", "2026-11-22", "N"]]
    assert (damaged.exit_code, damaged.output) == (1, "row 3: trailer field 2 (count): '2' is not what our file says\n")
    assert (first.exit_code, first.output) == (0, "CTR 000001: 1 lines, £5.00 applied, £20.00 returned.\n")
    assert (second.exit_code, second.output) == (0, "CTR 000001 was taken in before. Nothing was done.\n")
    assert (alone.exit_code, unknown.exit_code) == (2, 1)
    kept = [row.details for row in rows(made.engine) if row.action == "command.council-tax-answer"]
    assert [(one["layout"], one["sha256"]) for one in kept] == [
        ("posting_report_csv", hashlib.sha256(report).hexdigest())
    ]


def test_layouts_of_answers_are_listed_and_looked_at(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "ledger" / "council_tax" / "layouts" / "posting_report_csv.toml"
    (tmp_path / "bad.toml").write_text(shipped.read_text().replace('code = "D21"', 'code = "D99"'))

    listed, good = call("layouts", "list", env={}), call("layouts", "check", str(shipped), env={})
    bad = call("layouts", "check", str(tmp_path / "bad.toml"), env={})

    assert "posting_report_csv, of answers: A posting report" in listed.output
    assert (good.exit_code, "CAPPED" in good.output, "P,D21,4999999," in good.output) == (0, True, True)
    assert (bad.exit_code, bad.output) == (1, "line 67: outcome 2, code: one of D08, D12, D21, for P\n")


def test_a_delivery_is_told_and_audited_once(made: Exchange, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    url = made.engine.url.render_as_string(hide_password=False)
    env = environment(database_url=url, data=tmp_path) | {"TALLYSTICK_DELIVERY": str(tmp_path / "out")}

    first, second = (call("council-tax", "deliver", env=env) for _time in range(2))

    assert (first.output, second.output) == ("000001 delivered.\n", "")
    (row,) = (row for row in rows(made.engine) if row.action == "command.council-tax-deliver")
    assert (row.actor, row.subject_kind, row.subject_id) == ("command:deliver", "council-tax", "1")
    name = "CTX_E09000022_P_000001_20261122.csv"
    assert row.details == {"target": str(tmp_path / "out"), "outcome": "delivered", "file": name}
