"""One way in for everyone: six digits, an officer's app, and a cookie that means nothing elsewhere."""

import pytest
from flask.testing import FlaskClient
from pyotp import TOTP
from sqlalchemy import Engine, event

from ledger.people.rules import Realm
from ledger.people.sign_ins import sign_ins_of
from ledger.store import reading
from tests.shared_web.conftest import Town


def cookie(browser: FlaskClient, realm: str) -> str | None:
    found = browser.get_cookie(f"tallystick-{realm}")
    return found.value if found else None


def test_a_resident_comes_in_by_the_digits_that_came(town: Town) -> None:
    browser = town.browser()
    digits = town.ask_code(browser, "Amina@Example.org")
    answer = browser.post("/sign-in/code", data={"digits": f" {digits[:3]} {digits[3:]} "})
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/earn").status_code == 200


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(town: Town) -> None:
    browser = town.browser()
    answer = browser.post("/sign-in/code", data={"digits": town.ask_code(browser, "amina@example.org")})
    told = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("tallystick-resident="))
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=7776000"):
        assert part in told
    assert "Domain" not in told


def test_bf_03_a_known_and_an_unknown_address_are_answered_alike(town: Town) -> None:
    pages, statements = [], []
    for number, address in enumerate(("amina@example.org", "nobody@example.org")):
        browser, counted = town.browser(), count_statements(town)
        home = {"REMOTE_ADDR": f"198.51.100.{number}"}
        answer = browser.post("/sign-in", data={"email": address}, environ_overrides=home)
        pages.append((answer.status_code, answer.location, browser.get("/sign-in/code").text.replace(address, "…")))
        statements.append(counted.stop())
    assert strip_tokens(pages[0]) == strip_tokens(pages[1])
    assert statements[0] == statements[1]


