"""Request keys: one answer for one key, for ever."""

import pytest
from sqlalchemy import Engine

from ledger.book.errors import KeyReused
from ledger.book.requests import Answer, AnsweredByTwin, Asked, find_answer, record_answer
from ledger.store import reading, unit_of_work
from tests.book.town import NOON

ASKED = Asked(principal="till:1", key="k" * 26, route="redeem", digest=b"\x01" * 32)
ANSWER = Answer(status=201, content_type="application/json", body=b'{"reference":"7K2M-9QF"}')


def _record(engine: Engine, asked: Asked, answer: Answer) -> None:
    with unit_of_work(engine) as session:
        record_answer(session.connection(), asked, answer, at=NOON)


def test_the_same_request_gets_the_same_bytes(engine: Engine) -> None:
    _record(engine, ASKED, ANSWER)

    with reading(engine) as session:
        assert find_answer(session.connection(), ASKED) == ANSWER


@pytest.mark.parametrize("changed", [{"digest": b"\x02" * 32}, {"route": "void"}])
def test_a_key_used_for_other_bytes_or_another_route_is_refused(engine: Engine, changed: dict[str, object]) -> None:
    _record(engine, ASKED, ANSWER)
    other = Asked(
        **{"principal": ASKED.principal, "key": ASKED.key, "route": "redeem", "digest": b"\x01" * 32} | changed
    )

    with reading(engine) as session, pytest.raises(KeyReused):
        find_answer(session.connection(), other)


def test_another_principal_may_use_the_same_key_and_reads_nothing(engine: Engine) -> None:
    _record(engine, ASKED, ANSWER)
    stranger = Asked(principal="till:2", key=ASKED.key, route=ASKED.route, digest=ASKED.digest)

    with reading(engine) as session:
        assert find_answer(session.connection(), stranger) is None


def test_a_twin_that_comes_second_is_told_so(engine: Engine) -> None:
    _record(engine, ASKED, ANSWER)

    with pytest.raises(AnsweredByTwin):
        _record(engine, ASKED, ANSWER)
