"""Forty kinds of damaged answer: each is refused whole, with its line and field, or taken in once and never twice."""

import hashlib
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from ledger.book.models import Transaction
from ledger.check_books import check_books
from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.exchange_models import CouncilTaxAnswer
from ledger.council_tax.rules import BatchState
from ledger.store import reading
from tests.council_tax.town import apply, at
from tests.revenues.town import Exchange, exchange, household

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
BASES = ("20001234", "20004567", "20007890", "20003210")
ROW = {"H": 0, "A": 1, "P": 2, "R": 3, "D": 4, "T": 5}

Damage = Callable[[list[list[str]]], None]


def put(row: str, place: int, text: str) -> Damage:
    """Write something else into a field, places counted from 1."""

    def damage(rows: list[list[str]]) -> None:
        rows[ROW[row]][place - 1] = text

    return damage


def every(*damages: Damage) -> Damage:
    """Several at once, so that the sums agree again."""

    def damage(rows: list[list[str]]) -> None:
        for one in damages:
            one(rows)

    return damage


def without(row: str) -> Damage:
    return lambda rows: rows.__delitem__(ROW[row])


def twice(rows: list[list[str]]) -> None:
    rows.insert(ROW["A"], list(rows[ROW["A"]]))
    rows[-1][1:3] = ["000005", "2"]
    rows[-1][6] = "6200"


def swapped_ids(rows: list[list[str]]) -> None:
    first, second = rows[ROW["A"]], rows[ROW["P"]]
    first[2], second[2] = second[2], first[2]


def one_line_more(rows: list[list[str]]) -> None:
    rows.insert(ROW["T"], ["R", "000005", "01M81C123GENQV94TQRBCJ3950", "R", "D01", "0", "", "N"])
    rows[-1][1], rows[-1][4] = "000005", "2"


def one_line_fewer(rows: list[list[str]]) -> None:
    del rows[ROW["R"]]
    rows[-1][1], rows[-1][4] = "000003", "0"


def one_field_more(rows: list[list[str]]) -> None:
    rows[ROW["A"]] += ["", ""]


def a_blank_line(rows: list[list[str]]) -> None:
    rows.insert(ROW["R"], [""])


def header_again(rows: list[list[str]]) -> None:
    rows.insert(ROW["R"], list(rows[0]))


def refused_with_lines(rows: list[list[str]]) -> None:
    rows[0][8:] = ["X", "F05"]


