"""What leaves in a night, taken some at a time."""

from sqlalchemy import Engine

from ledger.check_books import check_books
from ledger.council_tax.batch_lines import lines_after
from ledger.council_tax.queries import captured_total
from ledger.store import reading
from tests.council_tax.test_batches import build, content
from tests.council_tax.town import apply, linked_resident


def test_a_night_taken_some_at_a_time_is_one_file_of_one_sequence(engine: Engine, monkeypatch) -> None:
    monkeypatch.setattr("ledger.council_tax.leaving.CHUNK", 2)
    for number in range(5):
        apply(engine, linked_resident(engine, 1_000, f"2000{number}234"), 500 + number)

    built = build(engine)

    lines = [line.split(",") for line in content(engine).decode().splitlines()[1:-1]]
    assert [line[1] for line in lines] == ["000001", "000002", "000003", "000004", "000005"]
    assert [line[3] for line in lines] == sorted(line[3] for line in lines)
    assert (built.lines, built.reductions) == (5, 2_510)
    with reading(engine) as session:
        assert [line.line for line in lines_after(session, sequence=1, after=0, most=9)] == [1, 2, 3, 4, 5]
        assert captured_total(session, sequence=1) == 2_510
        assert check_books(session) == []
