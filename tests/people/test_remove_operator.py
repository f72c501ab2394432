"""An operator leaves the shop they worked for."""

import pytest
from sqlalchemy import Engine

from ledger.errors import NotFound
from ledger.people.register import remove_operator
from ledger.people.tills import operators_of
from ledger.store import unit_of_work
from tests import factories
from tests.factories import occasion_at


def test_an_operator_leaves_once_and_is_listed_no_more(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        shop = factories.merchant(session)
        rosa = factories.operator(session, organisation_id=shop.id, pin="735190")
        remove_operator(session, operator_id=rosa, organisation_id=shop.id, occasion=occasion_at())
        assert [line.id for line in operators_of(session, organisation_id=shop.id)] == [shop.owner_id]
        with pytest.raises(NotFound):
            remove_operator(session, operator_id=rosa, organisation_id=shop.id, occasion=occasion_at())


def test_nobody_removes_an_owner_or_another_shop_s_operator(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        shop, other = factories.merchant(session), factories.merchant(session)
        rosa = factories.operator(session, organisation_id=other.id, pin="735190")
        for operator_id in (shop.owner_id, other.owner_id, rosa):
            with pytest.raises(NotFound):
                remove_operator(session, operator_id=operator_id, organisation_id=shop.id, occasion=occasion_at())