DAMAGES: dict[str, tuple[Damage, int, str]] = {
    "another record than H": (put("H", 1, "h"), 1, "kind"),
    "another kind": (put("H", 2, "CTS"), 1, "kind"),
    "another version": (put("H", 3, "2"), 1, "version"),
    "another council": (put("H", 4, "E09000032"), 1, "authority"),
    "an authority in lower case": (put("H", 4, "e09000022"), 1, "authority"),
    "the test environment": (put("H", 5, "T"), 1, "environment"),
    "a number of no file": (put("H", 6, "000009"), 1, "sequence"),
    "number 0": (put("H", 6, "000000"), 1, "sequence"),
    "a number of five digits": (put("H", 6, "00001"), 1, "sequence"),
    "another hash": (put("H", 7, "0" * 64), 1, "SHA-256"),
    "a hash in capitals": (lambda rows: rows[0].__setitem__(6, rows[0][6].upper() + "A"), 1, "SHA-256"),
    "a time that is none": (put("H", 8, "2026-11-31T07:15:00Z"), 1, "time"),
    "no verdict": (put("H", 9, ""), 1, "verdict"),
    "a verdict of two letters": (put("H", 9, "AX"), 1, "verdict"),
    "taken in, with a refusal's code": (put("H", 10, "F05"), 1, "file code"),
    "a file code that is none": (put("H", 10, "F11"), 1, "file code"),
    "refused, with lines": (refused_with_lines, 2, "record"),
    "another record than R": (put("A", 1, "S"), 2, "record"),
    "no such line of ours": (put("A", 2, "000008"), 2, "line"),
    "an id of another line": (swapped_ids, 2, "txn_id"),
    "an id with a letter that is none": (put("A", 3, "U" * 26), 2, "txn_id"),
    "an outcome that is none": (put("A", 4, "Z"), 2, "outcome"),
    "an outcome of two letters": (put("A", 4, "AP"), 2, "outcome"),
    "an item code of another outcome": (put("A", 5, "D01"), 2, "item code"),
    "an item code that is none": (put("R", 5, "D99"), 4, "item code"),
    "an item code of reversals": (put("R", 5, "D09"), 4, "item code"),
    "less than nothing applied": (put("A", 6, "-2500"), 2, "pence applied"),
    "pounds, not pence": (put("A", 6, "25.00"), 2, "pence applied"),
    "more applied than was sent": (every(put("A", 6, "2600"), put("T", 7, "3800")), 2, "pence applied"),
    "applied, and only in part": (every(put("A", 6, "2400"), put("T", 7, "3600")), 2, "pence applied"),
    "in part, and wholly": (every(put("P", 6, "2500"), put("T", 7, "5000")), 3, "pence applied"),
    "rejected, and something applied": (put("R", 6, "1"), 4, "pence applied"),
    "applied on no day": (put("A", 7, ""), 2, "date posted"),
    "applied on a day there is not": (put("A", 7, "2026-02-30"), 2, "date posted"),
    "applied on a day to come": (put("A", 7, "2026-12-24"), 2, "date posted"),
    "rejected on a day": (put("R", 7, "2026-11-23"), 4, "date posted"),
    "a bill that is none": (put("A", 8, "BS"), 2, "bill"),
    "a line twice": (twice, 3, "line"),
    "a line too many": (one_line_more, 6, "line"),
    "a line too few": (one_line_fewer, 5, "count"),
    "a line missing that is counted": (without("R"), 5, "count"),
    "a field too many": (one_field_more, 2, "fields"),
    "a blank line": (a_blank_line, 4, "characters"),
    "the header again": (header_again, 4, "fields"),
    "no trailer": (without("T"), 5, "record"),
    "a wrong count": (put("T", 2, "000005"), 6, "count"),
    "a wrong count of applied": (put("T", 3, "2"), 6, "applied"),
    "a wrong sum": (put("T", 7, "3701"), 6, "pence applied"),
    "pence in the other sum": (every(put("T", 7, "3600"), put("T", 8, "100")), 6, "RED pence applied"),
    "a retry of what is decided": (lambda rows: rows[ROW["A"]].append("2026-12-01"), 2, "retry after"),
    "a character that is not ASCII": (put("A", 8, "\xe9"), 2, "characters"),
    "a tab": (put("A", 8, "B\t"), 2, "characters"),
}


def answered(engine: Engine) -> tuple[Exchange, bytes]:
    """Four lines sent, and a sound answer: one applied, one in part, one rejected, one deferred."""
    made = exchange(engine, today=MONDAY)
    for minute, base in enumerate(BASES):
        apply(engine, household(made, base), 2500, at(2026, 11, 22, 12, minute))
    accounts = made.revenues.accounts
    accounts["20004567"].liability = {2026: 1200}
    accounts["20007890"].on_hold = True
    accounts["20003210"].suppressed_until = date(2026, 11, 25)
    return made, made.deliver(made.night(SUNDAY))


def rows_of(answer: bytes) -> list[list[str]]:
    return [line.split(",") for line in answer.decode("latin-1").split("\r\n")[:-1]]


