"""Tills: opened and revoked by an owner, unlocked by a PIN, locked after five idle minutes, twelve hours at most."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import IntegrityError

from ledger.errors import InvalidField, NotAllowed, NotFound, TooManyTries
from ledger.occasion import Occasion
from ledger.people import register, sign_ins, tills
from ledger.people.errors import WrongPin
from ledger.people.models import Operator, SignIn
from ledger.people.rules import OperatorRole, OrganisationKind, Realm, SignInKind
from ledger.people.sign_ins import SignedIn
from ledger.store import constraint_name, reading, unit_of_work
from tests.people import town
from tests.people.town import PIN, Shop, later, unlock


def at_till(engine: Engine, occasion: Occasion, shop: Shop) -> SignedIn:
    """Who is at the shop's till, which is open."""
    found = town.who(engine, occasion, Realm.MERCHANT, shop.till.token)
    assert found is not None, "the till is open"
    return found


def open_till(engine: Engine, occasion: Occasion, owner_sign_in: UUID, name: str = "Counter") -> sign_ins.NewSignIn:
    """Another till."""
    with unit_of_work(engine) as session:
        return tills.open_till(
            session, owner_sign_in=owner_sign_in, till_name=name, code_key=town.CODE_KEY, occasion=later(occasion)
        )


