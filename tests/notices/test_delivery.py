"""The outbox: encrypted until delivered, then empty; one that fails holds up no other and is tried again later."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Lock

import pytest
from sqlalchemy import Engine, select
from structlog.testing import capture_logs

from ledger.notices.backends import Outgoing, chosen, file, log, outbox_path, read_file_outbox
from ledger.notices.delivery import deliver_due
from ledger.notices.messages import sign_in_code
from ledger.notices.models import Notice
from ledger.notices.operations import enqueue
from ledger.notices.rules import wait_after
from ledger.occasion import Occasion
from ledger.store import reading, unit_of_work
from tests.people.town import FIELD_KEYS, later, statements_of


def put(
    engine: Engine, occasion: Occasion, text: str = "Your code is 123456", to: str | None = "a@example.org"
) -> None:
    """Put a notice into the outbox."""
    with unit_of_work(engine) as session:
        enqueue(
            session,
            topic="sign_in_code",
            to=to,
            subject="Your code",
            text=text,
            field_keys=FIELD_KEYS,
            occasion=later(occasion),
        )


def rows(engine: Engine) -> list[tuple[bytes | None, int, bool]]:
    """The payload of each notice, its attempts, and whether it was delivered; the oldest first."""
    with reading(engine) as session:
        found = session.execute(select(Notice.payload, Notice.attempts, Notice.delivered_at).order_by(Notice.at))
        return [(payload, attempts, delivered_at is not None) for payload, attempts, delivered_at in found]


def deliver(engine: Engine, occasion: Occasion, backend: object) -> int:
    """Deliver what is due."""
    return deliver_due(engine, backend=backend, field_keys=FIELD_KEYS, now=occasion.now)


def test_a_notice_rests_encrypted_and_is_emptied_when_it_is_delivered(engine: Engine, occasion: Occasion) -> None:
    put(engine, occasion)
    ((payload, _, _),) = rows(engine)
    assert payload is not None
    assert b"123456" not in payload
    assert b"example.org" not in payload
    sent: list[Outgoing] = []
    assert deliver(engine, occasion, sent.append) == 1
    assert [(one.to, one.subject, one.text) for one in sent] == [("a@example.org", "Your code", "Your code is 123456")]
    assert rows(engine) == [(None, 1, True)]
    assert deliver(engine, later(occasion, days=1), sent.append) == 0
    assert len(sent) == 1


def test_notices_go_out_in_the_order_they_came(engine: Engine, occasion: Occasion) -> None:
    for second in (2, 0, 1):
        put(engine, later(occasion, seconds=second), text=str(second))
    sent: list[Outgoing] = []
    assert deliver(engine, later(occasion, seconds=5), sent.append) == 3
    assert [one.text for one in sent] == ["0", "1", "2"]


def test_one_that_fails_holds_up_no_other_and_is_tried_again_later(engine: Engine, occasion: Occasion) -> None:
    for second, text in enumerate(("bad", "good")):
        put(engine, later(occasion, seconds=second), text=text)
    sent: list[str] = []

    def failing(notice: Outgoing) -> None:
        if notice.text == "bad" and not sent[1:]:
            raise ConnectionRefusedError("a@example.org was refused")
        sent.append(notice.text)

    now = later(occasion, seconds=2)
    with capture_logs() as logs:
        assert deliver(engine, now, failing) == 1
    assert [(line["event"], line["error"]) for line in logs] == [("notice_failed", "ConnectionRefusedError")]
    assert "example.org" not in str(logs)
    assert [(attempts, delivered) for _, attempts, delivered in rows(engine)] == [(1, False), (1, True)]
    sent.append("something else")
    assert deliver(engine, later(now, seconds=29), failing) == 0
    assert deliver(engine, later(now, seconds=30), failing) == 1
    assert rows(engine)[0] == (None, 2, True)


def test_a_notice_that_no_key_opens_is_left_for_when_the_key_is_back(engine: Engine, occasion: Occasion) -> None:
    put(engine, occasion)
    other = ("A" * 43 + "=",)
    with capture_logs():
        assert deliver_due(engine, backend=log, field_keys=other, now=occasion.now) == 0
    assert rows(engine)[0][1:] == (1, False)
    assert deliver(engine, later(occasion, minutes=1), log) == 1


def test_waits_grow_to_an_hour() -> None:
    waits = [wait_after(attempts) / timedelta(seconds=1) for attempts in (1, 2, 3, 7, 8, 50)]
    assert waits == [30, 60, 120, 1920, 3600, 3600]


def test_a_notice_to_nobody_takes_the_same_way_and_tells_nobody(engine: Engine, occasion: Occasion) -> None:
    sent: list[Outgoing] = []
    seen: list[list[str]] = []
    for minute, to in enumerate(("warm@example.org", "a@example.org", None)):
        put(engine, later(occasion, minutes=minute), to=to)
        statements = statements_of(engine)
        assert deliver(engine, later(occasion, minutes=minute), sent.append) == 1
        seen.append(list(statements))
    assert [one.to for one in sent] == ["warm@example.org", "a@example.org"]
    assert seen[1] == seen[2]
    assert rows(engine) == [(None, 1, True)] * 3


def test_two_who_deliver_at_once_send_each_notice_once(engine: Engine, occasion: Occasion) -> None:
    for number in range(6):
        put(engine, later(occasion, seconds=number), text=str(number))
    sent: list[str] = []
    lock, together = Lock(), Barrier(2)

    def slow(notice: Outgoing) -> None:
        with lock:
            sent.append(notice.text)

    def one(_number: int) -> int:
        together.wait()
        return deliver(engine, later(occasion, seconds=10), slow)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, range(2))) == 6
    assert sorted(sent) == ["0", "1", "2", "3", "4", "5"]


def outgoing(occasion: Occasion, text: str) -> Outgoing:
    """A notice on its way."""
    return Outgoing(
        id=occasion.new_id(), topic="sign_in_code", at=occasion.now, to="a@example.org", subject="Your code", text=text
    )


def test_the_log_has_the_topic_and_nothing_else(occasion: Occasion) -> None:
    with capture_logs() as logs:
        log(outgoing(occasion, "Your code is 123456"))
    (line,) = logs
    assert {key for key in line if key != "log_level"} == {"event", "topic", "notice_id"}
    assert "123456" not in str(line)
    assert "123456" not in repr(outgoing(occasion, "Your code is 123456"))


def test_the_file_has_a_line_a_notice_for_its_owner_only(tmp_path: Path, occasion: Occasion) -> None:
    send = chosen("file", data=tmp_path)
    path = outbox_path(tmp_path)
    assert read_file_outbox(path, 5) == []
    for text in ("one", 'two "quoted"\nand a second line', "three \u2028 Säen"):
        send(outgoing(occasion, text))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert len(path.read_bytes().split(b"\n")) == 4
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
    assert [line["text"] for line in read_file_outbox(path, 2)] == [
        'two "quoted"\nand a second line',
        "three \u2028 Säen",
    ]
    assert set(read_file_outbox(path, 1)[0]) == {"id", "topic", "at", "to", "subject", "text"}


def test_the_settings_name_the_way_out(tmp_path: Path) -> None:
    assert chosen("log", data=tmp_path) is log
    assert callable(file(tmp_path / "x"))
    with pytest.raises(KeyError):
        chosen("pigeon", data=tmp_path)


def test_the_sign_in_code_is_in_the_text_and_not_in_the_subject() -> None:
    message = sign_in_code("012345")
    assert "012345" in message.text
    assert "012345" not in message.subject
    assert "012345" not in repr(message)
