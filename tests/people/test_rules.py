"""The pure rules about people: addresses, names, PINs, the lives of sign-ins and of proposals."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidField, MoveRefused
from ledger.people.digests import code_digest, draw_digits, email_digest, token_digest
from ledger.people.pins import hash_pin, pin_matches
from ledger.people.rules import (
    LIVES,
    ProposalState,
    Realm,
    SignInKind,
    check_pin_strength,
    check_proposal_move,
    is_live,
    is_locked,
    normalise_email,
    proposal_digest,
    six_digits,
    tidy,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
UUID_A, UUID_B = UUID(int=1), UUID(int=2)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Amina@Example.ORG", "amina@example.org"),
        ("  amina@example.org\n", "amina@example.org"),
        ("amina@town.test", "amina@town.test"),
        ("amina+credits@example.org", "amina+credits@example.org"),
    ],
)
def test_an_address_is_the_same_however_it_is_typed(typed: str, stored: str) -> None:
    assert normalise_email(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "amina", "amina@", "@example.org", "a b@example.org", "a@b", "a@example.org\0", "\ud800@example.org"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidField) as refused:
        normalise_email(typed)
    assert refused.value.field == "email"


@given(st.text(max_size=200))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        stored = normalise_email(text)
    except InvalidField:
        return
    assert normalise_email(stored) == stored


def test_a_name_is_stored_composed_and_without_space_around_it() -> None:
    assert tidy("name", "  Zoe\u0308 ") == "Zo\u00eb"


@pytest.mark.parametrize("text", ["", "   ", "a\0b", "a\u202eb", "a\u200bb", "a\nb", "a\ud800b", "x" * 121])
def test_a_name_that_cannot_be_seen_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        tidy("name", text)


@pytest.mark.parametrize("typed", ["123 456", " 123456 ", "123456"])
def test_digits_may_be_typed_with_spaces(typed: str) -> None:
    assert six_digits(typed) == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "１２３４５６", "٠١٢٣٤٥", "-12345", ""])
def test_anything_else_is_no_six_digits(typed: str) -> None:
    assert six_digits(typed) == ""


@pytest.mark.parametrize(
    "pin", ["000000", "777777", "123456", "654321", "012345", "789012", "109876", "121212", "123123"]
)
def test_a_pin_that_many_would_choose_is_refused(pin: str) -> None:
    with pytest.raises(InvalidField):
        check_pin_strength(pin)


@pytest.mark.parametrize("pin", ["83615", "8361520", "83615a", "836 152", "", "８３６１５２"])
def test_a_pin_is_six_digits(pin: str) -> None:
    with pytest.raises(InvalidField):
        check_pin_strength(pin)


@pytest.mark.parametrize("pin", ["836152", "112233", "135790"])
def test_any_other_six_digits_are_a_pin(pin: str) -> None:
    check_pin_strength(pin)


def test_a_pin_is_kept_as_argon2id_with_its_own_salt() -> None:
    first, second = hash_pin("836152", lambda count: b"a" * count), hash_pin("836152", lambda count: b"b" * count)
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert pin_matches("836152", first)
    assert not pin_matches("836153", first)
    assert not pin_matches("", first)


def test_a_residents_sign_in_ends_after_thirty_days_unused() -> None:
    life = {"expires_at": NOON + timedelta(days=90), "active_at": NOON}
    last = NOON + timedelta(days=30) - SECOND
    assert is_live(Realm.RESIDENT, SignInKind.PERSON, **life, now=last)
    assert not is_live(Realm.RESIDENT, SignInKind.PERSON, **life, now=last + SECOND)


def test_an_officers_sign_in_ends_after_thirty_minutes_unused() -> None:
    life = {"expires_at": NOON + timedelta(hours=8), "active_at": NOON}
    last = NOON + timedelta(minutes=30) - SECOND
    assert is_live(Realm.OFFICE, SignInKind.PERSON, **life, now=last)
    assert not is_live(Realm.OFFICE, SignInKind.PERSON, **life, now=last + SECOND)


def test_every_sign_in_ends_at_its_end_however_much_it_is_used() -> None:
    for (realm, kind), life in LIVES.items():
        ends = NOON + life.lasts
        assert is_live(realm, kind, active_at=ends - SECOND, expires_at=ends, now=ends - SECOND)
        assert not is_live(realm, kind, active_at=ends, expires_at=ends, now=ends)


def test_a_till_locks_at_five_idle_minutes() -> None:
    assert not is_locked(active_at=NOON, now=NOON + timedelta(minutes=5) - SECOND)
    assert is_locked(active_at=NOON, now=NOON + timedelta(minutes=5))


def test_a_proposal_has_five_moves_and_no_more() -> None:
    states = list(ProposalState)
    moves = {(now, wanted) for now in states for wanted in states if moves_to(now, wanted)}
    decided = {("proposed", "approved"), ("proposed", "sent_back"), ("approved", "used")}
    assert moves == decided | {("proposed", "void"), ("approved", "void")}


def moves_to(now: ProposalState, wanted: ProposalState) -> bool:
    """Whether a proposal's life has this move."""
    try:
        check_proposal_move(now, wanted)
    except MoveRefused:
        return False
    return True


def test_the_digest_of_a_proposal_is_of_its_kind_and_content_whatever_the_order() -> None:
    digest = proposal_digest("allotment", {"amount": 60000, "purpose": "Sämann"})
    assert digest == proposal_digest("allotment", {"purpose": "Sämann", "amount": 60000})
    assert digest != proposal_digest("allotment", {"amount": 60001, "purpose": "Sämann"})
    assert digest != proposal_digest("payment", {"amount": 60000, "purpose": "Sämann"})
    assert digest != proposal_digest("allotment", {"amount": "60000", "purpose": "Sämann"})
    assert digest == sha256('["allotment",{"amount":60000,"purpose":"Sämann"}]'.encode()).digest()


@pytest.mark.parametrize("content", [{"amount": 1.5}, {"days": (1, 2)}, {1: "x"}, {"at": NOON}])
def test_a_proposal_holds_nothing_that_has_two_spellings(content: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        proposal_digest("allotment", content)


def test_a_digest_is_good_for_one_purpose_request_and_realm() -> None:
    first, second = (code_digest("123456", request_id, b"k") for request_id in (UUID_A, UUID_B))
    digests = {
        first,
        second,
        code_digest("123457", UUID_A, b"k"),
        code_digest("123456", UUID_A, b"another key"),
        token_digest("123456", Realm.RESIDENT, b"k"),
        token_digest("123456", Realm.OFFICE, b"k"),
        bytes.fromhex(email_digest("123456", b"k")),
    }
    assert len(digests) == 7


def test_digits_are_drawn_evenly() -> None:
    """2³² is no multiple of a million: what lies past the last whole million is drawn again."""
    draws = iter([(4_294_967_295).to_bytes(4, "big"), (4_294_000_000).to_bytes(4, "big"), (7).to_bytes(4, "big")])
    assert draw_digits(lambda _count: next(draws)) == "000007"
