"""An officer's phone is lost: another app at once, the one before worth nothing, and nobody left in by it."""

from uuid import UUID

import pytest
from click.testing import Result
from pyotp import parse_uri
from sqlalchemy import Engine, event, select, update

from ledger.audit.models import AuditRow
from ledger.errors import NotFound
from ledger.identifiers import to_text
from ledger.occasion import Occasion
from ledger.people.apps import NewApp, give_new_app
from ledger.people.errors import CodeEnded, WrongCode
from ledger.people.models import Officer
from ledger.people.queries import find_person
from ledger.people.rules import Permission, Realm
from ledger.store import make_engine, reading, unit_of_work
from tests.commands.test_commands import call
from tests.people import town
from tests.people.town import later
from tests.service import environment
from tests.web_town import WebTown

EMAIL = "omar@example.org"


def new_app(web_town: WebTown, email: str = EMAIL) -> Result:
    """The command."""
    env = environment(database_url=str(web_town.settings.database_url), data=web_town.settings.data)
    return call("officer", "new-app", "--email", email, "--reason", "Lost on a train.", env=env)


def given(engine: Engine, occasion: Occasion) -> NewApp:
    """Another app, as the command gives it."""
    with unit_of_work(engine) as session:
        return give_new_app(session, email=EMAIL, field_keys=town.FIELD_KEYS, occasion=later(occasion))


def asked(engine: Engine, occasion: Occasion) -> UUID:
    """A request whose e-mailed digits were right."""
    request_id = town.ask(engine, later(occasion), Realm.OFFICE, EMAIL)
    town.confirm(engine, occasion, request_id, town.sent_digits(engine))
    return request_id


@pytest.mark.slow
def test_who_lost_the_phone_is_signed_out_and_comes_in_by_the_new_app_alone(web_town: WebTown) -> None:
    lost = web_town.officer(Permission.APPROVE, email=EMAIL)
    web_town.officer(Permission.APPROVE, email="grace@example.org")
    finder = web_town.visitor().sign_in_by_pages(EMAIL, realm="office", totp_secret=lost)
    grace = web_town.visitor().sign_in("grace@example.org", realm="office")
    web_town.wait(minutes=1)

    ended = new_app(web_town, "Omar@Example.org")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith("1 sign-in of Omar ended.")
    assert "█" in ended.stdout
    app = parse_uri(ended.stdout.splitlines()[-1])
    assert (app.name, app.issuer) == (EMAIL, "Tallystick")
    assert finder.client.get("/office/outstanding").status_code == 303
    assert grace.client.get("/office/outstanding").status_code == 200
    with pytest.raises(AssertionError):
        web_town.visitor().sign_in_by_pages(EMAIL, realm="office", totp_secret=lost)
    omar = web_town.visitor().sign_in_by_pages(EMAIL, realm="office", totp_secret=app.secret)
    assert omar.client.get("/office/outstanding").status_code == 200
    with reading(web_town.engine) as session:
        row = session.execute(select(AuditRow).where(AuditRow.action == "command.officer-new-app")).scalar_one()
        officer_id = find_person(session, realm=Realm.OFFICE, email=EMAIL)
    assert officer_id is not None
    assert (row.subject_id, row.reason, row.details) == (to_text(officer_id), "Lost on a train.", {"ended": 1})


@pytest.mark.parametrize(("email", "status"), [("nobody@example.org", 1), ("nobody", 1)])
def test_nobody_is_given_an_app_by_another_address(web_town: WebTown, email: str, status: int) -> None:
    assert new_app(web_town, email).exit_code == status
    with reading(web_town.engine) as session:
        assert session.execute(select(AuditRow)).first() is None


def test_who_has_left_is_given_no_app(engine: Engine, occasion: Occasion) -> None:
    town.officer(engine, occasion, EMAIL)
    with unit_of_work(engine) as session:
        session.execute(update(Officer).values(left_at=occasion.now))
    with pytest.raises(NotFound):
        given(engine, occasion)


def test_a_sign_in_that_had_begun_with_the_app_before_ends(engine: Engine, occasion: Occasion) -> None:
    lost = town.officer(engine, occasion, EMAIL)
    request_id = asked(engine, occasion)
    town.confirm_totp(engine, occasion, request_id, town.app_digits(lost, occasion))
    given(engine, occasion)
    with pytest.raises(CodeEnded):
        town.come_in(engine, occasion, request_id)
    again = asked(engine, later(occasion, seconds=1))
    with pytest.raises(WrongCode):
        town.confirm_totp(engine, occasion, again, town.app_digits(lost, later(occasion)))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_app_before_is_used_in_vain_while_the_new_one_is_given(engine: Engine, occasion: Occasion) -> None:
    """Its digits are held against the secret before; SQLite's one writer lets nobody in between."""
    lost = town.officer(engine, occasion, EMAIL)
    request_id = asked(engine, occasion)
    new = []

    @event.listens_for(engine, "after_cursor_execute")
    def meanwhile(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "SELECT officers.totp_secret" in statement:
            other = make_engine(engine.url)
            new.append(given(other, occasion))
            other.dispose()

    with pytest.raises(WrongCode):
        town.confirm_totp(engine, occasion, request_id, town.app_digits(lost, occasion))
    assert len(new) == 1
