"""How a linked council-tax number stands, and what waits for room under a smaller cap, as its resident reads it."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from ledger.check_books import check_books
from ledger.council_tax.answer_codes import ITEM_CODES
from ledger.council_tax.decisions import propose_decision, record_decision
from ledger.council_tax.layouts.ctr1 import LineAnswer, ctr1
from ledger.council_tax.layouts.shipped import read_ctx1
from ledger.council_tax.queries import batch_file
from ledger.council_tax.rules import Outcome
from ledger.council_tax.taking_in import take_in
from ledger.people.rules import Permission
from ledger.store import reading
from tests import factories
from tests.council_office import town as office
from tests.council_tax.decided import DECISION
from tests.wallet_api.lively import link
from tests.wallet_api.test_council_tax import apply
from tests.web_town import Visitor, WebTown, text_of

pytestmark = pytest.mark.slow


@pytest.fixture
def linked(web_town: WebTown) -> Visitor:
    """A resident with 36.50 and an account, signed in."""
    link(web_town, web_town.resident(credits_=3650))
    return web_town.visitor().sign_in("amina@example.org")


def answered(town: WebTown, outcome: Outcome, code: str, applied: int = 0) -> None:
    """The first night is built, released, and answered so, line by line."""
    office.night(town, town.now.date())
    office.release(town)
    file = town.work(lambda session: batch_file(session, sequence=1))
    header, lines = read_ctx1(file.content)
    posted_on = town.now.date() if applied else None
    said = [LineAnswer(outcome=outcome, code=code, applied=applied, posted_on=posted_on) for _line in lines]
    answer = ctr1(header, lines, said, sha256=file.sha256, at=town.now)
    town.work(lambda session: take_in(session, content=answer, scheme=town.settings.scheme, occasion=town.occasion()))


def test_a_number_is_checked_by_the_first_that_leaves(web_town: WebTown, linked: Visitor) -> None:
    assert "Number Not checked yet" in text_of(linked.get("/council-tax"))
    apply(linked, "25.00")
    assert "is 2000 1234 5 now. Not checked yet. If you link another" in text_of(linked.get("/council-tax/link"))

    answered(web_town, Outcome.PARTLY, "D21", 500)

    matched = "Matched by the council on 23 November 2026"
    assert f"Number {matched}" in text_of(linked.get("/council-tax"))
    assert f"is 2000 1234 5 now. {matched}. If you link another" in text_of(linked.get("/council-tax/link"))
    linked.fill("/council-tax/link", "/council-tax/link", account="2000 1243 6", on_bill="liable")
    assert "Number Not checked yet" in text_of(linked.get("/council-tax"))


@pytest.mark.parametrize("code", sorted(ITEM_CODES[Outcome.REJECTED] - {"D09", "D10"}))
def test_a_number_that_was_not_accepted_is_to_be_checked_and_nobody_reads_why(
    web_town: WebTown, linked: Visitor, code: str
) -> None:
    item = apply(linked, "25.00")
    answered(web_town, Outcome.REJECTED, code)
    assert "Number Not accepted by the council on 23 November 2026" in text_of(linked.get("/council-tax"))
    assert (
        "Your account is 2000 1234 5 now. Not accepted by the council on 23 November 2026: check the number on your "
        f"bill or call {web_town.settings.scheme.phone}. If you link another"
    ) in text_of(linked.get("/council-tax/link"))
    for page in ("/council-tax", "/council-tax/link", item):
        assert code not in text_of(linked.get(page))


def test_what_is_deferred_says_nothing_of_the_number(web_town: WebTown, linked: Visitor) -> None:
    apply(linked, "25.00")
    answered(web_town, Outcome.DEFERRED, "D20")
    assert "Number Not checked yet" in text_of(linked.get("/council-tax"))


def test_a_smaller_cap_that_was_decided_later_is_told_and_the_credits_can_come_back(
    web_town: WebTown, linked: Visitor
) -> None:
    item = apply(linked, "25.00")
    assert "The council has decided that at most" not in text_of(linked.get(item))
    web_town.wait(seconds=60)

    def decided_anew(session: Session) -> None:
        maker, checker = factories.officer(session), factories.officer(session, Permission.APPROVE)
        smaller = replace(DECISION, account_cap=2_000)
        asked = propose_decision(session, decision=smaller, officer_id=maker, occasion=web_town.occasion())
        record_decision(session, proposal_id=asked.id, checker_id=checker, occasion=web_town.occasion())

    web_town.work(decided_anew)

    page = text_of(linked.get(item))
    assert "at most 20.00 credits a year are used for an account. This would go past that, so it waits." in page
    assert "It leaves once there is room in the year for it." in page
    assert "Waiting" in text_of(linked.get("/council-tax"))
    office.night(web_town, web_town.now.date())
    assert "Cancel, get credits back" in text_of(linked.get(item))
    linked.fill(item, f"{item}/cancel")
    assert "Your credits are back." in text_of(linked.get(item))
    with reading(web_town.engine) as session:
        assert check_books(session) == []
