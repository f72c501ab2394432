"""EX-03: the names of files are ours; no scheme, resident or shop, whatever it is called, is in one or leads out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from ledger.council_tax.files import write_file
from ledger.council_tax.queries import batch_file
from ledger.people.models import Organisation, Resident
from ledger.people.rules import Permission
from ledger.settings import SettingsRefused
from ledger.store import reading
from ledger.wind_down.write import wind_down
from tests.council_office import town as office
from tests.merchant_portal.deli import Deli
from tests.service import settings_for
from tests.web_town import WebTown

pytestmark = pytest.mark.slow

HOSTILE = ("../../x", "..\\..\\x", "C:\\x", ".", "/etc/passwd", "%2e%2e%2fx", "%252e%252e%252fx", "x" * 300, 'x"; a=b')
PLAIN = re.compile(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*", re.ASCII)
OFFERED = (
    "/office/council-tax/1/file",
    "/office/council-tax/1/worklist.csv",
    "/office/council-tax/1/worklist.xlsx",
    "/office/outstanding/all.xlsx",
    "/office/audit/file",
)


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile_town(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WebTown]:
    """A town in which the scheme, a resident and a shop have a name that would lead elsewhere, and a night's file."""
    (tmp_path / "data").mkdir()
    made = settings_for(database_url=database_url, data=tmp_path / "data", TALLYSTICK_SCHEME_NAME=request.param)
    town = WebTown(settings=made)
    office.applied(town, base="20001234", amount=2_500)
    Deli(town=town)
    for model in (Resident, Organisation):
        town.work(lambda session, model=model: session.execute(update(model).values(name=request.param)))
    office.night(town, town.now.date())
    office.release(town)
    yield town
    town.engine.dispose()


def test_ex_03_no_name_of_a_scheme_or_of_anybody_is_in_the_name_of_a_file(
    hostile_town: WebTown, tmp_path: Path
) -> None:
    officer = office.officer(hostile_town, office.GRACE, *Permission)
    resident = hostile_town.visitor().sign_in("20001234@example.org")
    answers = [officer.get(path) for path in OFFERED] + [resident.get("/history/download?month=2026-11")]
    offered = [answer.headers["Content-Disposition"].removeprefix('attachment; filename="') for answer in answers]
    assert [name for name in offered if not PLAIN.fullmatch(name.removesuffix('"'))] == []

    outbox, left = tmp_path / "outside" / "outbox", tmp_path / "outside" / "left"
    outbox.mkdir(parents=True)
    with reading(hostile_town.engine) as session:
        write_file(batch_file(session, sequence=1), outbox)
    scheme, occasion = hostile_town.settings.scheme.name, hostile_town.occasion()
    wind_down(hostile_town.engine, folder=left, scheme=scheme, occasion=occasion, progress=lambda *_: None)
    assert {path.name for path in outbox.parent.iterdir()} == {"outbox", "left"}
    assert [path.name for path in outbox.parent.rglob("*") if not PLAIN.fullmatch(path.name)] == []
    assert {path.name for path in tmp_path.iterdir()} <= {"outside", "data", *database_files(tmp_path)}


def database_files(folder: Path) -> set[str]:
    """What SQLite keeps beside its file."""
    return {path.name for path in folder.iterdir() if path.name.startswith("tallystick.sqlite")}


@pytest.mark.parametrize("setting", ["TALLYSTICK_SCHEME_CODE", "TALLYSTICK_AUTHORITY", "TALLYSTICK_ENVIRONMENT"])
@pytest.mark.parametrize("text", [*HOSTILE, "", "LCC/..", "LCC\n"])
def test_ex_03_what_names_files_is_plain_or_refused_at_the_start(
    sqlite_url: str, tmp_path: Path, setting: str, text: str
) -> None:
    with pytest.raises(SettingsRefused, match=setting):
        settings_for(database_url=sqlite_url, data=tmp_path, **{setting: text})
