"""A resident asks for a code, has it drawn again, and ends it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.book.errors import InsufficientCredits
from ledger.errors import InvalidField, NotFound
from ledger.redemption.codes import draw_again, end_code, issue_code
from ledger.redemption.errors import (
    CodeAlreadyRedeemed,
    CodeExpired,
    CodeRevoked,
    CodeSuperseded,
    NothingToSpend,
    ResidentFrozen,
)
from ledger.redemption.models import Code, Presentation
from ledger.redemption.queries import code_shown
from ledger.redemption.short_code import read_back
from ledger.store import reading, unit_of_work
from tests.redemption.town import CODE_KEY, JUNE, NOON, RULES, Town, later, make_town, occasion_at


def states(town: Town) -> list[str]:
    """The states of all codes as they stand in the database, first issued first."""
    with reading(town.engine) as session:
        return list(session.execute(select(Code.state).order_by(Code.issued_at)).scalars())


def test_a_code_is_drawn_as_a_qr_of_60_and_a_short_form_of_120_seconds(town: Town) -> None:
    code = town.issue()

    assert len(code.token) == 26
    assert len(read_back(code.short_code)) == 9
    assert code.qr_expires_at - NOON == timedelta(seconds=60)
    assert code.short_expires_at - NOON == timedelta(seconds=120)


def test_only_a_digest_of_what_is_shown_is_stored(town: Town) -> None:
    code = town.issue()
    with reading(town.engine) as session:
        stored = session.execute(select(Presentation.__table__)).all()

    assert sorted(row.kind for row in stored) == ["qr", "short"]
    assert [len(row.token_digest) for row in stored] == [32, 32]
    assert code.token not in repr(stored)
    assert code.token not in repr(code)
    assert code.short_code not in repr(code)


def test_the_cap_is_the_balance_or_20_whichever_is_less(engine: Engine) -> None:
    town = make_town(engine)
    town.award(700)
    assert town.issue().cap == 700

    town.award(5000, JUNE)
    assert town.issue().cap == 2000


def test_the_resident_may_choose_a_lower_cap(town: Town) -> None:
    assert town.issue(cap=500).cap == 500


@pytest.mark.parametrize("cap", [0, -1, 2001])
def test_a_cap_out_of_range_is_refused(town: Town, cap: int) -> None:
    with pytest.raises(InvalidField):
        town.issue(cap=cap)


def test_a_cap_above_the_balance_is_refused(engine: Engine) -> None:
    town = make_town(engine)
    town.award(700)

    with pytest.raises(InsufficientCredits) as refused:
        town.issue(cap=701)

    assert (refused.value.available, refused.value.needed) == (700, 701)


def test_an_empty_wallet_has_no_code(engine: Engine) -> None:
    with pytest.raises(NothingToSpend):
        make_town(engine).issue()


def test_a_frozen_resident_gets_no_code_and_no_drawing(town: Town) -> None:
    code = town.issue()
    town.freeze()

    with pytest.raises(ResidentFrozen):
        town.issue()
    with pytest.raises(ResidentFrozen):
        town.draw(code, later(1))


def test_a_stranger_gets_no_code(town: Town) -> None:
    with unit_of_work(town.engine) as session, pytest.raises(NotFound):
        issue_code(
            session,
            resident_id=town.deli.merchant_id,
            rules=RULES,
            code_key=CODE_KEY,
            occasion=occasion_at(NOON),
        )


def test_a_new_code_ends_the_one_before_it(town: Town) -> None:
    first = town.issue()
    town.issue(later(1))

    assert states(town) == ["superseded", "issued"]
    with pytest.raises(CodeSuperseded):
        town.draw(first, later(2))


def test_a_new_code_after_the_last_ones_end_finds_it_expired(town: Town) -> None:
    town.issue()
    town.issue(later(120))

    assert states(town) == ["expired", "issued"]


def test_residents_who_ask_sixteen_times_at_once_have_one_live_code(town: Town) -> None:
    with ThreadPoolExecutor(8) as phones:
        codes = list(phones.map(lambda _turn: town.issue(), range(16)))

    assert sorted(states(town)) == ["issued"] + ["superseded"] * 15
    assert sum(town.state(code) == "issued" for code in codes) == 1


def test_a_drawing_leaves_the_earlier_one_good_to_its_own_end(town: Town) -> None:
    first = town.issue()
    town.draw(first, later(45))

    assert town.take(first.token, 450, now=later(59)).amount == 450


def test_an_earlier_drawing_ends_at_its_own_end_though_the_code_lives_on(town: Town) -> None:
    first = town.issue()
    second = town.draw(first, later(45))

    with pytest.raises(CodeExpired):
        town.take(first.token, 450, now=later(60))
    assert town.state(first, later(164)) == "issued"
    assert town.take(second.token, 450, now=later(104)).amount == 450


def test_both_drawings_are_of_one_code_which_is_taken_once(town: Town) -> None:
    first = town.issue()
    second = town.draw(first, later(45))
    assert second.code_id == first.code_id
    town.take(second.token, 450, now=later(46))

    for shown in (first.token, first.short_code, second.short_code):
        with pytest.raises(CodeAlreadyRedeemed):
            town.take(shown, 450, now=later(47))


def test_a_code_ends_with_its_last_presentation(town: Town) -> None:
    code = town.issue()

    assert (town.state(code, later(119)), town.state(code, later(120))) == ("issued", "expired")
    with pytest.raises(CodeExpired):
        town.draw(code, later(120))


def test_not_me_ends_the_code_at_once(town: Town) -> None:
    code = town.issue()
    town.not_me(code, later(1))
    town.not_me(code, later(2))

    assert town.state(code, later(1)) == "revoked"
    with pytest.raises(CodeRevoked):
        town.draw(code, later(2))


def test_not_me_on_an_old_code_ends_the_new_one_too(town: Town) -> None:
    first = town.issue()
    town.take(first.token, 450)
    second = town.issue(later(1))
    town.not_me(first, later(2))

    assert (town.state(first, later(2)), town.state(second, later(2))) == ("redeemed", "revoked")


def test_signing_out_ends_codes(town: Town) -> None:
    code = town.issue()
    town.sign_out(later(1))
    town.sign_out(later(2))

    with pytest.raises(CodeRevoked):
        town.take(code.token, 450, now=later(3))


def test_another_residents_code_is_not_found(town: Town) -> None:
    code = town.issue()
    other = town.deli.merchant_id
    now = occasion_at(NOON)
    with unit_of_work(town.engine) as session, pytest.raises(NotFound):
        end_code(session, code_id=code.code_id, resident_id=other, occasion=now)
    with unit_of_work(town.engine) as session, pytest.raises(NotFound):
        draw_again(session, code_id=code.code_id, resident_id=other, code_key=CODE_KEY, occasion=now)
    with reading(town.engine) as session, pytest.raises(NotFound):
        code_shown(session, code_id=code.code_id, resident_id=other, now=NOON)

    assert town.state(code) == "issued"
