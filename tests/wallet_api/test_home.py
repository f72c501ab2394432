"""A resident's first page, and who sees which."""

from tests.web_town import WebTown, text_of


def test_a_stranger_is_welcomed(web_town: WebTown) -> None:
    answer = web_town.visitor().get("/")
    assert answer.status_code == 200
    assert "Give time, earn credits, spend them close to home" in text_of(answer)


def test_a_resident_sees_what_they_have(web_town: WebTown) -> None:
    web_town.resident(credits_=3650)
    page = text_of(web_town.visitor().sign_in("amina@example.org").get("/"))
    assert "36.50 credits Ready to spend. Worth £36.50 off in shops or off your council tax." in page


def test_a_resident_with_nothing_is_shown_how_to_earn(web_town: WebTown) -> None:
    web_town.resident()
    page = text_of(web_town.visitor().sign_in("amina@example.org").get("/"))
    assert "0.00 credits You earn by taking part. Find a way to earn" in page
    assert "Nothing yet. What you earn and spend will show here." in page
