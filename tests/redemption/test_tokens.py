"""What a QR holds, how presented text is read, and the digest it is found by."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.redemption.errors import CodeInvalid
from ledger.redemption.rules import PresentationKind
from ledger.redemption.tokens import Presented, new_token, presentation_digest, read_presented

TOKEN = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
KEY = b"only for tests, thirty-two bytes"


def test_a_token_is_128_random_bits_in_26_symbols() -> None:
    assert new_token(lambda length: b"\xff" * length) == TOKEN
    assert new_token(lambda length: b"\0" * length) == "0" * 26


@given(st.binary(min_size=16, max_size=16))
def test_a_token_is_read_back_in_any_case_and_from_its_address(drawn: bytes) -> None:
    token = new_token(lambda _length: drawn)
    expected = Presented(kind=PresentationKind.QR, secret=token)

    for text in (token, token.lower(), f"HTTPS://X.ORG/P/{token}", f"https://x.org/p/{token.lower()}\n", f"/P/{token}"):
        assert read_presented(text) == expected


def test_a_short_code_is_known_by_its_shape() -> None:
    assert read_presented(" k7qf-2m9x-w ") == Presented(kind=PresentationKind.SHORT, secret="K7QF2M9XW")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8" + TOKEN[1:],
        TOKEN[:-1],
        TOKEN + "Z",
        TOKEN[:-1] + "U",
        TOKEN[:-1] + "\u017f",
        TOKEN[:-1] + "\uff3a",
        f"HTTPS://X.ORG/C/{TOKEN}",
        f"HTTPS://X.ORG/P/{TOKEN}/",
        f"HTTPS://X.ORG/P/{TOKEN}?amount=1",
        f"HTTPS://X.ORG/A/P/{TOKEN}",
        f"HTTPS://SOMEBODY@X.ORG/P/{TOKEN}",
        "HTTPS://X.ORG/P/K7QF2M9XW",
        f"javascript:/P/{TOKEN}",
        f"otpauth://x/P/{TOKEN}",
        "TS1:ABCDEF",
        "A" * 4096,
        "\0",
    ],
)
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(CodeInvalid) as refused:
        read_presented(text)

    assert refused.value.reason == "shape"


def test_the_digest_is_an_hmac_that_keeps_the_kinds_apart() -> None:
    shown = Presented(kind=PresentationKind.QR, secret=TOKEN)
    message = b"tallystick/presentation/qr/1\0" + TOKEN.encode()

    assert presentation_digest(shown, code_key=KEY) == hmac.new(KEY, message, hashlib.sha256).digest()
    other = Presented(kind=PresentationKind.SHORT, secret=TOKEN)
    assert presentation_digest(other, code_key=KEY) != presentation_digest(shown, code_key=KEY)
    assert presentation_digest(shown, code_key=b"another") != presentation_digest(shown, code_key=KEY)


def test_a_secret_is_not_written_out() -> None:
    assert TOKEN not in repr(Presented(kind=PresentationKind.QR, secret=TOKEN))
