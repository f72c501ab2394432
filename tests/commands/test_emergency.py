"""What is done at once: a key drawn anew, everybody signed out; and each rehearsed, with nothing changed."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from ledger.audit.models import AuditRow
from ledger.field_keys import open_sealed, seal
from ledger.people.rules import Permission, Realm
from ledger.people.sign_ins import live_sign_ins
from ledger.setting_texts import field_keys
from ledger.store import reading
from tests.commands.test_commands import call
from tests.council_office import town as office
from tests.service import environment
from tests.web_town import WebTown


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder of keys."""
    assert call("keys", "new", "--to", str(tmp_path)).exit_code == 0
    return tmp_path


def test_a_new_field_key_stands_in_front_of_those_that_open_what_they_sealed(keys: Path) -> None:
    file = keys / "field_keys"
    before = field_keys(file.read_text())
    sealed = seal("secret", before)
    ended = call("keys", "rotate", "--to", str(keys), "field_keys")
    assert ended.exit_code == 0
    assert "nothing ends" in ended.stdout
    after = field_keys(file.read_text())
    assert after[1:] == before
    assert open_sealed(sealed, after) == b"secret"
    assert Fernet(after[0]).decrypt(seal("new", after)) == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert after[0] not in ended.output


@pytest.mark.parametrize("name", ["code_key", "secret_key"])
def test_the_other_keys_are_replaced_and_only_the_one_that_was_named(keys: Path, name: str) -> None:
    before = {path.name: path.read_text() for path in keys.iterdir()}
    assert call("keys", "rotate", "--to", str(keys), name).exit_code == 0
    after = {path.name: path.read_text() for path in keys.iterdir()}
    assert {one for one in before if before[one] != after[one]} == {name}
    assert len(after[name]) == len(before[name]) == 65


def test_a_rehearsal_says_what_would_end_and_changes_no_key(keys: Path) -> None:
    before = {path.name: path.read_text() for path in keys.iterdir()}
    ended = call("keys", "rotate", "--to", str(keys), "--dry-run", "code_key")
    assert (ended.exit_code, "every code and every sign-in ends" in ended.stdout) == (0, True)
    assert {path.name: path.read_text() for path in keys.iterdir()} == before


def test_a_key_that_is_not_there_is_not_rotated(tmp_path: Path) -> None:
    ended = call("keys", "rotate", "--to", str(tmp_path), "code_key")
    assert (ended.exit_code, "tallystick keys new" in ended.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_everybody_of_one_face_is_signed_out_and_the_audit_has_why(web_town: WebTown) -> None:
    web_town.resident(email="amina@example.org")
    amina = web_town.visitor().sign_in("amina@example.org")
    officer = office.officer(web_town, "omar@example.org", Permission.APPROVE)
    env = environment(database_url=str(web_town.settings.database_url), data=web_town.settings.data)
    words = ("emergency", "end-sign-ins", "--realm", "office", "--reason", "A laptop was stolen.")
    assert call(*words, "--dry-run", env=env).stdout == "1 sign-in would end.\n"
    assert officer.client.get("/office/outstanding").status_code == 200

    assert call(*words, env=env).stdout == "1 sign-in ended.\n"

    assert officer.client.get("/office/outstanding").status_code == 303
    assert amina.client.get("/").status_code == 200
    with reading(web_town.engine) as session:
        assert live_sign_ins(session, realms=[Realm.OFFICE]) == 0
        row = session.execute(select(AuditRow).where(AuditRow.action == "command.end-sign-ins")).scalar_one()
    assert (row.reason, row.details) == ("A laptop was stolen.", {"realms": ["office"], "ended": 1})
