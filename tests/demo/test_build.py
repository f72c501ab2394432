"""The demo: built by the operations alone, believable, and with books that are whole."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, select

from app import create_app
from demo import doors
from demo.build import build
from demo.prepare import is_prepared, prepare
from demo.town import Town
from ledger.book.packs import SUMS, pack_files
from ledger.book.periods import closings
from ledger.check_books import check_books
from ledger.council_tax.decision_queries import decision_for
from ledger.council_tax.models import CouncilTaxItem
from ledger.council_tax.queries import batches
from ledger.council_tax.references import read_reference
from ledger.council_tax.release import RELEASE
from ledger.council_tax.rules import BatchState, ItemState
from ledger.earning.asks import asks_waiting
from ledger.earning.queries import programmes, sessions_between
from ledger.earning.rules import ALLOTMENT
from ledger.people.proposals import proposals_waiting
from ledger.scheme.queries import settings_seen
from ledger.settings import AccountFormat, SchemeRules
from ledger.store import make_engine, reading
from ledger.wallets.queries import outstanding_sum, wallet_of
from tests.days import noon
from tests.journeys.pages import problems_of_pages, served
from tests.service import settings_for

TODAY = date(2026, 11, 23)


def _quietly(_step: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


def assert_lived(engine: Engine, town: Town) -> None:
    """Six weeks stand in the books, which are whole, and something waits for whoever visits."""
    with reading(engine) as session:
        assert check_books(session) == []
        assert (len(town.residents), len(town.tills), len(town.activities)) == (200, 35, 24)
        assert wallet_of(session, resident_id=town.amina, now=noon(TODAY)).available == 3300
        assert outstanding_sum(session, first=TODAY).residents > 100
        newest, one_before, sent, *earlier = batches(session)
        assert newest.sequence == (TODAY - town.first_day).days
        states = (newest.state, one_before.state, sent.state)
        assert states == (BatchState.BUILT, BatchState.APPROVED, BatchState.RELEASED)
        assert {batch.state for batch in earlier} == {BatchState.RECONCILED}
        became = Counter(session.execute(select(CouncilTaxItem.state)).scalars())
        assert became[ItemState.APPLIED] > 5 * became[ItemState.REFUSED] > 0, became
        assert decision_for(session, day=TODAY).decision.first_year == 2026
        (programme,) = programmes(session, today=TODAY)
        assert 0 < programme.awarded < programme.allotted < programme.budget
        finance = town.officers[doors.FINANCE_OFFICER.email]
        waiting = proposals_waiting(session, for_officer=finance)
        assert sorted(proposal.kind for proposal in waiting) == [ALLOTMENT, RELEASE]
        assert len(asks_waiting(session)) == 1
        decided = [one for one in settings_seen(session, usual=SchemeRules(), today=TODAY) if one.since or one.coming]
        assert [one.setting.name for one in decided] == ["dispute_working_days", "council_tax_ceiling"]
        (closing,) = closings(session.connection())
        assert closing.month == date(2026, 10, 1)
        assert SUMS in [file.name for file in pack_files(session.connection(), closing_id=closing.id)]
        assert len(sessions_between(session, first=TODAY, last=date(2026, 12, 7))) > 30


@pytest.mark.long
def test_the_town_lives_six_weeks_and_its_books_are_whole(postgres_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url=postgres_url, data=tmp_path, TALLYSTICK_DEMO="yes")
    engine = make_engine(postgres_url)

    assert_lived(engine, build(engine, settings=settings, today=TODAY, progress=_quietly))

    engine.dispose()


@pytest.mark.slow
def test_a_demonstration_lives_the_same_and_the_pages_that_only_it_has_are_without_fault(
    chromium: Browser, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'tallystick.sqlite'}"
    settings = settings_for(database_url=url, data=tmp_path, TALLYSTICK_DEMO="yes")
    engine = make_engine(url)

    assert_lived(engine, prepare(settings, today=TODAY, progress=_quietly))
    assert is_prepared(tmp_path)
    with served(create_app(settings)) as address:
        assert problems_of_pages(chromium, address, ("/", "/demo/outbox", "/sign-in", "/merchant/sign-in")) == []

    engine.dispose()


def test_amina_is_linked_to_the_account_of_the_pictures() -> None:
    assert read_reference("2000 1234 5", AccountFormat()).base == "20001234"
