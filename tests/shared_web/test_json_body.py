"""A JSON body has one meaning, or it is refused."""

import pytest
from flask import Flask
from marshmallow import Schema
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from ledger.errors import InvalidField
from shared_web.fields import AmountField, load
from shared_web.json_body import read_json


def read(body: bytes | str, content_type: str = "application/json") -> object:
    with Flask("test").test_request_context(method="POST", data=body, content_type=content_type):
        return read_json()


def test_a_plain_object_is_read() -> None:
    assert read('{"amount": 450, "code": "K7QF", "list": [1, {"a": null}], "é": "\\u00e9[["}')["amount"] == 450


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"[1]",
        b'"text"',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\\u0000"}',
        b'{"a": "\x00"}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 21 + b"]" * 21 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xff\xfe{\x00}\x00",
        '{"a": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": 1}',
        b"{'a': 1}",
        b'{"a": 1,}',
    ],
)
def test_what_two_readers_could_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read(body)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
def test_only_json_is_json(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(b'{"a": 1}', content_type)


class Asked(Schema):
    amount = AmountField()


@pytest.mark.parametrize("amount", [1, 450, 1_000_000])
def test_an_amount_is_whole_minor_units(amount: int) -> None:
    assert load(Asked(), {"amount": amount}) == {"amount": amount}


@pytest.mark.parametrize("amount", [0, -1, 1_000_001, 10**30, 4.5, 4.0, "450", "１２", "1_0", True, None, [1], {}])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(InvalidField) as refusal:
        load(Asked(), {"amount": amount})
    assert refusal.value.field == "amount"


def test_az_03_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidField):
        load(Asked(), {"amount": 1, "balance": 5})