def test_a_till_is_a_sign_in_of_its_own_and_locked_at_first(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    found = at_till(engine, occasion, shop)
    assert (found.kind, found.till_name, found.organisation_id) == (SignInKind.TILL, "Counter", shop.id)
    assert (found.operator_id, found.operator_name, found.role) == (None, None, None)
    assert shop.till.sign_in_id != shop.owner.sign_in_id
    with unit_of_work(engine) as session:
        sign_ins.end_sign_in(session, sign_in_id=shop.owner.sign_in_id, occasion=occasion)
    assert at_till(engine, occasion, shop)


def test_an_operators_pin_unlocks_the_till_for_them(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    unlock(engine, occasion, shop, "836 152")
    found = at_till(engine, occasion, shop)
    assert (found.operator_id, found.operator_name) == (shop.operator_id, "Dede")
    assert found.role == OperatorRole.OPERATOR


def test_an_owner_at_a_till_is_an_operator_there(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    with reading(engine) as session:
        (owner_id,) = (one.id for one in tills.operators_of(session, organisation_id=shop.id) if one.name == "Ola")
    with unit_of_work(engine) as session:
        register.set_pin(session, operator_id=owner_id, pin="240917", occasion=occasion)
    unlock(engine, occasion, shop, "240917", owner_id)
    found = at_till(engine, occasion, shop)
    assert (found.operator_id, found.role) == (owner_id, OperatorRole.OPERATOR)


def test_a_till_locks_after_five_idle_minutes_and_use_does_not_unlock_it(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    unlock(engine, occasion, shop)
    assert at_till(engine, later(occasion, minutes=4, seconds=59), shop).operator_id == shop.operator_id
    five = later(occasion, minutes=5)
    assert at_till(engine, five, shop).operator_id is None
    with unit_of_work(engine) as session:
        sign_ins.touch(session, sign_in_id=shop.till.sign_in_id, occasion=five)
    assert at_till(engine, later(occasion, minutes=5, seconds=1), shop).operator_id is None
    unlock(engine, later(occasion, minutes=6), shop)
    assert at_till(engine, later(occasion, minutes=6), shop).operator_id == shop.operator_id


def test_a_till_in_use_stays_unlocked(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    unlock(engine, occasion, shop)
    for minute in (4, 8, 12):
        with unit_of_work(engine) as session:
            sign_ins.touch(session, sign_in_id=shop.till.sign_in_id, occasion=later(occasion, minutes=minute))
    assert at_till(engine, later(occasion, minutes=16), shop).operator_id == shop.operator_id


def test_a_till_can_be_locked_at_once(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    unlock(engine, occasion, shop)
    with unit_of_work(engine) as session:
        tills.lock_till(session, till_id=shop.till.sign_in_id)
    assert at_till(engine, occasion, shop).operator_id is None


def test_an_operator_who_has_left_is_at_no_till(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    unlock(engine, occasion, shop)
    with engine.begin() as connection:
        connection.execute(update(Operator).where(Operator.id == shop.operator_id).values(left_at=occasion.now))
    assert at_till(engine, occasion, shop).operator_id is None
    with pytest.raises(NotFound):
        unlock(engine, occasion, shop)


def test_a_till_lasts_twelve_hours(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    assert shop.till.expires_at == occasion.now + timedelta(hours=12)
    assert town.who(engine, later(occasion, hours=11, minutes=59), Realm.MERCHANT, shop.till.token)
    assert town.who(engine, later(occasion, hours=12), Realm.MERCHANT, shop.till.token) is None
    with pytest.raises(NotFound):
        unlock(engine, later(occasion, hours=12), shop)


def test_a_revoked_till_is_out_at_the_next_request(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    unlock(engine, occasion, shop)
    with unit_of_work(engine) as session:
        tills.revoke_till(session, till_id=shop.till.sign_in_id, organisation_id=shop.id, occasion=occasion)
    assert town.who(engine, occasion, Realm.MERCHANT, shop.till.token) is None
    assert town.who(engine, occasion, Realm.MERCHANT, shop.owner.token) is not None
    with pytest.raises(NotFound):
        unlock(engine, occasion, shop)
    with reading(engine) as session:
        assert tills.tills_of(session, organisation_id=shop.id, now=occasion.now) == []


def test_a_till_of_another_shop_is_not_found(engine: Engine, occasion: Occasion) -> None:
    bakery = town.shop(engine, occasion)
    lido = town.shop(engine, later(occasion, minutes=1), "Brockwell Lido", "lido@example.org")
    with unit_of_work(engine) as session:
        for till_id in (bakery.till.sign_in_id, lido.owner.sign_in_id, occasion.new_id()):
            with pytest.raises(NotFound):
                tills.revoke_till(session, till_id=till_id, organisation_id=lido.id, occasion=occasion)
    assert at_till(engine, occasion, bakery)
    with pytest.raises(NotFound):
        unlock(engine, occasion, bakery, PIN, lido.operator_id)


def test_bf_01_five_wrong_pins_in_five_minutes_then_not_even_the_right_one(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongPin) as wrong:
            unlock(engine, occasion, shop, "836153")
        assert wrong.value.tries_left == left
    with pytest.raises(TooManyTries) as refused:
        unlock(engine, later(occasion, minutes=2), shop)
    assert refused.value.retry_after == 180
    unlock(engine, later(occasion, minutes=5), shop)


def test_a_right_pin_gives_all_tries_back(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    for _ in range(12):
        unlock(engine, occasion, shop)
    with pytest.raises(WrongPin) as wrong:
        unlock(engine, occasion, shop, "000000")
    assert wrong.value.tries_left == 4


def test_a_pin_is_checked_without_writing_and_its_tries_forgotten_after(engine: Engine, occasion: Occasion) -> None:
    """As a face does it where the PIN goes with each redemption: the hashing keeps no writer waiting."""
    shop = town.shop(engine, occasion)
    named = {"organisation_id": shop.id, "operator_id": shop.operator_id}
    for _ in range(7):
        with unit_of_work(engine) as session:
            tills.count_pin_try(session, operator_id=shop.operator_id, occasion=occasion)
        with reading(engine) as session:
            tills.check_pin(session, **named, pin=PIN)
            with unit_of_work(engine) as meanwhile:
                tills.forget_pin_tries(meanwhile, operator_id=shop.operator_id)
    with reading(engine) as session, pytest.raises(WrongPin):
        tills.check_pin(session, **named, pin="12")


def test_who_has_no_pin_unlocks_nothing(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    without = town.operator(engine, occasion, shop.id, name="Kit")
    with pytest.raises(WrongPin):
        unlock(engine, occasion, shop, "", without)
    with reading(engine) as session:
        listed = [(one.name, one.has_pin) for one in tills.operators_of(session, organisation_id=shop.id)]
    assert listed == [("Dede", True), ("Kit", False), ("Ola", False)]


def test_a_new_pin_takes_the_place_of_the_old(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    with unit_of_work(engine) as session:
        register.set_pin(session, operator_id=shop.operator_id, pin="240917", occasion=occasion)
    with pytest.raises(WrongPin):
        unlock(engine, occasion, shop)
    unlock(engine, occasion, shop, "240917")


def test_only_an_owner_who_is_signed_in_opens_a_till(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    garden = town.organisation(engine, occasion, "Myatt's Fields", OrganisationKind.ORGANISER)
    town.operator(engine, occasion, garden, email="garden@example.org")
    organiser = town.signed_in(engine, later(occasion, minutes=1), Realm.ORGANISER, "garden@example.org")
    for sign_in_id in (shop.till.sign_in_id, organiser.sign_in_id, occasion.new_id()):
        with pytest.raises(NotAllowed):
            open_till(engine, occasion, sign_in_id)
    with pytest.raises(NotAllowed):
        open_till(engine, later(occasion, hours=12), shop.owner.sign_in_id)
    with unit_of_work(engine) as session:
        sign_ins.end_sign_in(session, sign_in_id=shop.owner.sign_in_id, occasion=occasion)
    with pytest.raises(NotAllowed):
        open_till(engine, occasion, shop.owner.sign_in_id)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\0b"])
def test_a_till_has_a_name_people_can_read(engine: Engine, occasion: Occasion, name: str) -> None:
    shop = town.shop(engine, occasion)
    with pytest.raises(InvalidField):
        open_till(engine, occasion, shop.owner.sign_in_id, name)


def test_an_owner_sees_their_tills_and_who_is_at_them(engine: Engine, occasion: Occasion) -> None:
    shop = town.shop(engine, occasion)
    town.shop(engine, later(occasion, minutes=1), "Brockwell Lido", "lido@example.org")
    open_till(engine, occasion, shop.owner.sign_in_id, "Back door")
    unlock(engine, occasion, shop)
    with reading(engine) as session:
        listed = tills.tills_of(session, organisation_id=shop.id, now=occasion.now)
        lapsed = tills.tills_of(session, organisation_id=shop.id, now=later(occasion, minutes=5).now)
    assert [(till.name, till.opened_by, till.operator_name) for till in listed] == [
        ("Back door", "Ola", None),
        ("Counter", "Ola", "Dede"),
    ]
    assert [till.operator_name for till in lapsed] == [None, None]


def test_the_database_knows_tills_of_merchants_alone_each_with_a_name(engine: Engine, occasion: Occasion) -> None:
    row = {"person_id": occasion.new_id(), "signed_in_at": occasion.now, "active_at": occasion.now}
    row |= {"expires_at": occasion.now, "token_digest": b"x", "id": occasion.new_id(), "kind": "till"}
    for wrong, constraint in (
        ({"realm": "office", "till_name": "Counter"}, "ck_sign_ins_till_is_merchant"),
        ({"realm": "merchant", "till_name": None}, "ck_sign_ins_till_has_name"),
    ):
        with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
            connection.execute(insert(SignIn).values(**row, **wrong))
        assert constraint_name(refused.value) == constraint
