"""Sign-ins: each a row and a token of its own, good in one realm, listed, ended, and gone at the next request."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people import register, sign_ins
from ledger.people.errors import OrganisationNotChosen
from ledger.people.models import Officer, Operator, Resident, SignIn
from ledger.people.rules import OperatorRole, OrganisationKind, Permission, Realm, SignInKind
from ledger.people.sign_ins import NewSignIn
from ledger.store import reading, unit_of_work
from tests.people import town
from tests.people.town import later

AMINA = "amina@example.org"


def end(engine: Engine, occasion: Occasion, begun: NewSignIn) -> None:
    """Sign out."""
    with unit_of_work(engine) as session:
        sign_ins.end_sign_in(session, sign_in_id=begun.sign_in_id, occasion=occasion)


def touch(engine: Engine, occasion: Occasion, begun: NewSignIn) -> None:
    """Use a sign-in."""
    with unit_of_work(engine) as session:
        sign_ins.touch(session, sign_in_id=begun.sign_in_id, occasion=occasion)


def officer_in(engine: Engine, occasion: Occasion, *permissions: Permission) -> NewSignIn:
    """An officer who has come the whole way in."""
    added = town.officer(engine, occasion, "officer@example.org", *permissions)
    request_id = town.ask(engine, later(occasion), Realm.OFFICE, "officer@example.org")
    town.confirm(engine, occasion, request_id, town.sent_digits(engine))
    town.confirm_totp(engine, occasion, request_id, town.app_digits(added, occasion))
    return town.come_in(engine, occasion, request_id)


def test_a_resident_who_is_in_is_known_by_the_cookie(engine: Engine, occasion: Occasion) -> None:
    resident_id = town.resident(engine, occasion, AMINA)
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    found = town.who(engine, occasion, Realm.RESIDENT, begun.token)
    assert found is not None
    assert (found.person_id, found.name, found.kind) == (resident_id, "Amina Yusuf", SignInKind.PERSON)
    assert (found.organisation_id, found.role, found.permissions) == (None, None, frozenset())
    assert begun.expires_at == occasion.now + timedelta(days=90)


def test_the_token_is_kept_as_a_digest_and_shown_in_no_log(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, AMINA)
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    with reading(engine) as session:
        digest = session.execute(select(SignIn.token_digest)).scalar_one()
    assert len(begun.token) == 26
    assert begun.token.encode() not in digest
    assert begun.token not in repr(begun)


def test_wb_02_each_sign_in_is_a_new_one(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, AMINA)
    first = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    second = town.signed_in(engine, later(occasion, minutes=1), Realm.RESIDENT, AMINA)
    assert first.token != second.token
    assert first.sign_in_id != second.sign_in_id
    end(engine, occasion, first)
    assert town.who(engine, occasion, Realm.RESIDENT, first.token) is None
    assert town.who(engine, occasion, Realm.RESIDENT, second.token) is not None


@pytest.mark.parametrize("realm", [Realm.ORGANISER, Realm.MERCHANT, Realm.OFFICE])
def test_one_realms_cookie_means_nothing_in_another(engine: Engine, occasion: Occasion, realm: Realm) -> None:
    town.resident(engine, occasion, AMINA)
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    assert town.who(engine, occasion, realm, begun.token) is None


def test_bf_04_a_token_that_is_nearly_right_takes_the_same_statements_as_any_wrong_one(
    engine: Engine, occasion: Occasion
) -> None:
    town.resident(engine, occasion, AMINA)
    token = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA).token
    sent = []
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), "0" * 26, "", "\ud800\0"):
        statements = town.statements_of(engine)
        assert town.who(engine, occasion, Realm.RESIDENT, wrong) is None
        sent.append(list(statements))
    assert all(one == sent[0] for one in sent)


def test_a_residents_sign_in_lasts_thirty_days_unused_and_ninety_at_most(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, AMINA)
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    assert town.who(engine, later(occasion, days=29, hours=23), Realm.RESIDENT, begun.token)
    assert town.who(engine, later(occasion, days=30), Realm.RESIDENT, begun.token) is None
    for day in (25, 50, 75):
        touch(engine, later(occasion, days=day), begun)
    assert town.who(engine, later(occasion, days=89), Realm.RESIDENT, begun.token)
    assert town.who(engine, later(occasion, days=90), Realm.RESIDENT, begun.token) is None


def test_an_officers_sign_in_lasts_thirty_idle_minutes_and_eight_hours_at_most(
    engine: Engine, occasion: Occasion
) -> None:
    begun = officer_in(engine, occasion)
    assert town.who(engine, later(occasion, minutes=29), Realm.OFFICE, begun.token)
    assert town.who(engine, later(occasion, minutes=30), Realm.OFFICE, begun.token) is None
    touch(engine, later(occasion, hours=7, minutes=50), begun)
    assert town.who(engine, later(occasion, hours=7, minutes=59), Realm.OFFICE, begun.token)
    assert town.who(engine, later(occasion, hours=8), Realm.OFFICE, begun.token) is None


@pytest.mark.parametrize(
    ("realm", "kind"), [(Realm.ORGANISER, OrganisationKind.ORGANISER), (Realm.MERCHANT, OrganisationKind.SHOP)]
)
def test_an_organisations_sign_in_lasts_twelve_hours(
    engine: Engine, occasion: Occasion, realm: Realm, kind: OrganisationKind
) -> None:
    organisation_id = town.organisation(engine, occasion, "Myatt's Fields", kind)
    operator_id = town.operator(engine, occasion, organisation_id, email="ola@example.org", name="Ola")
    begun = town.signed_in(engine, occasion, realm, "ola@example.org")
    found = town.who(engine, later(occasion, hours=11, minutes=59), realm, begun.token)
    assert found is not None
    assert (found.person_id, found.operator_id, found.role) == (operator_id, operator_id, OperatorRole.OWNER)
    assert (found.organisation_id, found.organisation_name) == (organisation_id, "Myatt's Fields")
    assert found.organisation_kind == kind
    assert town.who(engine, later(occasion, hours=12), realm, begun.token) is None


def test_who_acts_for_two_organisations_chooses_one(engine: Engine, occasion: Occasion) -> None:
    bakery, lido = town.organisation(engine, occasion), town.organisation(engine, occasion, "Brockwell Lido")
    garden = town.organisation(engine, occasion, "Myatt's Fields", OrganisationKind.ORGANISER)
    at_bakery, at_lido, _ = (
        town.operator(engine, occasion, one, email="ola@example.org") for one in (bakery, lido, garden)
    )
    request_id = town.ask(engine, occasion, Realm.MERCHANT, "ola@example.org")
    confirmed = town.confirm(engine, occasion, request_id, town.sent_digits(engine))
    assert [(choice.organisation_id, choice.operator_id) for choice in confirmed.choices] == [
        (bakery, at_bakery),
        (lido, at_lido),
    ]
    for wrong in (None, garden, occasion.new_id()):
        with pytest.raises(OrganisationNotChosen):
            town.come_in(engine, occasion, request_id, wrong)
    begun = town.come_in(engine, occasion, request_id, lido)
    found = town.who(engine, occasion, Realm.MERCHANT, begun.token)
    assert found is not None
    assert (found.organisation_id, found.person_id) == (lido, at_lido)


def test_a_shops_operators_come_in_at_a_till_and_an_organisers_by_address(engine: Engine, occasion: Occasion) -> None:
    for kind, realm, found in (
        (OrganisationKind.SHOP, Realm.MERCHANT, None),
        (OrganisationKind.ORGANISER, Realm.ORGANISER, "kit@example.org"),
    ):
        organisation_id = town.organisation(engine, occasion, "Somewhere", kind)
        with unit_of_work(engine) as session:
            register.add_operator(
                session,
                organisation_id=organisation_id,
                name="Kit",
                role=OperatorRole.OPERATOR,
                email="kit@example.org",
                occasion=later(occasion),
            )
        town.ask(engine, later(occasion, minutes=1 if found else 0), realm, "kit@example.org")
        assert town.last_notice(engine)["to"] == found


def test_az_08_whoever_has_left_is_out_at_the_next_request(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, AMINA)
    resident = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    shop = town.shop(engine, later(occasion, minutes=1))
    officer = officer_in(engine, later(occasion, minutes=2))
    at = later(occasion, minutes=3)
    with engine.begin() as connection:
        connection.execute(update(Resident).values(status="closed"))
        connection.execute(update(Officer).values(left_at=occasion.now))
        connection.execute(update(Operator).where(Operator.role == "owner").values(left_at=occasion.now))
    assert town.who(engine, at, Realm.RESIDENT, resident.token) is None
    assert town.who(engine, at, Realm.OFFICE, officer.token) is None
    assert town.who(engine, at, Realm.MERCHANT, shop.owner.token) is None
    assert town.who(engine, at, Realm.MERCHANT, shop.till.token) is None


def test_az_08_a_permission_that_is_ended_is_gone_at_the_next_request(engine: Engine, occasion: Occasion) -> None:
    begun = officer_in(engine, occasion, Permission.APPROVE, Permission.EXPORT)
    found = town.who(engine, occasion, Realm.OFFICE, begun.token)
    assert found is not None
    assert found.permissions == {Permission.APPROVE, Permission.EXPORT}
    with unit_of_work(engine) as session:
        register.end_permission(session, officer_id=found.person_id, permission=Permission.APPROVE, occasion=occasion)
    found = town.who(engine, occasion, Realm.OFFICE, begun.token)
    assert found is not None
    assert found.permissions == {Permission.EXPORT}


def test_a_frozen_resident_still_sees_their_credits(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, AMINA)
    with engine.begin() as connection:
        connection.execute(update(Resident).values(status="frozen"))
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    assert town.who(engine, occasion, Realm.RESIDENT, begun.token) is not None


def test_a_person_sees_their_own_sign_ins_the_last_used_first(engine: Engine, occasion: Occasion) -> None:
    resident_id = town.resident(engine, occasion, AMINA)
    town.resident(engine, occasion, "bea@example.org")
    first, second, ended = (
        town.signed_in(engine, later(occasion, minutes=minute), Realm.RESIDENT, AMINA) for minute in range(3)
    )
    town.signed_in(engine, later(occasion, minutes=3), Realm.RESIDENT, "bea@example.org")
    end(engine, occasion, ended)
    touch(engine, later(occasion, days=20), first)
    mine = {"realm": Realm.RESIDENT, "person_id": resident_id}
    with reading(engine) as session:
        listed = sign_ins.sign_ins_of(session, **mine)
        assert [line.id for line in listed] == [first.sign_in_id, second.sign_in_id]
        assert listed[0].active_at == occasion.now + timedelta(days=20)
        good = sign_ins.sign_ins_of(session, **mine, now=later(occasion, days=31).now)
        assert [line.id for line in good] == [first.sign_in_id]
        assert sign_ins.sign_ins_of(session, realm=Realm.OFFICE, person_id=resident_id) == []


def test_a_person_ends_their_own_sign_ins_and_nobody_elses(engine: Engine, occasion: Occasion) -> None:
    amina, bea = town.resident(engine, occasion, AMINA), town.resident(engine, occasion, "bea@example.org")
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    named = {"sign_in_id": begun.sign_in_id, "occasion": occasion}
    with unit_of_work(engine) as session:
        for person_id, realm in ((bea, Realm.RESIDENT), (amina, Realm.OFFICE)):
            with pytest.raises(NotFound):
                sign_ins.end_own_sign_in(session, person_id=person_id, realm=realm, **named)
    assert town.who(engine, occasion, Realm.RESIDENT, begun.token) is not None
    with unit_of_work(engine) as session:
        sign_ins.end_own_sign_in(session, person_id=amina, realm=Realm.RESIDENT, **named)
        sign_ins.end_own_sign_in(session, person_id=amina, realm=Realm.RESIDENT, **named)
    assert town.who(engine, occasion, Realm.RESIDENT, begun.token) is None


def test_a_sign_in_that_was_ended_is_not_revived_by_use(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, AMINA)
    begun = town.signed_in(engine, occasion, Realm.RESIDENT, AMINA)
    end(engine, later(occasion, minutes=1), begun)
    touch(engine, later(occasion, minutes=2), begun)
    assert town.who(engine, later(occasion, minutes=2), Realm.RESIDENT, begun.token) is None
