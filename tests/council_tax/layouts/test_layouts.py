"""Layouts write what they say, read back what they wrote, and a bad one is explained by line and field."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from commands import main
from ledger.council_tax.ctx_file import Header, Line, render
from ledger.council_tax.layouts.check import check_layout
from ledger.council_tax.layouts.errors import LayoutRefused, NotOfTheLayout, ValueDoesNotFit
from ledger.council_tax.layouts.reader import read
from ledger.council_tax.layouts.shipped import SAMPLE_HEADER, SHIPPED, read_ctx1, sample_lines, shipped
from ledger.council_tax.layouts.spec import LayoutSpec, Section
from ledger.council_tax.layouts.toml_text import read_layout
from ledger.council_tax.layouts.writer import values_of, write
from tests.audit.units import rows
from tests.commands.test_commands import call
from tests.council_tax.layouts.made_up import headers, layouts, lines
from tests.council_tax.town import apply, linked_resident
from tests.revenues.town import exchange
from tests.service import environment

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long it takes on a machine that others use says nothing."""
FOLDER = Path(__file__).parents[3] / "ledger" / "council_tax" / "layouts"
FIXED = """
name = "fixed_width"
kind = "fixed"
file_name = "F_{sequence:06}_{part}.txt"
split_by = ["code"]

[[header]]
const = "HDR"
width = 10

[[header]]
source = "business_date"
format = "%d%m%y"
width = 6

[[detail]]
source = "account"
width = 22

[[detail]]
source = "code"
map = { RED = "-", REV = "+", PRV = "*" }
width = 3
justify = "right"

[[detail]]
source = "amount"
format = "pounds.2dp"
sign = "CR"
width = 14
pad = "0"
justify = "right"

[[detail]]
source = "effective_from"
format = "%d-%b-%Y"
width = 11

[[trailer]]
source = "count"
width = 8
pad = "0"
justify = "right"

[[trailer]]
source = "net"
sign = "trailing"
width = 16
"""


def mirrored(spec: LayoutSpec, header: Header, written: Sequence[Line]) -> None:
    """What the layout wrote, it reads back: of each line, every source that it has."""
    (file,) = write(spec, header, written)
    found = read(spec, file.content)
    sources = [field.source for field in spec.fields[Section.DETAIL] if field.source]
    expected = [{name: values_of(line, number)[name] for name in sources} for number, line in enumerate(written, 1)]
    assert [dict(row) for row in found.lines] == expected


@UNHURRIED
@given(headers, st.lists(lines(), max_size=5))
def test_ctx1_as_a_layout_is_the_canonical_file_byte_for_byte(header: Header, written: list[Line]) -> None:
    (file,) = write(shipped("ctx1"), header, written)
    assert file.content == render(header, written)[0]
    assert read_ctx1(file.content) == (header, written)


