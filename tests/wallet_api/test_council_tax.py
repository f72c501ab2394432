"""Council tax as its resident sees it: link, apply once, see where it is, cancel."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger.council_tax.batches import build_batch
from ledger.council_tax.decisions import propose_closing, publish_closing
from ledger.council_tax.queries import items_of
from ledger.people.rules import Permission
from ledger.store import reading
from shared_web.core import EXTENSION
from tests import factories
from tests.council_tax.decided import decide
from tests.wallet_api.lively import ACCOUNT, link
from tests.web_town import Visitor, WebTown, text_of

pytestmark = pytest.mark.slow


@pytest.fixture
def amina(web_town: WebTown) -> Visitor:
    """A resident with 36.50 and no account linked, signed in."""
    web_town.work(lambda session: decide(session, occasion=web_town.occasion()))
    web_town.resident(credits_=3650)
    return web_town.visitor().sign_in("amina@example.org")


@pytest.fixture
def linked(web_town: WebTown) -> Visitor:
    """A resident with 36.50 and an account, signed in."""
    link(web_town, web_town.resident(credits_=3650))
    return web_town.visitor().sign_in("amina@example.org")


def reruled(town: WebTown, **rules: Any) -> None:
    """Serve the town by other rules from now on."""
    core = town.app.extensions[EXTENSION]
    changed = replace(town.settings, rules=replace(town.settings.rules, **rules))
    town.app.extensions[EXTENSION] = replace(core, settings=changed)


def publish(town: WebTown, closes_on: date) -> None:
    """Publish a closing by two officers."""

    def work(session: Session) -> None:
        asker, checker = factories.officer(session), factories.officer(session, Permission.APPROVE)
        asked = propose_closing(
            session, closes_on=closes_on, reason="The sum is used.", officer_id=asker, occasion=town.occasion()
        )
        publish_closing(session, proposal_id=asked.id, checker_id=checker, occasion=town.occasion())

    town.work(work)


def apply(visitor: Visitor, amount: str) -> str:
    """Apply credits as people do; the page of the application."""
    answer = visitor.fill("/council-tax/apply", amount=amount)
    assert answer.status_code == 303, text_of(answer)
    return visitor.fill(answer.location).location


def test_an_account_is_linked_and_shown_as_the_bill_has_it(amina: Visitor) -> None:
    assert "1.00 credit takes £1.00 off" in text_of(amina.get("/council-tax"))
    answer = amina.fill("/council-tax/link", account=ACCOUNT.replace(" ", ""), on_bill="liable")
    assert (answer.status_code, answer.location) == (303, "/council-tax")
    page = text_of(amina.get("/council-tax"))
    assert ACCOUNT in page
    assert "Used this year 0.00 of 100.00" in page


@pytest.mark.parametrize(
    ("account", "on_bill", "words"),
    [
        ("", "liable", "Enter your account number"),
        ("2000 1243 5", "liable", "Check the account number. One digit looks wrong"),
        ("12", "liable", "Check the account number. It should look like"),
        (ACCOUNT, "", "Say whether your name is on the bill"),
    ],
)
def test_a_link_that_cannot_be_is_asked_again(amina: Visitor, account: str, on_bill: str, words: str) -> None:
    chosen = {"on_bill": on_bill} if on_bill else {}
    answer = amina.fill("/council-tax/link", account=account, **chosen)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "<title>Error: Link your council tax account" in answer.text
    assert f'value="{account}"' in answer.text or not account


def test_linking_another_account_cancels_what_has_not_left(linked: Visitor) -> None:
    item = apply(linked, "25.00")
    assert f"Your account is {ACCOUNT} now." in text_of(linked.get("/council-tax/link"))
    linked.fill("/council-tax/link", account="2000 1243 6", on_bill="household_member")
    assert "Cancelled" in text_of(linked.get(item))
    assert "36.50 credits" in text_of(linked.get("/"))


def test_whoever_moves_away_ends_the_link_and_what_has_not_left_is_cancelled(linked: Visitor) -> None:
    item = apply(linked, "25.00")
    assert linked.fill("/council-tax/link", "/council-tax/link/end").location == "/council-tax"
    assert "Link your council tax account" in text_of(linked.get("/council-tax"))
    assert "Cancelled" in text_of(linked.get(item))
    assert "36.50 credits" in text_of(linked.get("/"))
    assert "End the link" not in text_of(linked.get("/council-tax/link"))


def test_without_an_account_there_is_nothing_to_apply_to(amina: Visitor) -> None:
    assert amina.client.get("/council-tax/apply").location == "/council-tax/link"
    assert amina.client.get("/council-tax/apply/check?amount=5.00").location == "/council-tax/link"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "Enter an amount like 25.00"),
        ("0", "Enter an amount like 25.00"),
        ("lots", "Enter an amount like 25.00"),
        ("4.99", "Enter 5.00 or more"),
        ("36.51", "You have 36.50 credits"),
    ],
)
def test_an_amount_that_cannot_be_is_asked_again(linked: Visitor, amount: str, words: str) -> None:
    answer = linked.fill("/council-tax/apply", amount=amount)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_the_year_and_the_month_have_their_ends(web_town: WebTown) -> None:
    link(web_town, web_town.resident(credits_=20000))
    visitor = web_town.visitor().sign_in("amina@example.org")
    over = visitor.fill("/council-tax/apply", amount="100.01")
    assert "You can use 100.00 more this year" in text_of(over)
    apply(visitor, "60.00")
    again = visitor.fill("/council-tax/apply", amount="5.00")
    assert "One a month for each account. Next from 1 December" in text_of(again)


def test_the_check_says_all_before_anything_is_set_aside(linked: Visitor) -> None:
    page = text_of(linked.get("/council-tax/apply/check?amount=25.00"))
    for words in (
        "You use 25.00 credits Your council tax bill goes down by £ £25.00",
        f"Account {ACCOUNT}",
        "Leaves us Tonight, after 6pm",
        "On your bill by About 1 December",
        "Credits after 11.50 credits",
        "Those that end soonest: 25.00 from May 2028.",
        "You can cancel until 6pm today.",
        "You have used 0.00 of 100.00 credits for this account this year (April 2026 to March 2027).",
    ):
        assert words in page
    assert "36.50 credits" in text_of(linked.get("/"))


def test_after_six_it_leaves_tomorrow(web_town: WebTown, linked: Visitor) -> None:
    web_town.wait(hours=6)
    page = text_of(linked.get("/council-tax/apply/check?amount=25.00"))
    assert "Leaves us Tuesday 24 November, after 6pm" in page
    assert "You can cancel until 6pm on Tuesday 24 November." in page


@pytest.mark.parametrize("amount", ["", "x", "4.00", "99999.00"])
def test_a_check_of_what_cannot_be_is_refused(linked: Visitor, amount: str) -> None:
    assert linked.client.get(f"/council-tax/apply/check?amount={amount}").status_code == 422


def test_the_same_press_twice_sets_credits_aside_once(web_town: WebTown, linked: Visitor) -> None:
    target, data = linked.filled("/council-tax/apply/check?amount=25.00")
    first, second = (linked.client.post(target, data=data) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert second.headers["Idempotent-Replayed"] == "true"
    page = text_of(linked.get("/"))
    assert "11.50 credits" in page
    assert "25.00 more is set aside for council tax." in page


def test_an_application_shows_its_road_and_can_be_cancelled_once(linked: Visitor) -> None:
    item = apply(linked, "25.00")
    page = text_of(linked.get(item))
    assert "£25.00 off your bill Set aside You applied 25.00 credits" in page
    assert "It leaves tonight, after 6pm." in page
    target, data = linked.filled(item, f"{item}/cancel")
    assert linked.client.post(target, data=data).location == item
    assert "You cancelled it" in text_of(linked.get(item))
    again = linked.client.post(target, data=data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "36.50 credits" in text_of(linked.get("/"))


def test_what_has_left_cannot_be_cancelled(web_town: WebTown, linked: Visitor) -> None:
    item = apply(linked, "25.00")
    target, data = linked.filled(item, f"{item}/cancel")
    web_town.wait(hours=13, minutes=30)
    web_town.work(
        lambda session: build_batch(
            session,
            business_date=date(2026, 11, 23),
            scheme=web_town.settings.scheme,
            rules=web_town.settings.rules,
            occasion=web_town.occasion(),
        )
    )
    page = text_of(linked.get(item))
    assert "Sent to council tax" in page
    assert "We sent it to council tax, done Tuesday 24 November, 01:30" in page
    assert "It has left us, so it can no longer be cancelled." in page
    assert linked.client.post(target, data=data).status_code == 409
    assert "Council tax Tue 24, sent to council tax −25.00" in text_of(linked.get("/history"))


def test_somebody_elses_application_is_as_absent_as_none(web_town: WebTown, linked: Visitor) -> None:
    item = apply(linked, "25.00")
    target, data = linked.filled(item, f"{item}/cancel")
    ben_id = web_town.resident(email="ben@example.org")
    ben = web_town.visitor().sign_in("ben@example.org")
    data["csrf_token"] = ben.filled("/details", "/sign-out")[1]["csrf_token"]
    assert ben.client.get(item).status_code == ben.client.post(target, data=data).status_code == 404
    with reading(web_town.engine) as session:
        assert items_of(session, resident_id=ben_id) == []
    assert "Set aside" in text_of(linked.get(item))


def test_in_a_blackout_the_page_says_when_it_leaves(web_town: WebTown, linked: Visitor) -> None:
    blackout = ((date(2026, 11, 20), date(2026, 11, 29)),)
    reruled(web_town, council_tax_blackouts=blackout)
    assert "Bills are being made. This will leave on 30 November." in text_of(
        linked.get("/council-tax/apply/check?amount=25.00")
    )
    item = apply(linked, "25.00")
    assert "It leaves Monday 30 November, after 6pm." in text_of(linked.get(item))


def test_while_paused_the_page_says_that_it_waits(web_town: WebTown, linked: Visitor) -> None:
    reruled(web_town, council_tax_paused=True)
    page = text_of(linked.get("/council-tax/apply/check?amount=25.00"))
    assert "Nothing is sent to council tax just now." in page
    assert "It leaves when sending starts again." in text_of(linked.get(apply(linked, "25.00")))


def test_without_a_decision_nobody_is_offered_to_apply(web_town: WebTown) -> None:
    web_town.resident(credits_=3650)
    visitor = web_town.visitor().sign_in("amina@example.org")
    page = visitor.get("/council-tax")
    assert "The council has not decided about bills of 2026 to 2027 yet." in text_of(page)
    assert "/council-tax/apply" not in page.text
    assert visitor.client.get("/council-tax/apply").location == "/council-tax/link"


def test_a_closing_is_read_before_it_begins_and_holds_for_everybody_after(web_town: WebTown, linked: Visitor) -> None:
    target, data = linked.filled("/council-tax/apply/check?amount=25.00")
    publish(web_town, date(2026, 12, 1))
    before = linked.get("/council-tax")
    assert "From 1 December 2026 to 1 April 2027 nobody can apply credits: The sum is used." in text_of(before)
    assert "Apply credits" in text_of(before)
    web_town.wait(days=8)
    visitor = web_town.visitor().sign_in("amina@example.org")
    after = text_of(visitor.get("/council-tax"))
    assert "closed for everybody since 1 December 2026. It opens again on 1 April 2027." in after
    assert "Apply credits" not in after
    assert visitor.client.get("/council-tax/apply").location == "/council-tax"
    data["csrf_token"] = visitor.filled("/details", "/sign-out")[1]["csrf_token"]
    refused = visitor.client.post(target, data=data)
    assert refused.status_code == 409
    assert "Council tax is closed for everybody until 1 April." in text_of(refused)
