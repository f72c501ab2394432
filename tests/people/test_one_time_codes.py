"""One-time codes: ten minutes, five tries, one use, one browser; strangers learn nothing; officers owe their app."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from ledger.errors import InvalidField, TooManyTries
from ledger.occasion import Occasion
from ledger.people import one_time_codes
from ledger.people.errors import CodeEnded, TotpOwed, WrongCode
from ledger.people.models import OneTimeCode, TryCounter
from ledger.people.rules import OrganisationKind, Permission, Realm
from ledger.store import reading, unit_of_work
from tests.people import town
from tests.people.town import later, not_these

HASHING = {"_digest", "seal", "open_sealed"}


def hashing_in(work: Callable[[], object]) -> Counter[str]:
    """How often `work` hashes and encrypts."""
    counted: Counter[str] = Counter()

    def note(frame: FrameType, kind: str, _argument: object) -> None:
        if kind == "call" and frame.f_code.co_name in HASHING and "ledger" in frame.f_code.co_filename:
            counted[frame.f_code.co_name] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def refusal(work: Callable[[], object]) -> str:
    """The code with which `work` is refused."""
    with pytest.raises((WrongCode, CodeEnded, TooManyTries)) as refused:
        work()
    return refused.value.code


def test_the_six_digits_that_were_sent_say_who_it_is(engine: Engine, occasion: Occasion) -> None:
    resident_id = town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "Amina@example.org")
    digits = town.sent_digits(engine)
    confirmed = town.confirm(engine, occasion, request_id, f"{digits[:3]} {digits[3:]}")
    assert (confirmed.person_id, confirmed.realm, confirmed.choices) == (resident_id, Realm.RESIDENT, ())
    assert town.last_notice(engine)["to"] == "amina@example.org"


def test_digits_are_kept_as_a_digest_alone(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    with reading(engine) as session:
        row = session.execute(select(OneTimeCode.code_digest)).scalar_one()
        subjects = session.execute(select(TryCounter.subject)).scalars().all()
    assert len(row) == 32
    assert town.sent_digits(engine).encode() not in row
    assert not any("amina" in subject for subject in subjects)


def test_a_code_is_good_for_ten_minutes_and_not_a_second_longer(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    first = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    digits = town.sent_digits(engine)
    assert town.confirm(engine, later(occasion, minutes=9, seconds=59), first, digits)
    second = town.ask(engine, later(occasion, seconds=1), Realm.RESIDENT, "amina@example.org")
    digits = town.sent_digits(engine)
    assert refusal(lambda: town.confirm(engine, later(occasion, minutes=10, seconds=1), second, digits)) == "code_ended"


def test_a_code_ends_after_five_tries_even_for_who_has_it(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    digits = town.sent_digits(engine)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode) as wrong:
            town.confirm(engine, occasion, request_id, not_these(digits))
        assert wrong.value.tries_left == left
    assert refusal(lambda: town.confirm(engine, occasion, request_id, digits)) == "code_ended"


def test_the_fifth_try_may_be_the_right_one(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    digits = town.sent_digits(engine)
    for _ in range(4):
        assert refusal(lambda: town.confirm(engine, occasion, request_id, not_these(digits))) == "wrong_code"
    assert town.confirm(engine, occasion, request_id, digits)


def test_what_is_not_six_digits_is_a_wrong_code(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    for typed in ("", "12345", "abcdef", "１２３４５６", "\0\ud800"):
        assert refusal(lambda typed=typed: town.confirm(engine, occasion, request_id, typed)) == "wrong_code"


def test_a_try_is_counted_before_it_is_made(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    with unit_of_work(engine) as session, pytest.raises(AssertionError):
        one_time_codes.confirm_code(
            session, request_id=request_id, digits="1", code_key=town.CODE_KEY, occasion=occasion
        )


def test_a_code_is_confirmed_once_and_used_once(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    digits = town.sent_digits(engine)
    town.confirm(engine, occasion, request_id, digits)
    assert refusal(lambda: town.confirm(engine, occasion, request_id, digits)) == "code_ended"
    town.come_in(engine, occasion, request_id)
    assert refusal(lambda: town.come_in(engine, occasion, request_id)) == "code_ended"
    assert refusal(lambda: town.confirm(engine, occasion, request_id, digits)) == "code_ended"


def test_nobody_comes_in_before_the_digits_were_right(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    assert refusal(lambda: town.confirm(engine, occasion, request_id, "000000")) == "wrong_code"
    assert refusal(lambda: town.come_in(engine, occasion, request_id)) == "code_ended"


def test_the_digits_of_one_browser_are_nothing_in_another(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion)
    mine = town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org")
    digits = town.sent_digits(engine)
    theirs = town.ask(engine, later(occasion, seconds=1), Realm.RESIDENT, "amina@example.org")
    assert town.sent_digits(engine) != digits
    assert refusal(lambda: town.confirm(engine, occasion, theirs, digits)) == "wrong_code"
    assert town.confirm(engine, occasion, mine, digits)


def test_a_request_that_never_was_has_ended(engine: Engine, occasion: Occasion) -> None:
    assert refusal(lambda: town.confirm(engine, occasion, occasion.new_id(), "123456")) == "code_ended"
    assert refusal(lambda: town.come_in(engine, occasion, occasion.new_id())) == "code_ended"


@pytest.mark.parametrize("realm", Realm)
def test_bf_03_asking_for_a_stranger_is_like_asking_for_somebody(
    engine: Engine, occasion: Occasion, realm: Realm
) -> None:
    everybody(engine, occasion, "known@example.org")
    hashing: list[Counter[str]] = []
    statements = town.statements_of(engine)
    sent: list[list[str]] = []
    for minute, email in enumerate(("warm@example.org", "known@example.org", "stranger@example.org")):
        at = later(occasion, minutes=minute)
        before = len(statements)
        hashing.append(hashing_in(lambda at=at, email=email: town.ask(engine, at, realm, email)))
        sent.append(statements[before:])
        to = town.last_notice(engine)["to"]
        assert to == (email if email == "known@example.org" else None)
    assert sent[1] == sent[2]
    assert hashing[1] == hashing[2] == {"_digest": 3, "seal": 1}


@pytest.mark.parametrize("realm", Realm)
def test_bf_03_a_wrong_code_of_a_stranger_is_like_anybodys(engine: Engine, occasion: Occasion, realm: Realm) -> None:
    everybody(engine, occasion, "known@example.org")
    seen = []
    for minute, email in enumerate(("known@example.org", "stranger@example.org")):
        request_id = town.ask(engine, later(occasion, minutes=minute), realm, email)
        wrong = not_these(town.sent_digits(engine))
        statements = town.statements_of(engine)
        typed = lambda request_id=request_id, wrong=wrong: town.confirm(engine, occasion, request_id, wrong)  # noqa: E731 (the try itself is what both counters measure)
        hashing = hashing_in(lambda typed=typed: refusal(typed))
        seen.append((hashing, list(statements)))
    assert seen[0] == seen[1]
    assert seen[0][0] == {"_digest": 1}


def test_a_stranger_does_not_come_in_with_the_right_digits(engine: Engine, occasion: Occasion) -> None:
    request_id = town.ask(engine, occasion, Realm.RESIDENT, "stranger@example.org")
    digits = town.sent_digits(engine)
    assert refusal(lambda: town.confirm(engine, occasion, request_id, digits)) == "wrong_code"
    assert refusal(lambda: town.come_in(engine, occasion, request_id)) == "code_ended"


def everybody(engine: Engine, occasion: Occasion, email: str) -> None:
    """Somebody with this address in every realm."""
    town.resident(engine, occasion, email)
    town.officer(engine, occasion, email)
    town.operator(engine, occasion, town.organisation(engine, occasion), email=email)
    organiser = town.organisation(engine, occasion, "Myatt's Fields", OrganisationKind.ORGANISER)
    town.operator(engine, occasion, organiser, email=email)


def test_an_address_is_of_the_realm_it_was_written_down_in(engine: Engine, occasion: Occasion) -> None:
    town.resident(engine, occasion, "amina@example.org")
    for minute, realm in enumerate((Realm.ORGANISER, Realm.MERCHANT, Realm.OFFICE)):
        request_id = town.ask(engine, later(occasion, minutes=minute), realm, "amina@example.org")
        digits = town.sent_digits(engine)
        assert refusal(lambda r=request_id, d=digits: town.confirm(engine, occasion, r, d)) == "wrong_code"


def test_what_is_no_address_is_refused_before_anything_is_counted(engine: Engine, occasion: Occasion) -> None:
    with pytest.raises(InvalidField):
        town.ask(engine, occasion, Realm.RESIDENT, "not an address")
    with reading(engine) as session:
        assert session.execute(select(TryCounter.subject)).all() == []


def test_an_officer_is_not_in_before_their_apps_digits_are_right(engine: Engine, occasion: Occasion) -> None:
    added = town.officer(engine, occasion, "officer@example.org", Permission.APPROVE)
    request_id = town.ask(engine, occasion, Realm.OFFICE, "officer@example.org")
    right = town.app_digits(added, occasion)
    assert refusal(lambda: town.confirm_totp(engine, occasion, request_id, right)) == "code_ended"
    town.confirm(engine, occasion, request_id, town.sent_digits(engine))
    with pytest.raises(TotpOwed):
        town.come_in(engine, occasion, request_id)
    assert refusal(lambda: town.confirm_totp(engine, occasion, request_id, not_these(right))) == "wrong_code"
    town.confirm_totp(engine, occasion, request_id, right)
    begun = town.come_in(engine, occasion, request_id)
    signed_in = town.who(engine, occasion, Realm.OFFICE, begun.token)
    assert signed_in is not None
    assert signed_in.permissions == {Permission.APPROVE}


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_an_app_may_be_one_step_early_or_late(engine: Engine, occasion: Occasion, seconds: int, good: bool) -> None:
    added = town.officer(engine, occasion)
    request_id = officer_confirmed(engine, occasion)
    digits = town.app_digits(added, later(occasion, seconds=seconds))
    if good:
        town.confirm_totp(engine, occasion, request_id, digits)
    else:
        assert refusal(lambda: town.confirm_totp(engine, occasion, request_id, digits)) == "wrong_code"


def test_a_step_of_the_app_is_used_once_and_none_before_it(engine: Engine, occasion: Occasion) -> None:
    added = town.officer(engine, occasion)
    town.confirm_totp(engine, occasion, officer_confirmed(engine, occasion), town.app_digits(added, occasion))
    again = officer_confirmed(engine, later(occasion, seconds=5))
    for step in (0, -30):
        digits = town.app_digits(added, later(occasion, seconds=step))
        assert refusal(lambda d=digits: town.confirm_totp(engine, occasion, again, d)) == "wrong_code"
    next_step = later(occasion, seconds=30)
    town.confirm_totp(engine, next_step, again, town.app_digits(added, next_step))


def test_guesses_at_the_app_end_the_request_like_guesses_at_the_code(engine: Engine, occasion: Occasion) -> None:
    added = town.officer(engine, occasion)
    request_id = officer_confirmed(engine, occasion)
    right = town.app_digits(added, occasion)
    for _ in range(4):
        assert refusal(lambda: town.confirm_totp(engine, occasion, request_id, not_these(right))) == "wrong_code"
    assert refusal(lambda: town.confirm_totp(engine, occasion, request_id, right)) == "code_ended"


def officer_confirmed(engine: Engine, occasion: Occasion) -> UUID:
    """The request of the one officer, the code typed and right."""
    request_id = town.ask(engine, occasion, Realm.OFFICE, "officer@example.org")
    town.confirm(engine, occasion, request_id, town.sent_digits(engine))
    return request_id
