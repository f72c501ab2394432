"""What a wrong code costs: no statement where it cannot be right, else always the same; a wait after five."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from ledger.errors import LedgerError, TooManyTries
from ledger.redemption.errors import CodeInvalid
from ledger.redemption.short_code import check_symbol, read_back
from tests.redemption.town import Town, later


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that run meanwhile, their values apart."""
    run: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        run.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        event.remove(engine, "before_cursor_execute", note)


def refused_with(town: Town, presented: str) -> list[str]:
    """The statements a refusal of this took."""
    with statements(town.engine) as run, pytest.raises(LedgerError) as refused:
        town.take(presented, 450)
    assert refused.type is CodeInvalid
    return run


def test_a_wrong_check_symbol_never_reaches_the_database(town: Town) -> None:
    symbols = read_back(town.issue().short_code)
    wrong = symbols[:8] + ("2" if symbols[8] != "2" else "3")

    assert refused_with(town, wrong) == []


@pytest.mark.parametrize("presented", ["", "hello", "javascript:alert(1)", "A" * 4096, "K7QF-2M9X-0"])
def test_what_is_no_code_never_reaches_the_database(town: Town, presented: str) -> None:
    assert refused_with(town, presented) == []


def test_bf_04_a_guess_that_is_nearly_right_takes_the_same_statements_as_any(town: Town) -> None:
    token = town.issue().token
    nearly = token[:-1] + ("0" if token[-1] != "0" else "1")

    assert refused_with(town, nearly) == refused_with(town, "7" + "Z" * 25)
    symbols = "22222223"
    assert len(refused_with(town, nearly)) == len(refused_with(town, symbols + check_symbol(symbols)))


def test_five_wrong_short_codes_in_five_minutes_make_the_till_wait(town: Town) -> None:
    for turn in range(5):
        town.miss(later(turn))

    with pytest.raises(TooManyTries) as refused:
        town.miss(later(100))

    assert refused.value.retry_after == 200
    town.miss(later(100), town.baker)
    town.miss(later(300))


def test_a_good_short_code_gives_its_own_count_back_and_no_more(town: Town) -> None:
    for _turn in range(4):
        town.miss()
    for turn in range(3):
        town.miss(later(turn))
        town.take(town.issue(later(turn)).short_code, 100, now=later(turn))

    town.miss(later(10))
    with pytest.raises(TooManyTries):
        town.miss(later(11))


def test_a_qr_gives_no_count_back(town: Town) -> None:
    for _turn in range(5):
        town.miss()
    town.take(town.issue().token, 100)

    with pytest.raises(TooManyTries):
        town.miss(later(1))