def test_bf_01_five_wrong_codes_end_the_code_and_the_right_one_comes_too_late(town: Town) -> None:
    browser = town.browser()
    digits = town.ask_code(browser, "amina@example.org")
    wrong = "000000" if digits != "000000" else "111111"
    answers = [browser.post("/sign-in/code", data={"digits": wrong}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [410]
    assert "4 tries left" in answers[0].text
    assert browser.post("/sign-in/code", data={"digits": digits}).status_code == 410


def test_bf_01_a_code_is_good_for_ten_minutes_and_once(town: Town) -> None:
    late, twice = town.browser(), town.browser()
    digits = town.ask_code(late, "amina@example.org")
    town.clock.turn(minutes=10)
    assert late.post("/sign-in/code", data={"digits": digits}).status_code == 410
    digits = town.ask_code(twice, "amina@example.org")
    asked = twice.get_cookie("tallystick-browser")
    assert asked is not None
    assert twice.post("/sign-in/code", data={"digits": digits}).location == "/"
    assert twice.post("/sign-in/code", data={"digits": digits}).location == "/sign-in"
    twice.set_cookie("tallystick-browser", asked.value)
    assert twice.post("/sign-in/code", data={"digits": digits}).status_code == 410


def test_bf_01_a_code_is_bound_to_the_browser_that_asked(town: Town) -> None:
    digits = town.ask_code(town.browser(), "amina@example.org")
    other = town.browser()
    assert other.post("/sign-in/code", data={"digits": digits}).location == "/sign-in"
    town.ask_code(other, "amina@example.org")
    assert other.post("/sign-in/code", data={"digits": digits}).status_code == 422


def test_bf_01_the_sixth_ask_in_a_quarter_of_an_hour_is_told_to_wait(town: Town) -> None:
    browser = town.browser()
    answers = [browser.post("/sign-in", data={"email": "amina@example.org"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "900"
    assert "Wait 15 minutes" in answers[-1].text


@pytest.mark.parametrize(
    ("face", "email"), [("", "amina@example.org"), ("/office", "grace@example.org"), ("/merchant", "rosa@example.org")]
)
def test_bf_01_a_stranger_locks_nobody_out_by_asking_for_codes(small_town: Town, face: str, email: str) -> None:
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    asked = [
        small_town.browser().post(f"{face}/sign-in", data={"email": email}, environ_overrides=stranger).status_code
        for _ in range(7)
    ]
    assert asked == [303] * 5 + [429] * 2
    owner = small_town.browser()
    digits = small_town.ask_code(owner, email, face=face)
    assert owner.post(f"{face}/sign-in/code", data={"digits": digits}).status_code == 303


def test_bf_01_a_stranger_who_is_out_of_tries_learns_nothing_of_an_address(small_town: Town) -> None:
    told = []
    for email in ("amina@example.org", "nobody@example.org"):
        answers = [small_town.browser().post("/sign-in", data={"email": email}) for _ in range(6)]
        told.append([(one.status_code, one.location, one.headers.get("Retry-After")) for one in answers])
    assert told[0] == told[1]


def test_an_officer_owes_the_digits_of_their_app(town: Town) -> None:
    browser = town.browser()
    digits = town.ask_code(browser, "grace@example.org", face="/office")
    browser.post("/office/sign-in/code", data={"digits": digits})
    assert browser.get("/office/nowhere").status_code == 404
    assert cookie(browser, "office") is None
    assert browser.post("/office/sign-in/app", data={"digits": "000000"}).status_code == 422
    shown = TOTP(town.grace.totp_secret).at(town.clock.instant)
    assert browser.post("/office/sign-in/app", data={"digits": shown}).status_code == 303
    assert cookie(browser, "office")


def test_who_acts_for_two_shops_says_for_which(town: Town) -> None:
    browser = town.browser()
    digits = town.ask_code(browser, "rosa@example.org", face="/merchant")
    answer = browser.post("/merchant/sign-in/code", data={"digits": digits})
    assert answer.location == "/merchant/sign-in/organisation"
    page = browser.get("/merchant/sign-in/organisation").text
    assert "Santos Deli" in page
    assert "Corner Books" in page
    assert browser.post("/merchant/sign-in/organisation", data={}).status_code == 422
    value = page.split('name="organisation" type="radio" value="')[1].split('"')[0]
    assert browser.post("/merchant/sign-in/organisation", data={"organisation": value}).location == "/merchant/"
    assert cookie(browser, "merchant")


def test_wb_02_a_planted_cookie_is_replaced_at_sign_in_and_the_old_sign_in_ends(town: Town) -> None:
    first = town.resident()
    planted = cookie(first, "resident")
    assert planted
    victim = town.browser()
    victim.set_cookie("tallystick-resident", planted)
    answer = victim.post("/sign-in/code", data={"digits": town.ask_code(victim, "amina@example.org")})
    assert answer.status_code == 303
    assert cookie(victim, "resident") != planted
    assert first.get("/earn").status_code == 303
    assert victim.get("/earn").status_code == 200


def test_one_realms_cookie_means_nothing_in_another(town: Town) -> None:
    resident = town.resident()
    token = cookie(resident, "resident")
    assert token
    for realm, path in (("merchant", "/merchant/api/x"), ("office", "/office/"), ("organiser", "/organise/")):
        resident.set_cookie(f"tallystick-{realm}", token)
        assert resident.get(path).status_code in (303, 401, 404)
        assert resident.get(path).status_code != 200


def test_wb_09_signing_out_ends_the_sign_in_and_empties_the_browser(town: Town) -> None:
    browser = town.resident()
    token = cookie(browser, "resident")
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (303, '"storage"')
    assert cookie(browser, "resident") is None
    browser.set_cookie("tallystick-resident", token or "")
    assert browser.get("/earn").status_code == 303


def test_an_idle_officer_is_out_after_half_an_hour(town: Town) -> None:
    browser = town.officer()
    town.clock.turn(minutes=29)
    assert browser.get("/office/sign-in").status_code == 303
    town.clock.turn(minutes=29)
    assert browser.get("/office/sign-in").status_code == 303
    town.clock.turn(minutes=30)
    assert browser.get("/office/sign-in").status_code == 200


def test_a_use_is_noted_once_a_minute(town: Town) -> None:
    browser, noted = town.resident(), []
    for seconds in (30, 40, 40):
        town.clock.turn(seconds=seconds)
        browser.get("/earn")
        with reading(town.engine) as session:
            noted.append(sign_ins_of(session, realm=Realm.RESIDENT, person_id=town.amina)[0].active_at)
    assert noted[0] < noted[1] == noted[2]


@pytest.mark.parametrize(
    "onward",
    [
        "//evil",
        "/\\evil",
        "https:evil",
        "%2f%2fevil",
        "javascript:alert(1)",
        "office.outstanding.show",
        "residents.nothing",
        "residents.code.result",
        "residents.",
        "%00",
    ],
)
def test_wb_04_after_signing_in_nobody_is_led_elsewhere(small_town: Town, onward: str) -> None:
    browser = small_town.browser()
    digits = small_town.ask_code(browser, "amina@example.org", onward=f"?next={onward}")
    assert browser.post("/sign-in/code", data={"digits": digits}).location == "/"


def test_after_signing_in_people_are_where_they_wanted_to_be(small_town: Town) -> None:
    browser = small_town.browser()
    turned_away = browser.get("/earn")
    assert turned_away.status_code == 303
    digits = small_town.ask_code(browser, "amina@example.org", onward="?" + turned_away.location.partition("?")[2])
    assert browser.post("/sign-in/code", data={"digits": digits}).location == "/earn"


def test_an_officer_is_where_they_wanted_to_be_too(small_town: Town) -> None:
    browser = small_town.browser()
    turned_away = browser.get("/office/programmes")
    onward = "?" + turned_away.location.partition("?")[2]
    digits = small_town.ask_code(browser, "grace@example.org", face="/office", onward=onward)
    browser.post("/office/sign-in/code", data={"digits": digits})
    shown = TOTP(small_town.grace.totp_secret).at(small_town.clock.instant)
    assert browser.post("/office/sign-in/app", data={"digits": shown}).location == "/office/programmes"


def test_nobody_chooses_an_organisation_before_their_code(small_town: Town) -> None:
    browser = small_town.browser()
    small_town.ask_code(browser, "rosa@example.org", face="/merchant")
    assert browser.get("/merchant/sign-in/organisation").status_code == 410


def test_who_only_looks_is_let_in_while_nothing_can_be_written(small_town: Town) -> None:
    browser = small_town.resident()
    engine = small_town.app.extensions["tallystick"].engine()

    @event.listens_for(engine, "connect")
    def keep_as_it_is(connection: object, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    engine.dispose()
    small_town.clock.turn(minutes=2)
    assert browser.get("/details").status_code == 200


def test_what_is_no_address_is_asked_again(small_town: Town) -> None:
    answer = small_town.browser().post("/sign-in", data={"email": "not an address"})
    assert answer.status_code == 422
    assert "Enter an e-mail address like name@example.org" in answer.text
    assert "not an address" in answer.text
    assert "<title>Error: " in answer.text


class count_statements:  # noqa: N801 (used like a function)
    """What was asked of the database from now on: the statements without their values."""

    def __init__(self, town: Town) -> None:
        with town.app.app_context():
            self.engine: Engine = town.app.extensions["tallystick"].engine()
        self.seen: list[str] = []
        event.listen(self.engine, "before_cursor_execute", self.note)

    def note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.seen.append(statement)

    def stop(self) -> list[str]:
        event.remove(self.engine, "before_cursor_execute", self.note)
        return self.seen


def strip_tokens(page: tuple[int, str, str]) -> tuple[int, str, str]:
    """A page without its token against forgery, which is drawn for each browser."""
    lines = [line for line in page[2].splitlines() if "csrf_token" not in line]
    return (page[0], page[1], "\n".join(lines))