@UNHURRIED
@given(layouts(), headers, st.lists(lines(), max_size=4))
def test_what_a_layout_wrote_it_reads_back(text: str, header: Header, written: list[Line]) -> None:
    mirrored(read_layout(text), header, written)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_layout_that_is_shipped_can_be_used(name: str) -> None:
    checked = check_layout((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    assert checked.spec.name == name
    mirrored(checked.spec, SAMPLE_HEADER, sample_lines())


def test_local_discounts_are_account_code_days_and_pounds() -> None:
    (file,) = write(shipped("local_discount_csv"), SAMPLE_HEADER, sample_lines())
    assert file.name == "DISCOUNT_E09000022_T_000147_20261122.csv"
    assert file.content.decode().split("\r\n")[:4] == [
        "200012345,TALLY,22/11/2026,31/03/2027,25.00",
        "00000001X,TALLY,22/11/2026,31/03/2027,0.01",
        "200045678,TALLY,22/11/2026,31/03/2027,99999.99",
        "200032104,TALLYREV,22/11/2026,31/03/2027,-10.00",
    ]


def test_a_fixed_layout_that_is_split_makes_a_file_a_code() -> None:
    files = {file.name: file.content.decode() for file in write(read_layout(FIXED), SAMPLE_HEADER, sample_lines())}
    assert list(files) == ["F_000147_PRV.txt", "F_000147_RED.txt", "F_000147_REV.txt"]
    assert files["F_000147_REV.txt"].split("\r\n") == [
        "HDR       221126",
        "200032104               +" + "000000010.00CR" + "22-Nov-2026",
        "00000001" + "1000-".ljust(16),
        "",
    ]
    assert "99999.99  22-Nov-2026" in files["F_000147_RED.txt"]


BAD = [
    ('file_name = "F_{sequence:06}_{part}.txt"', 'file_name = "../{part}.txt"', 4, "file_name"),
    ('file_name = "F_{sequence:06}_{part}.txt"', 'file_name = "{authority.__class__}_{part}"', 4, "file_name"),
    ('file_name = "F_{sequence:06}_{part}.txt"', 'file_name = "{sequence:99999999}{part}"', 4, "file_name"),
    ('file_name = "F_{sequence:06}_{part}.txt"', 'file_name = "{part}{"', 4, "file_name"),
    ('file_name = "F_{sequence:06}_{part}.txt"', 'file_name = "F.txt"', 4, "file_name"),
    ('kind = "fixed"', 'kind = ["fixed"]', 3, "kind"),
    ('source = "business_date"', 'source = "birthday"', 12, "header field 2, source"),
    ('format = "%d%m%y"', 'format = "%s"', 13, "header field 2, format"),
    ("width = 22", "width = 0", 18, "detail field 1, width"),
    ("width = 22", "width = true", 18, "detail field 1, width"),
    ("width = 22\n", "", 16, "detail field 1, width"),
    ("width = 22", "width = 5", 17, "detail field 1 (account)"),
    ('sign = "CR"', 'sign = "DR"', 29, "detail field 3, sign"),
    ('pad = "0"\njustify = "right"\n\n[[detail]]', 'pad = "x"\n\n[[detail]]', 31, "detail field 3, pad"),
    ('map = { RED = "-", REV = "+", PRV = "*" }', 'map = { RED = "-" }', 21, "detail field 2 (code)"),
    ('map = { RED = "-", REV = "+", PRV = "*" }', 'map = { RED = "é" }', 22, "detail field 2, map"),
    ('sign = "CR"', "colour = 3", 29, "detail field 3, colour"),
    ('const = "HDR"', 'const = "HDR"\nsource = "scheme"', 9, "header field 1, source"),
]


@pytest.mark.parametrize(("was", "is_now", "line", "field"), BAD)
def test_a_bad_layout_is_explained_by_line_and_field(was: str, is_now: str, line: int, field: str) -> None:
    assert was in FIXED
    with pytest.raises(LayoutRefused) as caught:
        check_layout(FIXED.replace(was, is_now, 1))
    assert (line, field) in {(problem.line, problem.field) for problem in caught.value.problems}


def test_what_is_no_toml_is_explained_by_its_line() -> None:
    with pytest.raises(LayoutRefused) as caught:
        check_layout('name = "x"\nkind = \n')
    assert caught.value.problems[0].line == 2


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(LayoutRefused) as caught:
        check_layout(FIXED.replace("width = 22", "width = -1").replace('"%d%m%y"', '"%x"'))
    assert len(caught.value.problems) == 2


TOML_VALUES = ["1", "-1", "true", "[]", '["a"]', "{}", '""', '"\\u0000"', '"{"', "1.5", "2026-11-22", "nonsense"]


@UNHURRIED
@given(st.sampled_from([*range(40)]), st.sampled_from(TOML_VALUES))
def test_whatever_a_layout_says_it_is_a_layout_or_refused(at: int, value: str) -> None:
    rows = FIXED.splitlines()
    places = [number for number, row in enumerate(rows) if "=" in row]
    number = places[at % len(places)]
    rows[number] = f"{rows[number].split('=')[0]}= {value}"
    with suppress(LayoutRefused):
        assert check_layout("\n".join(rows)).files


@pytest.mark.parametrize(
    ("was", "is_now", "row"),
    [
        (b",2500,", b",2501,", 7),
        (b"\r\nT,", b"\r\nD,", 7),
        (b"H,CTX", b"H,CTR", 1),
        (b"20001234", b"20001235", 7),
        (b",VOL\r\n", b",VOL,\r\n", 2),
        (b"LCC", b"L\xc3\xa9", 1),
        (b"2026-11-22,2027", b"2026-13-22,2027", 2),
        (b"000005,", b"000004,", 7),
    ],
)
def test_a_file_that_was_changed_is_refused_by_row(was: bytes, is_now: bytes, row: int) -> None:
    content = render(SAMPLE_HEADER, sample_lines())[0]
    assert was in content
    with pytest.raises(NotOfTheLayout) as caught:
        read(shipped("ctx1"), content.replace(was, is_now, 1) if row != 7 else is_now.join(content.rsplit(was, 1)))
    assert caught.value.row == row


@pytest.mark.parametrize("kept", range(0, 700, 23))
def test_a_file_that_was_cut_off_is_refused(kept: int) -> None:
    content = render(SAMPLE_HEADER, sample_lines())[0]
    with pytest.raises(NotOfTheLayout):
        read(shipped("ctx1"), content[: min(kept, len(content) - 1)])


def test_a_value_with_the_delimiter_in_it_is_refused() -> None:
    spec = read_layout('name = "a"\nkind = "delimited"\nfile_name = "A"\n[[header]]\nsource = "producer"\n'
                       '[[detail]]\nsource = "line"\n')  # fmt: skip
    header = Header(
        authority="E09000022",
        environment="T",
        sequence=1,
        created=SAMPLE_HEADER.created,
        business_date=SAMPLE_HEADER.business_date,
        scheme="LCC",
        producer="A,B",
    )
    with pytest.raises(ValueDoesNotFit):
        write(spec, header, [])


def test_the_command_shows_samples_or_what_is_wrong(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(FIXED)
    bad.write_text(FIXED.replace("width = 22", "width = 5"))
    shown = CliRunner().invoke(main, ["layouts", "check", str(good)])
    assert shown.exit_code == 0
    assert "F_000147_RED.txt" in shown.output
    refused = CliRunner().invoke(main, ["layouts", "check", str(bad)])
    assert refused.exit_code == 1
    assert "line 17: detail field 1 (account): '200078901' has 9 characters and the field 5" in refused.output


def test_the_command_writes_a_batch_once_and_over_nothing(engine: Engine, database_url: str, tmp_path: Path) -> None:
    made = exchange(engine)
    apply(engine, linked_resident(engine, 5_000), 2_500)
    made.build(date(2026, 11, 22))
    env, out = environment(database_url=database_url, data=tmp_path), tmp_path / "out"
    out.mkdir()
    asked = ("layouts", "write", "--layout", "local_discount_csv", "--sequence", "1", "--to", str(out))
    name = "DISCOUNT_E09000022_P_000001_20261122.csv"
    early = call(*asked, env=env)
    assert (early.exit_code, list(out.iterdir())) == (1, [])
    made.approve(1, date(2026, 11, 23))
    made.release(1, date(2026, 11, 23))
    assert call(*asked, env=env).stdout == f"{out / name} delivered\n"
    assert (out / name).read_bytes() == b"20001234X,TALLY,22/11/2026,31/03/2027,25.00\r\n"
    assert call(*asked, env=env).stdout == f"{out / name} there already\n"
    (out / name).write_bytes(b"other")
    refused = call(*asked, env=env)
    assert (refused.exit_code, (out / name).read_bytes()) == (1, b"other")
    own = tmp_path / "own.toml"
    own.write_text(FIXED.replace("width = 22", "width = 5"))
    untried = call("layouts", "write", "--layout", str(own), "--sequence", "1", "--to", str(out), env=env)
    assert (untried.exit_code, "has 9 characters and the field 5" in untried.stderr) == (1, True)
    asked_for = [(row.action, row.subject_id, row.details) for row in rows(engine) if row.actor.startswith("command:")]
    assert asked_for == [("command.layouts-write", "1", {"layout": "local_discount_csv"})] * 3
