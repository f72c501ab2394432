"""Applications, caps and cancelling, on real databases."""

import threading
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from ledger.book.errors import AccountFrozen, InsufficientCredits
from ledger.council_tax.batches import build_batch
from ledger.council_tax.errors import BelowMinimum, NotLinked
from ledger.council_tax.operations import Applied, apply_credits, cancel_item, end_link
from ledger.council_tax.queries import item, items_of, preview, use_this_year
from ledger.council_tax.rules import ItemState, LinkRole, Reason
from ledger.council_tax.views import Drawn
from ledger.errors import MoveRefused, NotFound
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.store import reading, run, unit_of_work
from ledger.wallets.errors import CapReached
from ledger.wallets.operations import draw_lines, expire_purses, purses_past
from ledger.wallets.queries import wallet_of
from tests.book.town import new_id
from tests.council_tax.town import (
    JANUARY,
    MARCH,
    NOON,
    RULES,
    SCHEME,
    apply,
    at,
    available,
    freeze_purses,
    held,
    link,
    linked_resident,
    resident_with,
)

DECEMBER = at(2026, 12, 1, 12, 0)


def cancel(engine: Engine, resident_id: UUID, applied: Applied, occasion: Occasion = NOON) -> None:
    with unit_of_work(engine) as session:
        cancel_item(session, reference=applied.reference, resident_id=resident_id, occasion=occasion)


def used(engine: Engine, resident_id: UUID, occasion: Occasion = NOON) -> tuple[int, int]:
    """What is used of the account's year and of the resident's."""
    with reading(engine) as session:
        use = use_this_year(session, resident_id=resident_id, now=occasion.now, rules=RULES)
    return use.account_used, use.resident_used


def test_applied_credits_are_set_aside_soonest_to_expire_first(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 3000), (JANUARY, 1000))
    link(engine, resident)

    applied = apply(engine, resident, 2500)

    with reading(engine) as session:
        purses = wallet_of(session, resident_id=resident, now=NOON.now).purses
        view = item(session, reference=applied.reference, resident_id=resident)
    assert [(purse.expires_on, purse.balance, purse.held) for purse in purses] == [
        (JANUARY, 1000, 1000),
        (MARCH, 3000, 1500),
    ]
    assert (view.state, view.amount, view.leaves_on) == (ItemState.HELD, 2500, date(2026, 11, 22))
    assert (view.id, view.reason, view.applied_at) == (applied.item_id, Reason.VOLUNTARY, NOON.now)
    assert applied.reference.startswith("CT-")


def test_what_a_household_member_applies_is_a_gift(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 1000))
    link(engine, resident, role=LinkRole.HOUSEHOLD_MEMBER)
    apply(engine, resident, 500)

    with reading(engine) as session:
        assert items_of(session, resident_id=resident)[0].reason == Reason.GIFT


def test_a_preview_says_what_would_happen_and_does_nothing(engine: Engine) -> None:
    resident = resident_with(engine, (MARCH, 3000), (JANUARY, 1000))

    with reading(engine) as session:
        seen = preview(session, resident_id=resident, amount=2500, now=at(2026, 11, 22, 18, 0).now, rules=RULES)

    assert seen.leaves_on == date(2026, 11, 23)
    assert seen.available_after == 1500
    assert seen.drawn == (Drawn(expires_on=JANUARY, amount=1000), Drawn(expires_on=MARCH, amount=1500))
    assert held(engine, resident) == 0


def test_what_is_set_aside_is_neither_spent_nor_expired(engine: Engine) -> None:
    resident = resident_with(engine, (JANUARY, 1000))
    link(engine, resident)
    apply(engine, resident, 600)

    with pytest.raises(InsufficientCredits), reading(engine) as session:
        draw_lines(session, resident_id=resident, amount=401, now=NOON.now)
    february = at(2027, 2, 1, 1, 30)
    with unit_of_work(engine) as session:
        purses = purses_past(session, business_date=JANUARY)
        assert expire_purses(session, purses=purses, business_date=JANUARY, occasion=february) == [400]
    with reading(engine) as session:
        assert purses_past(session, business_date=JANUARY) == []


@pytest.mark.parametrize("amount", [499, 0, -500])
def test_less_than_the_minimum_is_refused(engine: Engine, amount: int) -> None:
    resident = linked_resident(engine, 4000)

    with pytest.raises(BelowMinimum) as caught:
        apply(engine, resident, amount)

    assert caught.value.minimum == 500


def test_nobody_applies_more_than_they_have(engine: Engine) -> None:
    resident = linked_resident(engine, 800)

    with pytest.raises(InsufficientCredits):
        apply(engine, resident, 801)

    assert (held(engine, resident), used(engine, resident)) == (0, (0, 0))


