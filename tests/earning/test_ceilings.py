"""A programme is never funded past its ceiling, whoever funds at once; two people change a ceiling."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.earning.ceilings import approve_ceiling, ask_ceiling, ceiling_of, funded
from ledger.earning.errors import CeilingPassed
from ledger.earning.programmes import fund, open_programme
from ledger.earning.queries import programme
from ledger.errors import InvalidField, NotFound
from ledger.people import proposals
from ledger.people.rules import Permission
from ledger.store import reading, run, unit_of_work
from tests import factories
from tests.factories import occasion_at


def opened(session: Session, *, ceiling: int | None = 100_000, decision: str = "OMD-2026-300") -> UUID:
    """A programme with a ceiling of 1,000.00 and nothing on its budget."""
    return open_programme(
        session,
        name="Growing Lambeth 2026",
        decision_reference=decision,
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 3, 31),
        ceiling=ceiling,
        occasion=occasion_at(),
    )


def give(session: Session, programme_id: UUID, amount: int) -> None:
    fund(session, programme_id=programme_id, amount=amount, decision_reference="OMD-1", occasion=occasion_at())


def change(session: Session, programme_id: UUID, amount: int) -> None:
    """One officer proposes another ceiling and a second approves it."""
    maker, checker = (factories.officer(session, one) for one in (Permission.AWARD, Permission.APPROVE))
    reference = ask_ceiling(
        session,
        programme_id=programme_id,
        amount=amount,
        decision_reference="OMD-2026-301",
        officer_id=maker,
        occasion=occasion_at(),
    )
    asked = proposals.proposal_called(session, reference=reference)
    approve_ceiling(session, proposal_id=asked.id, checker_id=checker, occasion=occasion_at())


def test_a_programme_is_funded_to_its_ceiling_and_no_further(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme_id = opened(session)
        give(session, programme_id, 60_000)
        give(session, programme_id, 40_000)
    with pytest.raises(CeilingPassed) as refused, unit_of_work(engine) as session:
        give(session, programme_id, 1)
    assert (refused.value.ceiling, refused.value.funded) == (100_000, 100_001)
    with reading(engine) as session:
        view = programme(session, programme_id=programme_id)
        assert (view.budget, view.ceiling, funded(session, programme_id=programme_id)) == (100_000, 100_000, 100_000)


def test_what_was_allotted_still_counts_towards_the_ceiling(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme_id = opened(session)
        give(session, programme_id, 100_000)
        organiser = factories.organiser(session)
        factories.allowance(session, programme_id=programme_id, organiser_id=organiser.id, amount=50_000)
    with pytest.raises(CeilingPassed), unit_of_work(engine) as session:
        give(session, programme_id, 1)


def test_without_a_ceiling_a_programme_is_funded_as_far_as_one_likes(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme_id = opened(session, ceiling=None)
        give(session, programme_id, 10**8)
        assert ceiling_of(session, programme_id=programme_id) is None


def test_of_two_who_fund_at_once_one_is_refused(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme_id = opened(session)

    def try_to() -> bool:
        try:
            run(engine, lambda session: give(session, programme_id, 60_000))
        except CeilingPassed:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        went = [one.result() for one in [threads.submit(try_to) for _ in range(4)]]
    assert sum(went) == 1


def test_two_people_raise_a_ceiling_and_lower_it_no_further_than_what_was_funded(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme_id = opened(session)
        change(session, programme_id, 200_000)
        give(session, programme_id, 150_000)
        change(session, programme_id, 150_000)
        assert ceiling_of(session, programme_id=programme_id) == 150_000
    with pytest.raises(CeilingPassed), unit_of_work(engine) as session:
        change(session, programme_id, 149_999)


def test_what_is_no_ceiling_is_refused(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme_id = opened(session)
        officer = factories.officer(session, Permission.APPROVE)
        other = proposals.propose(session, kind="allotment", content={}, maker_id=officer, occasion=occasion_at())
    for amount in (0, -1, 10**9 + 1, True):
        with pytest.raises(InvalidField), unit_of_work(engine) as session:
            change(session, programme_id, amount)
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        change(session, other.id, 5)
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        approve_ceiling(session, proposal_id=other.id, checker_id=officer, occasion=occasion_at())
