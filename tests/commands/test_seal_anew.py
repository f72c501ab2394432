"""Sealing anew: an earlier field key can go, and officers still come in; run again, or beside the service, no harm."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, event, select, update

from ledger.audit.models import AuditRow
from ledger.field_keys import open_sealed
from ledger.notices.models import Notice
from ledger.notices.operations import enqueue
from ledger.people.rules import Permission
from ledger.seal_anew import AT_ONCE, Found, look, seal_anew
from ledger.store import make_engine, reading, unit_of_work
from tests.commands.test_commands import call
from tests.factories import FIELD_KEYS, NOON, occasion_at
from tests.service import environment, settings_for
from tests.web_town import WebTown

NEW = Fernet.generate_key().decode()
BOTH = (NEW, *FIELD_KEYS)


def put(engine: Engine, number: int = 1, keys: tuple[str, ...] = FIELD_KEYS) -> None:
    """Notices that wait, sealed with the first of `keys`."""
    words = {"topic": "sign_in_code", "to": "a@example.org", "subject": "Your code", "text": "123456"}
    with unit_of_work(engine) as session:
        for _ in range(number):
            enqueue(session, **words, field_keys=keys, occasion=occasion_at())


def audited(engine: Engine) -> list[dict[str, object]]:
    """What the audit says of each unit of work that sealed anew."""
    with reading(engine) as session:
        rows = session.execute(select(AuditRow.details).where(AuditRow.action == "command.seal-anew"))
        return sorted(rows.scalars(), key=lambda details: details["sealed"])


def anew(engine: Engine) -> Found:
    """Seal anew, as the command does."""
    return seal_anew(engine, field_keys=BOTH, occasion=occasion_at())


@pytest.mark.slow
def test_an_officer_still_comes_in_once_the_earlier_key_is_gone(web_town: WebTown) -> None:
    secret = web_town.officer(Permission.APPROVE, email="omar@example.org")
    old = web_town.settings.field_keys[0]
    urls = {"database_url": str(web_town.settings.database_url), "data": web_town.settings.data}
    env = environment(**urls) | {"TALLYSTICK_FIELD_KEYS": f"{NEW},{old}"}
    words = ("keys", "seal-anew")

    rehearsed = call(*words, "--dry-run", env=env)
    assert rehearsed.stdout == "1 value (1 of officers, 0 of notices) would be sealed anew.\n"
    assert audited(web_town.engine) == []
    assert call(*words, env=env).stdout == "1 value (1 of officers, 0 of notices) now sealed anew.\n"
    assert call(*words, env=env).stdout == "0 values (0 of officers, 0 of notices) now sealed anew.\n"

    assert audited(web_town.engine) == [{"of": "officers", "sealed": 1}]
    later = WebTown(settings=settings_for(**urls, TALLYSTICK_FIELD_KEYS=NEW))
    try:
        omar = later.visitor().sign_in_by_pages("omar@example.org", realm="office", totp_secret=secret)
        assert omar.client.get("/office/outstanding").status_code == 200
    finally:
        later.engine.dispose()


def test_an_earlier_key_is_retired_once_nothing_is_sealed_with_it(web_town: WebTown, tmp_path: Path) -> None:
    file, data = tmp_path / "keys" / "field_keys", web_town.settings.data
    file.parent.mkdir()
    file.write_text(f"{web_town.settings.field_keys[0]}\n")
    named = {"database_url": str(web_town.settings.database_url), "data": data}
    env = environment(**named) | {"TALLYSTICK_FIELD_KEYS_FILE": str(file)}
    del env["TALLYSTICK_FIELD_KEYS"]
    put(web_town.engine, keys=web_town.settings.field_keys)
    assert call("keys", "rotate", "--to", str(file.parent), "field_keys").exit_code == 0
    both = file.read_text()
    words = ("keys", "retire", "--to", str(file.parent))

    refused = call(*words, env=env)
    assert (refused.exit_code, "Sealed with an earlier key: 1." in refused.stderr) == (1, True)
    assert call("keys", "seal-anew", env=env).exit_code == 0
    assert call(*words, "--dry-run", env=env).stdout == "1 earlier key would go.\n"
    assert file.read_text() == both
    assert call(*words, env=env).stdout.startswith("1 earlier key gone. Restart")

    assert (file.read_text(), file.stat().st_mode & 0o777) == (f"{both.split()[0]}\n", 0o600)
    assert call("doctor", env=env).stdout.count("TALLYSTICK_FIELD_KEYS") == 0
    with reading(web_town.engine) as session:
        row = session.execute(select(AuditRow.details).where(AuditRow.action == "command.keys-retire")).scalar_one()
    assert row == {"retired": 1}


def test_keys_of_another_deployment_are_not_retired(web_town: WebTown, tmp_path: Path) -> None:
    assert call("keys", "new", "--to", str(tmp_path / "keys")).exit_code == 0
    before = (tmp_path / "keys" / "field_keys").read_text()
    env = environment(database_url=str(web_town.settings.database_url), data=web_town.settings.data)
    ended = call("keys", "retire", "--to", str(tmp_path / "keys"), env=env)
    assert (ended.exit_code, "not the one in the settings" in ended.stderr) == (1, True)
    with reading(web_town.engine) as session:
        assert session.execute(select(AuditRow)).first() is None
    assert (tmp_path / "keys" / "field_keys").read_text() == before


def test_what_no_key_opens_is_counted_and_the_rest_is_sealed_anew(web_town: WebTown) -> None:
    ours = web_town.settings.field_keys
    put(web_town.engine, keys=ours)
    put(web_town.engine, keys=(Fernet.generate_key().decode(),))
    env = environment(database_url=str(web_town.settings.database_url), data=web_town.settings.data)
    ended = call("keys", "seal-anew", env=env | {"TALLYSTICK_FIELD_KEYS": ",".join((NEW, *ours))})
    assert ended.exit_code == 1
    assert ended.stdout == "1 value (0 of officers, 1 of notices) now sealed anew.\n"
    assert "None of the keys opens 1 value:" in ended.stderr


def test_many_are_sealed_anew_in_units_of_work_of_a_hundred(engine: Engine) -> None:
    put(engine, AT_ONCE + 1)
    assert look(engine, field_keys=BOTH) == Found(officers=0, notices=AT_ONCE + 1, unopened=0)
    assert anew(engine) == Found(officers=0, notices=AT_ONCE + 1, unopened=0)
    assert audited(engine) == [{"of": "notices", "sealed": one} for one in (1, AT_ONCE)]
    with reading(engine) as session:
        payloads = session.execute(select(Notice.payload)).scalars().all()
    assert len({open_sealed(payload or b"", [NEW]) for payload in payloads}) == 1
    assert look(engine, field_keys=[NEW]) == Found(officers=0, notices=0, unopened=0)


def test_a_notice_that_is_delivered_meanwhile_stays_empty(engine: Engine) -> None:
    put(engine)

    @event.listens_for(engine, "after_cursor_execute")
    def deliver(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT notices"):
            service = make_engine(engine.url)
            with unit_of_work(service) as session:
                session.execute(update(Notice).values(payload=None, delivered_at=NOON))
            service.dispose()

    assert anew(engine) == Found(officers=0, notices=0, unopened=0)
    assert audited(engine) == [{"of": "notices", "sealed": 0}]
    assert look(engine, field_keys=[NEW]) == Found(officers=0, notices=0, unopened=0)
