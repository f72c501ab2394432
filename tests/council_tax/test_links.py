"""A resident's link to a council-tax account, on real databases."""

import pytest
from sqlalchemy import Engine

from ledger.council_tax.errors import AlreadyLinked, NotAReference, NotLinked
from ledger.council_tax.operations import end_link, link_account
from ledger.council_tax.queries import item, link_of
from ledger.council_tax.rules import ItemState, LinkRole
from ledger.errors import InvalidField
from ledger.store import reading, unit_of_work
from tests.council_tax.town import (
    FORMAT,
    NOON,
    apply,
    available,
    link,
    linked_resident,
    resident_with,
)


def test_a_resident_links_the_account_on_their_bill(engine: Engine) -> None:
    resident = resident_with(engine)
    with unit_of_work(engine) as session:
        linked = link_account(
            session,
            resident_id=resident,
            reference_text="2000 1234 x",
            role=LinkRole.HOUSEHOLD_MEMBER,
            uprn="100021887001",
            account_format=FORMAT,
            occasion=NOON,
        )

    with reading(engine) as session:
        found = link_of(session, resident_id=resident)
    assert found is not None
    assert (found.id, found.account_ref, found.check_character) == (linked, "20001234", "X")
    assert (found.role, found.uprn, found.linked_at) == (LinkRole.HOUSEHOLD_MEMBER, "100021887001", NOON.now)


def test_a_reference_with_a_wrong_digit_is_not_linked(engine: Engine) -> None:
    resident = resident_with(engine)
    with pytest.raises(NotAReference), unit_of_work(engine) as session:
        link_account(
            session,
            resident_id=resident,
            reference_text="200012340",
            role=LinkRole.LIABLE,
            account_format=FORMAT,
            occasion=NOON,
        )
    with reading(engine) as session:
        assert link_of(session, resident_id=resident) is None


@pytest.mark.parametrize("uprn", ["", "1234567890123", "12,4", "１２"])
def test_a_uprn_has_one_to_twelve_digits(engine: Engine, uprn: str) -> None:
    resident = resident_with(engine)
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        link_account(
            session,
            resident_id=resident,
            reference_text="20001234X",
            role=LinkRole.LIABLE,
            uprn=uprn,
            account_format=FORMAT,
            occasion=NOON,
        )


def test_a_resident_has_one_link_at_a_time(engine: Engine) -> None:
    resident = resident_with(engine)
    link(engine, resident)

    with pytest.raises(AlreadyLinked):
        link(engine, resident, "20004567")

    with unit_of_work(engine) as session:
        end_link(session, resident_id=resident, occasion=NOON)
    link(engine, resident, "20004567")


def test_ending_a_link_cancels_what_has_not_left(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)

    with unit_of_work(engine) as session:
        end_link(session, resident_id=resident, occasion=NOON)

    with reading(engine) as session:
        assert item(session, reference=applied.reference, resident_id=resident).state == ItemState.CANCELLED
    assert available(engine, resident) == 4000
    with pytest.raises(NotLinked), unit_of_work(engine) as session:
        end_link(session, resident_id=resident, occasion=NOON)
