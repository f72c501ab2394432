"""History: what came in and went out, month by month, on paper and for a spreadsheet."""

import csv
import io

import pytest

from ledger.identifiers import to_text
from ledger.redemption.voids import void
from tests import factories
from tests.wallet_api.lively import open_shop, spend
from tests.web_town import WebTown, text_of


def test_a_month_adds_up(web_town: WebTown) -> None:
    amina = web_town.resident()
    web_town.work(lambda session: factories.awarded(session, resident_id=amina, amount=3000))
    web_town.wait(minutes=5)
    spend(web_town, open_shop(web_town), amina, 450)
    visitor = web_town.visitor().sign_in("amina@example.org")
    page = text_of(visitor.get("/history"))
    assert "At the start 0.00 In +30.00 Out −4.50 Now 25.50 credits" in page
    assert "Santos Deli Mon 23, spent −4.50 25.50" in page
    assert "Greenhouse seed sorting Mon 23, thanked +30.00 30.00" in page


def test_a_month_begins_with_what_the_one_before_it_left(web_town: WebTown) -> None:
    web_town.resident(credits_=1000)
    web_town.wait(days=20)
    visitor = web_town.visitor().sign_in("amina@example.org")
    page = text_of(visitor.get("/history"))
    assert "Nothing in or out in December." in page
    assert "November" in page
    assert "+10.00" in text_of(visitor.get("/history?month=2026-11"))


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "last", "2026-1", "26-11", "2026-11-01", "0000-01"])
def test_there_is_no_page_for_a_month_that_is_none(web_town: WebTown, month: str) -> None:
    web_town.resident()
    visitor = web_town.visitor().sign_in("amina@example.org")
    assert visitor.client.get(f"/history?month={month}").status_code == 404


def test_a_spreadsheet_gets_no_formula(web_town: WebTown) -> None:
    amina = web_town.resident(credits_=1000)
    web_town.wait(minutes=5)
    spend(web_town, open_shop(web_town, name='=HYPERLINK("https://evil.example")'), amina, 450)
    answer = web_town.visitor().sign_in("amina@example.org").client.get("/history/download?month=2026-11")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="credits-2026-11.csv"'
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[0] == ["Date", "Time", "What", "How", "In", "Out", "After", "Reference"]
    assert [row[2:7] for row in rows[1:]] == [
        ['\'=HYPERLINK("https://evil.example")', "spent", "", "4.50", "5.50"],
        ["Correction", "thanked", "10.00", "", "10.00"],
    ]


def test_what_a_shop_undid_comes_back_under_its_name(web_town: WebTown) -> None:
    amina, shop = web_town.resident(credits_=1000), open_shop(web_town)
    web_town.wait(minutes=5)
    taken = spend(web_town, shop, amina, 450)
    web_town.wait(minutes=5)
    web_town.work(
        lambda session: void(session, reference=taken.reference, merchant_id=shop.id, occasion=web_town.occasion())
    )
    visitor = web_town.visitor().sign_in("amina@example.org")
    assert "Santos Deli Mon 23, given back +4.50 10.00" in text_of(visitor.get("/history"))
    page = text_of(visitor.get(f"/history/{to_text(taken.transaction_id)}"))
    assert "Given back since" in page


def test_somebody_elses_transaction_is_as_absent_as_none(web_town: WebTown) -> None:
    amina = web_town.resident(credits_=1000)
    taken = spend(web_town, open_shop(web_town), amina, 450)
    web_town.resident(email="ben@example.org")
    ben = web_town.visitor().sign_in("ben@example.org")
    assert ben.client.get(f"/history/{to_text(taken.transaction_id)}").status_code == 404
    assert ben.client.get(f"/history/{'0' * 26}").status_code == 404


def test_every_end_is_listed_with_its_last_good_day(web_town: WebTown) -> None:
    web_town.resident(credits_=1000)
    page = text_of(web_town.visitor().sign_in("amina@example.org").get("/history/endings"))
    assert "Wednesday 31 May 2028" in page
    assert "10.00" in page
