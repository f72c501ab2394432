"""Two officers release a night's file on its page: what each sees, what each may do, and what is said where not."""

from uuid import UUID

from sqlalchemy import update
from werkzeug.test import TestResponse

from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.queries import batch
from ledger.council_tax.rules import BatchState
from ledger.people.proposals import proposals_waiting
from ledger.people.rules import Permission
from ledger.store import reading
from tests.council_office import town as office
from tests.web_town import Visitor, WebTown

PAGE = "/office/council-tax/1"


def daniel(town: WebTown) -> Visitor:
    """A second finance officer."""
    return office.officer(town, "daniel@example.org", Permission.APPROVE, Permission.EXPORT)


def one_night(town: WebTown) -> None:
    """A file of one line, of 25.00."""
    office.applied(town, base="20001234", amount=2_500)
    office.night(town, town.now.date())


def decide(who: Visitor, decision: str, **typed: str) -> TestResponse:
    """Press a button of the card."""
    return who.fill(PAGE, PAGE, decision=decision, **typed)


def state(town: WebTown) -> BatchState:
    with reading(town.engine) as session:
        return batch(session, sequence=1).state


def test_one_approves_another_ticks_and_releases(web_town: WebTown) -> None:
    one_night(web_town)
    grace = office.grace(web_town)
    assert "Approve £25.00" in office.said(grace.get(PAGE))
    assert decide(grace, "approve").status_code == 303
    page = office.said(grace.get(PAGE))
    assert "You approved this, so someone else must release it." in page
    assert "Release £25.00" not in page

    second = daniel(web_town)
    assert "Release £25.00 of council tax, batch 000001" in office.said(second.get("/office/approvals"))
    page = office.said(second.get(PAGE))
    assert "1 line, £25.00 net is right" in page
    assert "Send back with a reason" in page
    untouched = decide(second, "release")
    assert untouched.status_code == 422
    assert "Tick the box if the totals are right" in office.said(untouched)
    assert decide(second, "release", right="y").status_code == 303

    assert state(web_town) == BatchState.RELEASED
    page = office.said(second.get(PAGE))
    assert "Release this file" not in page
    assert "Nothing waits for you." in office.said(second.get("/office/approvals"))


def test_the_second_sends_it_back_with_a_reason_and_it_leaves_empty(web_town: WebTown) -> None:
    one_night(web_town)
    decide(office.grace(web_town), "approve")
    second = daniel(web_town)
    silent = decide(second, "send-back")
    assert silent.status_code == 422
    assert "Say why you are sending it back" in office.said(silent)

    assert decide(second, "send-back", reason="Line 1 is far too large.").status_code == 303

    page = office.said(second.get(PAGE))
    assert "Sent back and built anew, empty" in page
    assert "No items. The file still goes, so the council knows we ran." in page


def test_who_may_award_is_told_that_they_cannot_release(web_town: WebTown) -> None:
    one_night(web_town)
    both = office.officer(web_town, "both@example.org", Permission.AWARD, Permission.APPROVE, Permission.EXPORT)
    page = office.said(both.get(PAGE))
    assert "You can award credits, so you cannot release." in page
    assert "Approve £25.00" not in page

    _path, hidden = both.filled("/office/approvals")
    forged = {"idempotency_key": "0" * 26, "seen": digest(web_town), "decision": "approve"}
    answer = both.client.post(PAGE, data=hidden | forged)

    assert answer.status_code == 403
    assert "You can award credits, so you cannot release." in office.said(answer)
    assert state(web_town) == BatchState.BUILT


def test_who_may_not_export_looks_and_decides_nothing(web_town: WebTown) -> None:
    one_night(web_town)
    checker = office.officer(web_town, "checker@example.org", Permission.APPROVE)
    assert "Someone who may approve and export decides." in office.said(checker.get(PAGE))
    _path, hidden = checker.filled("/office/approvals")

    answer = checker.client.post(PAGE, data=hidden | {"idempotency_key": "0" * 26, "decision": "approve"})

    assert answer.status_code == 403
    assert state(web_town) == BatchState.BUILT


def test_what_changed_since_the_page_was_shown_is_not_approved(web_town: WebTown) -> None:
    one_night(web_town)

    answer = decide(office.grace(web_town), "approve", seen="0" * 64)

    assert answer.status_code == 412
    assert state(web_town) == BatchState.BUILT


def test_what_changed_after_approval_is_approved_again(web_town: WebTown) -> None:
    one_night(web_town)
    decide(office.grace(web_town), "approve")
    second = daniel(web_town)
    path, shown = second.filled(PAGE, PAGE, decision="release", right="y")
    web_town.work(lambda session: session.execute(update(CouncilTaxBatch).values(hash_total="000000000001")))

    answer = second.client.post(path, data=shown)

    assert answer.status_code == 422
    page = office.said(second.get(PAGE))
    assert "This changed after approval. Approve it again." in page
    assert "Approve £25.00" in page


def test_books_that_differ_take_the_button_away(web_town: WebTown) -> None:
    one_night(web_town)
    web_town.work(lambda session: session.execute(update(CouncilTaxBatch).values(reductions=2_501)))

    page = office.said(office.grace(web_town).get(PAGE))

    assert "The books and this file differ by −£0.01" in page
    assert "Release this file" not in page


def test_an_unusual_night_asks_why(web_town: WebTown) -> None:
    office.applied(web_town, base="20001234", amount=500)
    office.night(web_town, web_town.now.date())
    web_town.wait(days=1)
    office.applied(web_town, base="20001242", amount=1_700)
    office.night(web_town, web_town.now.date())
    grace = office.grace(web_town)
    page = "/office/council-tax/2"
    assert "Tonight is 3.4 times the usual. Say why you are sure." in office.said(grace.get(page))
    silent = grace.fill(page, page, decision="approve")
    assert silent.status_code == 422
    assert "Say why you are sure" in office.said(silent)

    assert grace.fill(page, page, decision="approve", why="A school fair.").status_code == 303

    second = office.said(daniel(web_town).get(page))
    assert "A school fair." in second
    assert "Batch 000001 goes first. Release that one." in second


def test_a_file_is_decided_on_its_own_page_alone(web_town: WebTown) -> None:
    one_night(web_town)
    decide(office.grace(web_town), "approve")
    second = daniel(web_town)
    with reading(web_town.engine) as session:
        (proposal,) = proposals_waiting(session, for_officer=UUID(int=0))
    path = f"/office/approvals/{proposal.reference}"
    assert second.client.get(path).location == PAGE
    _path, hidden = second.filled("/office/approvals")

    answer = second.client.post(path, data=hidden | {"idempotency_key": "0" * 26, "decision": "approve"})

    assert answer.status_code == 404
    assert state(web_town) == BatchState.APPROVED


def digest(town: WebTown) -> str:
    """The SHA-256 of the first file."""
    with reading(town.engine) as session:
        return batch(session, sequence=1).sha256