def text_of(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode("latin-1")


def state_of(made: Exchange) -> tuple[BatchState, int, int]:
    """The batch's state, how many answers were kept and how many transactions there are."""
    with reading(made.engine) as session:
        counts = (select(func.count()).select_from(model) for model in (CouncilTaxAnswer, Transaction))
        kept, posted = (session.execute(count).scalar_one() for count in counts)
    return made.view(1).state, kept, posted


def test_bt_05_there_are_forty_kinds() -> None:
    assert len(DAMAGES) >= 40


def test_bt_05_a_damaged_answer_is_refused_whole_and_the_sound_one_applied_once(engine: Engine) -> None:
    made, sound = answered(engine)
    before = state_of(made)

    for name, (damage, line, field) in DAMAGES.items():
        rows = rows_of(sound)
        damage(rows)
        with pytest.raises(AnswerDamaged) as caught:
            made.take(text_of(rows), MONDAY)
        assert (name, caught.value.line, caught.value.field) == (name, line, field)
    assert state_of(made) == before

    taken = made.take(sound, MONDAY)
    assert (taken.lines, taken.applied, taken.returned) == (4, 3700, 3800)
    after = state_of(made)
    assert made.take(sound, MONDAY).again
    assert state_of(made) == after
    with reading(engine) as session:
        assert check_books(session) == []


def test_bt_05_an_answer_cut_short_at_any_byte_is_refused_whole(engine: Engine) -> None:
    made, sound = answered(engine)
    before = state_of(made)

    for length in [*range(0, len(sound) - 12, 7), *range(len(sound) - 12, len(sound))]:
        with pytest.raises(AnswerDamaged):
            made.take(sound[:length], MONDAY)

    assert state_of(made) == before


def test_bt_05_an_answer_with_other_line_ends_is_refused_whole(engine: Engine) -> None:
    made, sound = answered(engine)

    for other in (
        sound.replace(b"\r\n", b"\n"),
        sound.replace(b"\r\n", b"\r"),
        sound + b"\r\n",
        b"\xef\xbb\xbf" + sound,
    ):
        with pytest.raises(AnswerDamaged):
            made.take(other, MONDAY)


def test_bt_05_lines_in_another_order_are_the_same_answer(engine: Engine) -> None:
    made, sound = answered(engine)
    rows = rows_of(sound)
    rows[1:5] = reversed(rows[1:5])

    assert made.take(text_of(rows), MONDAY).applied == 3700
    after = state_of(made)

    assert made.take(text_of(rows), MONDAY).again
    assert made.take(sound, MONDAY).again
    assert state_of(made) == after


def test_bt_05_a_refusal_after_the_answer_changes_nothing(engine: Engine) -> None:
    made, sound = answered(engine)
    made.take(sound, MONDAY)
    after = state_of(made)
    head, end = rows_of(sound)[0], ["T", "000000", "0", "0", "0", "0", "0", "0"]
    head[8:] = ["X", "F05"]

    with pytest.raises(AnswerDiffers):
        made.take(text_of([head, end]), MONDAY)

    assert state_of(made) == after


def changes(made: Exchange, *rows: str, number: str = "000001,000000") -> bytes:
    """A CTU file of these lines, its trailer as it must be."""
    head = f"H,CTU,1,E09000022,P,{number},2026-11-23T07:20:00Z"
    body = "".join(f"{row}\r\n" for row in (head, *rows)).encode("ascii")
    total = sum(int(row.split(",")[3]) for row in rows)
    return body + f"T,{len(rows):06d},{total},{hashlib.sha256(body).hexdigest()}\r\n".encode("ascii")


def test_bt_05_damaged_changes_are_refused_whole(engine: Engine) -> None:
    made, sound = answered(engine)
    made.take(sound, MONDAY)
    applied, rejected = (rows_of(sound)[ROW[name]][2] for name in "AR")
    good = f"U,{applied},C01,500,2026-11-23"
    damaged = {
        "an item that was not applied": changes(made, good, f"U,{rejected},C01,1,2026-11-23"),
        "an item of nobody": changes(made, good, f"U,{'0' * 26},C01,1,2026-11-23"),
        "more than was applied, in two lines": changes(made, good, f"U,{applied},C01,2001,2026-11-23"),
        "nothing taken back": changes(made, good, f"U,{applied},C01,0,2026-11-23"),
        "a code that is none": changes(made, good, f"U,{applied},C05,1,2026-11-23"),
        "a day to come": changes(made, good, f"U,{applied},C01,1,2026-11-24"),
        "a gap": changes(made, good, number="000002,000001"),
        "another number before": changes(made, good, number="000001,000005"),
        "a wrong sum": changes(made, good).replace(b"T,000001,500", b"T,000001,501"),
        "a wrong hash": changes(made, good)[:-66] + b"0" * 64 + b"\r\n",
        "a byte changed": changes(made, good).replace(b"C01", b"C02"),
    }
    before = state_of(made)
    for name, content in damaged.items():
        with pytest.raises(AnswerDamaged):
            made.take(content, MONDAY)
            pytest.fail(name)
    assert state_of(made) == before

    assert made.take(changes(made, good), MONDAY).returned == 500
    assert made.take(changes(made, good), MONDAY).again
    with pytest.raises(AnswerDiffers):
        made.take(changes(made, f"U,{applied},C01,501,2026-11-23"), MONDAY)
