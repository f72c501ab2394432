"""What residents and shops read of codes and redemptions."""

from datetime import UTC, date, datetime

import pytest

from ledger.errors import NotFound
from ledger.redemption.queries import (
    code_shown,
    redemption,
    redemption_of_transaction,
    redemptions_of_transactions,
    redemptions_on,
    takings_balance,
    takings_by_day,
)
from ledger.store import reading
from ledger.wallets.queries import movements_of
from tests.redemption.town import NOON, Town, later


def test_the_code_page_becomes_a_receipt(town: Town) -> None:
    code = town.issue()
    with reading(town.engine) as session:
        before = code_shown(session, code_id=code.code_id, resident_id=town.resident_id, now=NOON)
    redeemed = town.take(code.token, 450)
    with reading(town.engine) as session:
        after = code_shown(session, code_id=code.code_id, resident_id=town.resident_id, now=later(3600))

    assert (before.state, before.redemption, before.ends_at) == ("issued", None, later(120))
    assert after.state == "redeemed"
    receipt = after.redemption
    assert receipt is not None
    assert (receipt.merchant_name, receipt.amount, receipt.reference) == ("Santos Deli", 450, redeemed.reference)


def test_a_shop_reads_its_own_redemption(town: Town) -> None:
    redeemed = town.take(town.issue().token, 450)

    with reading(town.engine) as session:
        read = redemption(session, reference=redeemed.reference.lower(), merchant_id=town.deli.merchant_id)
        with pytest.raises(NotFound):
            redemption(session, reference=redeemed.reference, merchant_id=town.baker.merchant_id)
        with pytest.raises(NotFound):
            redemption(session, reference="nonsense", merchant_id=town.deli.merchant_id)

    assert (read.amount, read.till_name, read.operator_name) == (450, "Counter", "Rosa of Santos Deli")
    assert "Ada" not in repr(read)
    assert str(town.resident_id) not in repr(read)


def test_a_shop_reads_a_london_day(town: Town) -> None:
    instants = [
        datetime(2027, 6, 30, 22, 59, 59, tzinfo=UTC),
        datetime(2027, 6, 30, 23, 0, tzinfo=UTC),
        datetime(2027, 7, 1, 22, 59, 59, tzinfo=UTC),
        datetime(2027, 7, 1, 23, 0, tzinfo=UTC),
    ]
    taken = [town.take(town.issue(now).token, 100, now=now).reference for now in instants]

    with reading(town.engine) as session:
        read = redemptions_on(session, merchant_id=town.deli.merchant_id, day=date(2027, 7, 1))
        none = redemptions_on(session, merchant_id=town.baker.merchant_id, day=date(2027, 7, 1))

    assert [one.reference for one in read] == [taken[2], taken[1]]
    assert none == []


def test_takings_are_told_by_day_without_what_was_voided(town: Town) -> None:
    tomorrow = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    town.take(town.issue().token, 450)
    town.void(town.take(town.issue().token, 300).reference)
    town.take(town.issue(tomorrow).token, 200, now=tomorrow)
    town.take(town.issue(tomorrow).token, 100, now=tomorrow, shop=town.baker)

    with reading(town.engine) as session:
        week = (date(2026, 11, 23), date(2026, 11, 29))
        days = takings_by_day(session, merchant_id=town.deli.merchant_id, first=week[0], last=week[1])
        balance = takings_balance(session, merchant_id=town.deli.merchant_id)

    assert [(one.day, one.redemptions, one.kept, one.voided) for one in days] == [
        (date(2026, 11, 24), 1, 200, 0),
        (date(2026, 11, 23), 1, 450, 1),
    ]
    assert balance == 650 == sum(one.kept for one in days)


def test_a_shop_that_took_nothing_has_no_takings(town: Town) -> None:
    with reading(town.engine) as session:
        assert takings_balance(session, merchant_id=town.deli.merchant_id) == 0


def test_history_names_the_shop_of_a_redemption_and_of_its_void(town: Town) -> None:
    kept = town.take(town.issue().token, 450, shop=town.baker)
    undone = town.take(town.issue(later(1)).token, 300, now=later(1))
    voided = town.void(undone.reference, now=later(2))

    with reading(town.engine) as session:
        movements = movements_of(session, resident_id=town.resident_id)
        shops = redemptions_of_transactions(session, transaction_ids=[one.transaction_id for one in movements])
        awarded = redemption_of_transaction(session, transaction_id=movements[-1].transaction_id)

    named = [(one.kind, one.change, getattr(shops.get(one.transaction_id), "merchant_name", None)) for one in movements]
    assert named == [
        ("void", 300, "Santos Deli"),
        ("redeem", -300, "Santos Deli"),
        ("redeem", -450, "Coldharbour Bakery"),
        ("award", 2000, None),
    ]
    assert shops[voided.transaction_id].returned == 300
    assert shops[kept.transaction_id].reference == kept.reference
    assert awarded is None
