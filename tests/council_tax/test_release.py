"""A file leaves by two officers, strictly in sequence, and one that is sent back leaves empty."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from ledger.check_books import check_books
from ledger.council_tax.errors import (
    BooksDiffer,
    EarlierBatchWaits,
    FileDiffers,
    MayAward,
    UnusualNight,
)
from ledger.council_tax.files import write_file
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.queries import batch_file, rebuilt_batches
from ledger.council_tax.release import approval_of, approve_batch, release_batch
from ledger.council_tax.rules import BatchState, ItemState, times_the_usual
from ledger.errors import InvalidField, LedgerError, MoveRefused, NotAllowed
from ledger.people.errors import OwnProposal, ProposalDiffers
from ledger.people.rules import Permission
from ledger.store import reading, run, unit_of_work
from tests import factories
from tests.council_tax.sunday import MONDAY, SUNDAY, made, resident, state
from tests.council_tax.town import apply, at, available, held, linked_resident
from tests.revenues.town import Exchange, exchange, household

__all__ = ["made", "resident"]

TUESDAY = MONDAY + timedelta(days=1)
BEFORE = factories.occasion_at(datetime(2026, 10, 1, tzinfo=UTC))


def officer(made: Exchange, *permissions: Permission) -> UUID:
    with unit_of_work(made.engine) as session:
        return factories.officer(session, *permissions, occasion=BEFORE)


def send_back(made: Exchange, officer_id: UUID, sequence: int = 1, reason: str = "Line 1 is far too large.") -> None:
    made.send_back(sequence, MONDAY, officer_id=officer_id, reason=reason)


def test_two_officers_release_a_file_and_its_items_are_sent(made: Exchange, resident: UUID) -> None:
    made.approve(1, MONDAY)
    assert made.view(1).state == BatchState.APPROVED
    assert state(made, resident) == ItemState.BATCHED

    made.release(1, MONDAY)

    assert made.view(1).state == BatchState.RELEASED
    assert state(made, resident) == ItemState.SENT
    with reading(made.engine) as session:
        assert check_books(session) == []


def test_nobody_releases_what_they_approved(made: Exchange, resident: UUID) -> None:
    made.approve(1, MONDAY)
    made.second = made.first

    with pytest.raises(OwnProposal):
        made.release(1, MONDAY)
    assert made.view(1).state == BatchState.APPROVED


@pytest.mark.parametrize(
    ("permissions", "refusal"),
    [
        ((), NotAllowed),
        ((Permission.APPROVE,), NotAllowed),
        ((Permission.EXPORT,), NotAllowed),
        ((Permission.APPROVE, Permission.EXPORT, Permission.AWARD), MayAward),
    ],
)
def test_who_may_award_or_may_not_release_does_neither(
    made: Exchange, resident: UUID, permissions: tuple[Permission, ...], refusal: type[LedgerError]
) -> None:
    right, made.first = made.first, officer(made, *permissions)
    with pytest.raises(refusal):
        made.approve(1, MONDAY)
    with pytest.raises(refusal):
        send_back(made, made.first)
    made.first, made.second = right, made.first
    made.approve(1, MONDAY)

    with pytest.raises(refusal):
        made.release(1, MONDAY)


def test_a_file_that_nobody_approved_is_not_released(made: Exchange, resident: UUID) -> None:
    with pytest.raises(MoveRefused):
        made.release(1, MONDAY)


def test_a_file_is_approved_once_and_released_once(made: Exchange, resident: UUID) -> None:
    made.approve(1, MONDAY)
    with pytest.raises(MoveRefused):
        made.approve(1, MONDAY)
    made.release(1, MONDAY)

    for again in (made.approve, made.release):
        with pytest.raises(MoveRefused):
            again(1, MONDAY)


def test_a_file_that_changed_after_approval_is_approved_again(made: Exchange, resident: UUID) -> None:
    made.approve(1, MONDAY)
    with unit_of_work(made.engine) as session:
        session.execute(update(CouncilTaxBatch).values(hash_total="000000000001"))

    with pytest.raises(ProposalDiffers):
        made.release(1, MONDAY)
    with reading(made.engine) as session:
        approval = approval_of(session, made.view(1))
    assert approval is not None
    assert not approval.stands
    made.approve(1, TUESDAY)
    made.release(1, TUESDAY)
    assert made.view(1).state == BatchState.RELEASED


def test_a_file_that_the_books_differ_from_is_neither_approved_nor_released(made: Exchange, resident: UUID) -> None:
    with unit_of_work(made.engine) as session:
        session.execute(update(CouncilTaxBatch).values(reductions=2501))

    with pytest.raises(BooksDiffer):
        made.approve(1, MONDAY)


def test_files_leave_in_sequence(made: Exchange, resident: UUID) -> None:
    other = household(made, "20004567")
    apply(made.engine, other, 500, at(2026, 11, 23, 12, 0))
    made.build(MONDAY)
    made.approve(1, TUESDAY)
    made.approve(2, TUESDAY)

    with pytest.raises(EarlierBatchWaits) as caught:
        made.release(2, TUESDAY)
    assert caught.value.sequence == 1

    made.release(1, TUESDAY)
    made.release(2, TUESDAY)


def test_an_empty_file_is_released_without_a_person_once_those_before_it_are(made: Exchange, resident: UUID) -> None:
    assert made.build(MONDAY).state == BatchState.BUILT
    made.approve(1, TUESDAY)
    made.release(1, TUESDAY)

    assert made.view(2).state == BatchState.RELEASED
    assert made.build(TUESDAY).state == BatchState.RELEASED
    with pytest.raises(MoveRefused):
        made.approve(3, TUESDAY)


def test_a_file_that_is_sent_back_leaves_empty_and_its_items_are_held(made: Exchange, resident: UUID) -> None:
    first = made.content(1)
    made.approve(1, MONDAY)
    with pytest.raises(OwnProposal):
        send_back(made, made.first)

    send_back(made, made.second)

    view = made.view(1)
    assert (view.lines, view.reductions, view.state) == (0, 0, BatchState.RELEASED)
    assert made.content(1).splitlines()[0].split(b",")[5] == first.splitlines()[0].split(b",")[5]
    assert state(made, resident) == ItemState.HELD
    assert (available(made.engine, resident), held(made.engine, resident)) == (1500, 2500)
    made.take(made.deliver(1), MONDAY)
    assert made.whole_night(MONDAY).applied == 2500
    with reading(made.engine) as session:
        assert check_books(session) == []


def test_a_file_is_sent_back_by_the_first_officer_too_and_only_with_a_reason(made: Exchange, resident: UUID) -> None:
    with pytest.raises(InvalidField):
        send_back(made, made.first, reason=" ")

    send_back(made, made.first)

    assert made.view(1).lines == 0
    with pytest.raises(MoveRefused):
        send_back(made, made.first)


def test_after_release_nothing_changes(made: Exchange, resident: UUID) -> None:
    made.approve(1, MONDAY)
    made.release(1, MONDAY)
    sent = made.content(1)

    with pytest.raises(MoveRefused):
        send_back(made, made.second)
    assert made.content(1) == sent


def test_the_file_on_disk_is_replaced_by_the_empty_one_and_by_no_other(
    made: Exchange, resident: UUID, tmp_path: Path
) -> None:
    with reading(made.engine) as session:
        path = write_file(batch_file(session, sequence=1), tmp_path)
    send_back(made, made.first)

    with reading(made.engine) as session:
        assert rebuilt_batches(session) == [1]
        file = batch_file(session, sequence=1)
    assert write_file(file, tmp_path).read_bytes() == file.content
    assert path.with_name(f"{path.name}.done").read_text().startswith(file.sha256)
    path.write_bytes(b"H,CTX,1")
    with pytest.raises(FileDiffers):
        write_file(file, tmp_path)


def test_three_times_the_usual_night_needs_a_reason() -> None:
    assert times_the_usual(2_999, [1_000] * 30) is None
    assert times_the_usual(3_000, [1_000] * 30) == 30
    assert times_the_usual(3_450, [1_000, 0, 0, 0]) == 34
    assert times_the_usual(9_000, []) is None
    assert times_the_usual(9_000, [0, 0]) is None


def test_who_approves_an_unusual_night_says_why(engine: Engine) -> None:
    made = exchange(engine)
    apply(engine, household(made), 500)
    made.whole_night(SUNDAY)
    apply(engine, linked_resident(engine, 4000, "20004567"), 1700, at(2026, 11, 23, 12, 0))
    sequence = made.build(MONDAY).sequence

    def approve(why: str) -> None:
        occasion = made.at(TUESDAY, 8)
        run(
            engine,
            lambda session: approve_batch(
                session, sequence=sequence, officer_id=made.first, why=why, occasion=occasion
            ),
        )

    with pytest.raises(UnusualNight) as caught:
        approve("")
    assert caught.value.tenths == 34
    approve("A school fair.")
    with reading(engine) as session:
        approval = approval_of(session, made.view(sequence))
    assert approval is not None
    assert approval.why == "A school fair."


def test_of_two_who_release_at_once_one_does(made: Exchange, resident: UUID) -> None:
    made.approve(1, MONDAY)
    others = [officer(made, Permission.APPROVE, Permission.EXPORT) for _number in range(4)]
    done: list[UUID] = []
    refused: list[LedgerError] = []

    def release(officer_id: UUID) -> None:
        occasion = made.at(MONDAY, 9)
        try:
            run(
                made.engine,
                lambda session: release_batch(session, sequence=1, officer_id=officer_id, occasion=occasion),
            )
        except LedgerError as refusal:
            refused.append(refusal)
        else:
            done.append(officer_id)

    threads = [threading.Thread(target=release, args=[one]) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == 1
    assert len(refused) == 3
    assert made.view(1).state == BatchState.RELEASED
