"""Somebody says a transaction is wrong: once, of their own, with a day by which an answer is due, answered once."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from ledger.corrections.disputes import (
    answered_disputes,
    dispute,
    dispute_as_resident,
    dispute_as_shop,
    dispute_of_shop,
    open_disputes,
    own_dispute,
    refuse,
    uphold,
)
from ledger.corrections.errors import CorrectionMissing, DisputedAlready
from ledger.corrections.rules import DisputeState
from ledger.errors import InvalidField, MoveRefused, NotFound
from ledger.notices.models import Notice
from ledger.redemption.redemptions import Redeemed
from ledger.store import reading, run
from tests import factories
from tests.corrections.town import ask, officers
from tests.factories import FIELD_KEYS, RULES
from tests.redemption.town import Town, make_town

NOBODY = UUID(int=7)


@pytest.fixture
def town(engine: Engine) -> Town:
    """A town whose resident has 20.00."""
    made = make_town(engine)
    made.award(2000)
    return made


@pytest.fixture
def taken(town: Town) -> Redeemed:
    """What the deli took."""
    return town.take(town.issue().token, 450)


def as_resident(town: Town, transaction_id: UUID, *, resident_id: UUID | None = None, reason: str = "Twice") -> str:
    """The resident disputes a transaction."""
    return run(
        town.engine,
        lambda session: dispute_as_resident(
            session,
            transaction_id=transaction_id,
            resident_id=resident_id or town.resident_id,
            reason=reason,
            rules=RULES,
            occasion=factories.occasion_at(),
        ),
    )


def as_shop(town: Town, reference: str, *, merchant_id: UUID | None = None) -> str:
    """The deli disputes a redemption."""
    return run(
        town.engine,
        lambda session: dispute_as_shop(
            session,
            reference=reference,
            merchant_id=merchant_id or town.deli.merchant_id,
            reason="It should have been 5.40",
            rules=RULES,
            occasion=factories.occasion_at(),
        ),
    )


def answer(engine: Engine, answering, reference: str, officer_id: UUID) -> None:
    """An officer answers."""
    run(
        engine,
        lambda session: answering(
            session,
            reference=reference,
            answer="We looked at the till",
            officer_id=officer_id,
            field_keys=FIELD_KEYS,
            occasion=factories.occasion_at(),
        ),
    )


def notices(engine: Engine) -> list[str]:
    """The topics of what is to be told."""
    with reading(engine) as session:
        return list(session.execute(select(Notice.topic)).scalars())


def test_a_resident_disputes_a_transaction_of_theirs_once(town: Town, taken: Redeemed) -> None:
    reference = as_resident(town, taken.transaction_id)
    with reading(town.engine) as session:
        (found,) = open_disputes(session)
    assert (found.reference, found.about, found.amount) == (reference, taken.transaction_id, 450)
    assert (found.shop, found.state, found.due_on) == (None, DisputeState.OPEN, date(2026, 12, 21))
    with pytest.raises(DisputedAlready):
        as_resident(town, taken.transaction_id)
    as_shop(town, taken.reference)
    with pytest.raises(DisputedAlready):
        as_shop(town, taken.reference)


def test_nobody_disputes_what_is_not_theirs(town: Town, taken: Redeemed) -> None:
    other = run(town.engine, factories.resident)
    with pytest.raises(NotFound):
        as_resident(town, taken.transaction_id, resident_id=other)
    with pytest.raises(NotFound):
        as_resident(town, NOBODY)
    with pytest.raises(NotFound):
        as_shop(town, taken.reference, merchant_id=town.baker.merchant_id)
    with pytest.raises(InvalidField):
        as_resident(town, taken.transaction_id, reason=" ")


def test_a_dispute_is_upheld_by_a_correction_and_the_resident_is_told(town: Town, taken: Redeemed) -> None:
    people, reference = officers(town.engine), as_resident(town, taken.transaction_id)
    with pytest.raises(CorrectionMissing):
        answer(town.engine, uphold, reference, people.maker)
    ask(town.engine, taken.transaction_id, people.maker)

    answer(town.engine, uphold, reference, people.maker)

    with reading(town.engine) as session:
        found = own_dispute(session, reference=reference, resident_id=town.resident_id)
        assert open_disputes(session) == []
        assert [one.reference for one in answered_disputes(session, most=5)] == [reference]
    assert (found.state, found.answer) == (DisputeState.UPHELD, "We looked at the till")
    assert found.corrected_by is not None
    assert notices(town.engine) == ["dispute_answered"]


def test_a_dispute_is_answered_once(town: Town, taken: Redeemed) -> None:
    people, reference = officers(town.engine), as_resident(town, taken.transaction_id)
    answer(town.engine, refuse, reference, people.maker)
    with pytest.raises(MoveRefused):
        answer(town.engine, refuse, reference, people.checker)
    with reading(town.engine) as session:
        assert dispute(session, reference=reference).state == DisputeState.NOT_UPHELD
    assert notices(town.engine) == ["dispute_answered"]


def test_a_shop_reads_its_answer_and_no_notice_goes_to_anybody(town: Town, taken: Redeemed) -> None:
    people, reference = officers(town.engine), as_shop(town, taken.reference)
    answer(town.engine, refuse, reference, people.maker)
    with reading(town.engine) as session:
        found = dispute_of_shop(session, transaction_id=taken.transaction_id, merchant_id=town.deli.merchant_id)
    assert found is not None
    assert (found.shop, found.answer) == ("Santos Deli", "We looked at the till")
    assert notices(town.engine) == []


def test_a_dispute_of_somebody_else_is_absent(town: Town, taken: Redeemed) -> None:
    reference = as_resident(town, taken.transaction_id)
    other = run(town.engine, factories.resident)
    with reading(town.engine) as session, pytest.raises(NotFound):
        own_dispute(session, reference=reference, resident_id=other)


def test_the_database_keeps_what_was_said_and_when_an_answer_is_due(town: Town, taken: Redeemed) -> None:
    as_resident(town, taken.transaction_id)
    for change in ("reason = 'nothing'", "due_on = '2030-01-01'", "made_at = '2020-01-01T00:00:00.000000Z'"):
        with pytest.raises(DBAPIError, match="append-only"):
            run(town.engine, lambda session, change=change: session.execute(text(f"UPDATE disputes SET {change}")))
