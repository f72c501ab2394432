"""Writing people down: each address once, owners reachable, PINs hard to guess, permissions granted and ended."""

import pytest
from pyotp import parse_uri
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from ledger.errors import InvalidField, NotFound
from ledger.field_keys import open_sealed
from ledger.occasion import Occasion
from ledger.people import queries, register
from ledger.people.errors import EmailTaken, SourceTaken
from ledger.people.models import Officer, Operator, PermissionGrant
from ledger.people.rules import OperatorRole, OrganisationKind, Permission, Realm, ResidentStatus
from ledger.store import constraint_name, reading, unit_of_work
from tests.people import town
from tests.people.town import FIELD_KEYS, later


def test_a_resident_is_found_by_an_address_in_any_case(engine: Engine, occasion: Occasion) -> None:
    resident_id = town.resident(engine, occasion, "Amina@Example.org")
    with reading(engine) as session:
        assert queries.find_resident(session, email="AMINA@example.org") == resident_id
        found = queries.resident(session, resident_id=resident_id)
    assert (found.email, found.status) == ("amina@example.org", ResidentStatus.OPEN)


def test_an_address_is_one_residents_and_the_refusal_leaves_the_unit_of_work_whole(
    engine: Engine, occasion: Occasion
) -> None:
    town.resident(engine, occasion, "amina@example.org")
    with unit_of_work(engine) as session:
        with pytest.raises(EmailTaken):
            register.add_resident(session, name="Another", email="Amina@example.org", occasion=later(occasion))
        bea = register.add_resident(session, name="Bea", email="bea@example.org", occasion=later(occasion))
    with reading(engine) as session:
        assert queries.find_resident(session, email="bea@example.org") == bea


def test_nobody_is_found_who_is_not_there(engine: Engine, occasion: Occasion) -> None:
    with reading(engine) as session:
        assert queries.find_resident(session, email="nobody@example.org") is None
        assert queries.find_person(session, realm=Realm.OFFICE, email="nobody@example.org") is None
        with pytest.raises(NotFound):
            queries.resident(session, resident_id=occasion.new_id())
        with pytest.raises(NotFound):
            queries.organisation(session, organisation_id=occasion.new_id())


def test_an_organisation_is_made_once_from_a_row_of_a_file(engine: Engine, occasion: Occasion) -> None:
    named = {"kind": OrganisationKind.ORGANISER, "name": "Myatt's Fields", "address": "Cormont Road"}
    with unit_of_work(engine) as session:
        made = register.add_organisation(session, **named, source="projects:7", occasion=later(occasion))
        with pytest.raises(SourceTaken):
            register.add_organisation(session, **named, source="projects:7", occasion=later(occasion))
        register.add_organisation(session, **named, occasion=later(occasion))
        register.add_organisation(session, **named, occasion=later(occasion))
    with reading(engine) as session:
        assert len(queries.organisations(session, kind=OrganisationKind.ORGANISER)) == 3
        assert queries.organisation(session, organisation_id=made).name == "Myatt's Fields"


def test_an_owner_has_an_address_and_the_database_says_so_too(engine: Engine, occasion: Occasion) -> None:
    shop_id = town.organisation(engine, occasion)
    with unit_of_work(engine) as session, pytest.raises(InvalidField):
        register.add_operator(
            session, organisation_id=shop_id, name="Ola", role=OperatorRole.OWNER, occasion=later(occasion)
        )
    row = {"organisation_id": shop_id, "name": "Ola", "role": "owner", "joined_at": occasion.now}
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        connection.execute(insert(Operator).values(id=occasion.new_id(), **row))
    assert constraint_name(refused.value) == "ck_operators_owner_has_email"


def test_a_person_may_act_for_two_organisations_but_once_for_each(engine: Engine, occasion: Occasion) -> None:
    bakery, baths = town.organisation(engine, occasion), town.organisation(engine, occasion, "Brockwell Lido")
    town.operator(engine, occasion, bakery, email="ola@example.org")
    town.operator(engine, occasion, baths, email="ola@example.org")
    town.operator(engine, occasion, bakery, pin=town.PIN)
    town.operator(engine, occasion, bakery, pin=town.PIN)
    with pytest.raises(EmailTaken):
        town.operator(engine, occasion, bakery, email="OLA@example.org")


def test_an_operator_works_for_an_organisation_that_exists(engine: Engine, occasion: Occasion) -> None:
    with pytest.raises(NotFound):
        town.operator(engine, occasion, occasion.new_id(), pin=town.PIN)


def test_a_weak_pin_is_refused_when_it_is_set_and_when_it_is_changed(engine: Engine, occasion: Occasion) -> None:
    shop_id = town.organisation(engine, occasion)
    operator_id = town.operator(engine, occasion, shop_id, pin=town.PIN)
    with pytest.raises(InvalidField):
        town.operator(engine, occasion, shop_id, pin="123456")
    with unit_of_work(engine) as session, pytest.raises(InvalidField):
        register.set_pin(session, operator_id=operator_id, pin="000000", occasion=occasion)


def test_a_pin_cannot_be_set_for_nobody(engine: Engine, occasion: Occasion) -> None:
    with unit_of_work(engine) as session, pytest.raises(NotFound):
        register.set_pin(session, operator_id=occasion.new_id(), pin=town.PIN, occasion=occasion)


def test_the_officers_secret_rests_encrypted_and_its_address_sets_up_an_app(engine: Engine, occasion: Occasion) -> None:
    added = town.officer(engine, occasion, "officer@example.org")
    with reading(engine) as session:
        sealed = session.execute(select(Officer.totp_secret).where(Officer.id == added.id)).scalar_one()
    assert added.totp_secret.encode() not in sealed
    assert open_sealed(sealed, FIELD_KEYS).decode() == added.totp_secret
    app = parse_uri(added.totp_uri)
    assert (app.name, app.issuer, app.secret) == ("officer@example.org", "Tallystick", added.totp_secret)
    assert added.totp_secret not in repr(added)


def test_two_officers_do_not_share_an_address(engine: Engine, occasion: Occasion) -> None:
    town.officer(engine, occasion, "officer@example.org")
    with pytest.raises(EmailTaken):
        town.officer(engine, occasion, "Officer@example.org")


def test_a_permission_is_granted_once_and_can_be_ended_and_granted_again(engine: Engine, occasion: Occasion) -> None:
    added = town.officer(engine, occasion, "officer@example.org", Permission.APPROVE, Permission.EXPORT)
    approve = {"officer_id": added.id, "permission": Permission.APPROVE}
    with unit_of_work(engine) as session:
        register.grant_permission(session, **approve, occasion=later(occasion))
        assert queries.permissions_of(session, officer_id=added.id) == {Permission.APPROVE, Permission.EXPORT}
        register.end_permission(session, **approve, occasion=later(occasion))
        assert queries.permissions_of(session, officer_id=added.id) == {Permission.EXPORT}
        register.grant_permission(session, **approve, occasion=later(occasion))
        assert queries.permissions_of(session, officer_id=added.id) == {Permission.APPROVE, Permission.EXPORT}
    with reading(engine) as session:
        of_approve = select(PermissionGrant.id).where(PermissionGrant.permission == Permission.APPROVE)
        assert len(session.execute(of_approve).all()) == 2