def test_nobody_applies_without_a_link(engine: Engine) -> None:
    with pytest.raises(NotLinked):
        apply(engine, resident_with(engine, (MARCH, 1000)), 500)


def test_a_frozen_resident_applies_nothing(engine: Engine) -> None:
    resident, other = linked_resident(engine, 1000), linked_resident(engine, 1000, "20004567")
    freeze_purses(engine, resident)
    with unit_of_work(engine) as session:
        session.execute(update(Resident).where(Resident.id == other).values(status="frozen"))

    for one in (resident, other):
        with pytest.raises(AccountFrozen):
            apply(engine, one, 500)


def test_an_account_has_one_item_a_month_whoever_applies(engine: Engine) -> None:
    resident, neighbour = linked_resident(engine, 2000), linked_resident(engine, 2000)
    apply(engine, resident, 500)

    for one in (resident, neighbour):
        with pytest.raises(CapReached) as caught:
            apply(engine, one, 500)
        assert (caught.value.cap, caught.value.period_starts_on) == ("council_tax_items_a_month", date(2026, 11, 1))
    apply(engine, neighbour, 500, DECEMBER)


def test_an_account_takes_a_hundred_a_financial_year_whoever_applies(engine: Engine) -> None:
    resident, neighbour = linked_resident(engine, 20000), linked_resident(engine, 20000)
    apply(engine, resident, 7000)

    with pytest.raises(CapReached) as caught:
        apply(engine, neighbour, 3001, DECEMBER)

    assert (caught.value.cap, caught.value.left) == ("council_tax_a_year", 3000)
    apply(engine, neighbour, 3000, DECEMBER)
    assert used(engine, neighbour) == (10000, 3000)


def test_a_resident_applies_a_hundred_a_financial_year_to_whatever_account(engine: Engine) -> None:
    resident = linked_resident(engine, 20000)
    apply(engine, resident, 7000)
    with unit_of_work(engine) as session:
        build_batch(
            session, business_date=date(2026, 11, 22), scheme=SCHEME, rules=RULES, occasion=at(2026, 11, 23, 1, 30)
        )
    with unit_of_work(engine) as session:
        end_link(session, resident_id=resident, occasion=DECEMBER)
    link(engine, resident, "20004567", occasion=DECEMBER)

    with pytest.raises(CapReached) as caught:
        apply(engine, resident, 3001, DECEMBER)

    assert (caught.value.cap, caught.value.left) == ("council_tax_a_year", 3000)
    apply(engine, resident, 3000, DECEMBER)
    assert used(engine, resident, DECEMBER) == (3000, 10000)


def test_caps_count_in_the_financial_year_in_which_the_item_leaves(engine: Engine) -> None:
    resident = resident_with(engine, (date(2028, 3, 31), 30000))
    link(engine, resident)
    before, after = at(2027, 3, 31, 16, 59, 59), at(2027, 3, 31, 17, 0)

    old_year = apply(engine, resident, 10000, before)
    new_year = apply(engine, resident, 10000, after)

    assert (old_year.leaves_on, new_year.leaves_on) == (date(2027, 3, 31), date(2027, 4, 1))
    assert used(engine, resident, before) == used(engine, resident, after) == (10000, 10000)


def test_cancelling_gives_back_credits_and_caps(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)

    cancel(engine, resident, applied)

    with reading(engine) as session:
        view = item(session, reference=applied.reference, resident_id=resident)
    assert (view.state, view.cancelled_at) == (ItemState.CANCELLED, NOON.now)
    assert (available(engine, resident), held(engine, resident)) == (4000, 0)
    assert used(engine, resident) == (0, 0)
    apply(engine, resident, 4000)


def test_an_item_is_cancelled_once(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)
    cancel(engine, resident, applied)

    with pytest.raises(MoveRefused) as caught:
        cancel(engine, resident, applied)

    assert caught.value.now == ItemState.CANCELLED
    assert used(engine, resident) == (0, 0)


def test_nobody_cancels_or_sees_anothers_item(engine: Engine) -> None:
    resident = linked_resident(engine, 4000)
    applied = apply(engine, resident, 2500)
    stranger = new_id()

    with pytest.raises(NotFound):
        cancel(engine, stranger, applied)
    with pytest.raises(NotFound), reading(engine) as session:
        item(session, reference=applied.reference, resident_id=stranger)


def test_eight_who_apply_at_once_to_one_account_make_one_item(engine: Engine) -> None:
    residents = [linked_resident(engine, 1000) for _number in range(8)]
    refused: list[CapReached] = []

    def try_to_apply(resident_id: UUID) -> None:
        try:
            run(
                engine,
                lambda session: apply_credits(session, resident_id=resident_id, amount=500, rules=RULES, occasion=NOON),
            )
        except CapReached as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=try_to_apply, args=(resident,)) for resident in residents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 7
    assert sum(held(engine, resident) for resident in residents) == 500
