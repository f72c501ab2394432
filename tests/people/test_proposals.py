"""Two people: nobody decides their own, what was approved is done once and exactly so, and nothing edits it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, Update, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ledger.errors import InvalidField, LedgerError, MoveRefused, NotFound
from ledger.occasion import Occasion
from ledger.outages import Busy
from ledger.people import proposals
from ledger.people.errors import OwnProposal, ProposalDiffers, ProposalNotApproved
from ledger.people.models import Proposal
from ledger.people.rules import Permission, ProposalState
from ledger.store import constraint_name, reading, run, unit_of_work
from tests.people import town
from tests.people.town import later

CONTENT = {"amount": 60000, "purpose": "Säen im Frühling", "rows": [{"month": "2026-11", "new": True, "cap": None}]}


@pytest.fixture
def maker(engine: Engine, occasion: Occasion) -> UUID:
    """An officer who proposes."""
    return town.officer(engine, occasion, "maker@example.org").id


@pytest.fixture
def checker(engine: Engine, occasion: Occasion) -> UUID:
    """Another, who decides."""
    return town.officer(engine, occasion, "checker@example.org", Permission.APPROVE).id


@pytest.fixture
def made(engine: Engine, occasion: Occasion, maker: UUID) -> UUID:
    """A proposal that waits."""
    return propose(engine, occasion, maker)


def propose(engine: Engine, occasion: Occasion, maker: UUID) -> UUID:
    """Propose an allotment."""
    with unit_of_work(engine) as session:
        view = proposals.propose(session, kind="allotment", content=CONTENT, maker_id=maker, occasion=later(occasion))
    return view.id


def approve(engine: Engine, occasion: Occasion, proposal_id: UUID, checker: UUID) -> None:
    """Agree to it."""
    with unit_of_work(engine) as session:
        proposals.approve(session, proposal_id=proposal_id, checker_id=checker, occasion=occasion)


def send_back(engine: Engine, occasion: Occasion, proposal_id: UUID, checker: UUID, reason: str = "Too much") -> None:
    """Refuse it."""
    with unit_of_work(engine) as session:
        proposals.send_back(session, proposal_id=proposal_id, checker_id=checker, reason=reason, occasion=occasion)


def use(
    engine: Engine,
    occasion: Occasion,
    proposal_id: UUID,
    kind: str = "allotment",
    content: dict[str, object] = CONTENT,
) -> None:
    """Do what it says."""
    with unit_of_work(engine) as session:
        proposals.use_proposal(session, proposal_id=proposal_id, kind=kind, content=content, occasion=occasion)


def view(engine: Engine, proposal_id: UUID) -> proposals.ProposalView:
    """How it stands."""
    with reading(engine) as session:
        return proposals.proposal(session, proposal_id=proposal_id)


def together(engine: Engine, works: list[Callable[[Session], None]]) -> list[str]:
    """How each of these works ends when all begin at the same instant: "done", or the code of its refusal."""
    barrier = Barrier(len(works))

    def one(work: Callable[[Session], None]) -> str:
        barrier.wait()
        while True:
            try:
                run(engine, work)
            except Busy:
                continue
            except LedgerError as refused:
                return refused.code
            return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(one, works))


def test_a_proposal_is_made_decided_and_used(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    waiting = view(engine, made)
    assert (waiting.state, waiting.maker_id, waiting.checker_id) == (ProposalState.PROPOSED, maker, None)
    assert waiting.content == CONTENT
    assert len(waiting.reference) == 8
    approve(engine, later(occasion, minutes=1), made, checker)
    use(engine, later(occasion, minutes=2), made)
    done = view(engine, made)
    assert (done.state, done.checker_id, done.checker_name) == (
        ProposalState.USED,
        checker,
        "Officer checker@example.org",
    )
    assert (done.decided_at, done.used_at) == (later(occasion, minutes=1).now, later(occasion, minutes=2).now)


def test_az_04_nobody_decides_their_own_proposal(engine: Engine, occasion: Occasion, made: UUID, maker: UUID) -> None:
    with pytest.raises(OwnProposal):
        approve(engine, occasion, made, maker)
    with pytest.raises(OwnProposal):
        send_back(engine, occasion, made, maker)
    assert view(engine, made).state == ProposalState.PROPOSED


def test_az_04_the_database_too_refuses_a_maker_who_checks(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID
) -> None:
    own = update(Proposal).values(state="approved", checker_id=maker, decided_at=occasion.now)
    with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
        connection.execute(own)
    assert constraint_name(refused.value) == "ck_proposals_two_people"
    assert view(engine, made).state == ProposalState.PROPOSED


def test_a_decision_has_a_decider_and_a_refusal_a_reason(engine: Engine, made: UUID, checker: UUID) -> None:
    for values, constraint in (
        ({"state": "approved"}, "ck_proposals_decided_by"),
        ({"state": "sent_back", "checker_id": checker}, "ck_proposals_sent_back_says_why"),
    ):
        with pytest.raises(IntegrityError) as refused, engine.begin() as connection:
            connection.execute(update(Proposal).where(Proposal.id == made).values(**values))
        assert constraint_name(refused.value) == constraint


@pytest.mark.parametrize(
    "edit",
    [
        update(Proposal).values(content={"amount": 90000}),
        update(Proposal).values(digest=b"x" * 32),
        update(Proposal).values(content={"amount": 90000}, digest=b"x" * 32),
        update(Proposal).values(kind="payment"),
        update(Proposal).values(reference="AAAA-AAA"),
    ],
)
@pytest.mark.parametrize("approved", [False, True])
def test_az_04_what_was_proposed_cannot_be_edited(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID, edit: Update, approved: bool
) -> None:
    if approved:
        approve(engine, occasion, made, checker)
    before = view(engine, made)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(edit)
    assert view(engine, made) == before


def test_az_04_the_maker_cannot_be_changed_to_let_them_check(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(update(Proposal).values(maker_id=checker))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("allotment", {**CONTENT, "amount": 60001}),
        ("allotment", {**CONTENT, "amount": "60000"}),
        ("allotment", {**CONTENT, "more": 1}),
        ("allotment", {"amount": 60000}),
        ("payment", CONTENT),
    ],
)
def test_az_04_only_what_was_approved_is_done(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID, kind: str, content: dict[str, object]
) -> None:
    approve(engine, occasion, made, checker)
    with pytest.raises(ProposalDiffers):
        use(engine, occasion, made, kind, content)
    use(engine, occasion, made)


def test_az_04_an_approval_is_not_good_for_another_proposal_of_the_same(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    other = propose(engine, occasion, maker)
    approve(engine, occasion, made, checker)
    with pytest.raises(ProposalNotApproved):
        use(engine, occasion, other)


def test_only_an_approved_proposal_is_used_and_once(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    with pytest.raises(ProposalNotApproved) as refused:
        use(engine, occasion, made)
    assert refused.value.state == ProposalState.PROPOSED
    approve(engine, occasion, made, checker)
    use(engine, occasion, made)
    with pytest.raises(ProposalNotApproved) as refused:
        use(engine, occasion, made)
    assert refused.value.state == ProposalState.USED


def test_what_was_sent_back_says_why_and_is_over(engine: Engine, occasion: Occasion, made: UUID, checker: UUID) -> None:
    with pytest.raises(InvalidField):
        send_back(engine, occasion, made, checker, "  ")
    send_back(engine, occasion, made, checker, " Too much ")
    assert view(engine, made).reason == "Too much"
    with pytest.raises(MoveRefused):
        approve(engine, occasion, made, checker)
    with pytest.raises(ProposalNotApproved):
        use(engine, occasion, made)


def test_a_proposal_that_never_was_is_not_found(engine: Engine, occasion: Occasion, checker: UUID) -> None:
    for work in (approve, send_back):
        with pytest.raises(NotFound):
            work(engine, occasion, occasion.new_id(), checker)
    with pytest.raises(NotFound):
        use(engine, occasion, occasion.new_id())
    with pytest.raises(NotFound):
        view(engine, occasion.new_id())


def test_a_use_that_is_undone_leaves_the_approval(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    approve(engine, occasion, made, checker)
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        proposals.use_proposal(session, proposal_id=made, kind="allotment", content=CONTENT, occasion=occasion)
        raise InvalidField("amount", "is refused after all")
    use(engine, occasion, made)


def test_of_eight_who_use_one_approval_at_the_same_instant_one_does(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    approve(engine, occasion, made, checker)
    named = {"proposal_id": made, "kind": "allotment", "content": CONTENT, "occasion": occasion}
    works = [lambda session: proposals.use_proposal(session, **named)] * 8
    assert together(engine, works) == ["done"] + ["proposal_not_approved"] * 7


def test_of_two_who_decide_at_the_same_instant_one_does(
    engine: Engine, occasion: Occasion, made: UUID, checker: UUID
) -> None:
    other = town.officer(engine, occasion, "other@example.org", Permission.APPROVE).id
    works = [
        lambda session: proposals.approve(session, proposal_id=made, checker_id=checker, occasion=occasion),
        lambda session: proposals.send_back(
            session, proposal_id=made, checker_id=other, reason="Too much", occasion=occasion
        ),
    ]
    assert together(engine, works) == ["done", "state_conflict"]


def test_an_officer_is_shown_what_waits_for_them(
    engine: Engine, occasion: Occasion, made: UUID, maker: UUID, checker: UUID
) -> None:
    second = propose(engine, later(occasion, minutes=1), maker)
    own = propose(engine, later(occasion, minutes=2), checker)
    decided = propose(engine, later(occasion, minutes=3), maker)
    approve(engine, occasion, decided, checker)
    with reading(engine) as session:
        waiting = proposals.proposals_waiting(session, for_officer=checker)
        assert [one.id for one in waiting] == [made, second]
        assert proposals.count_waiting(session, for_officer=checker) == 2
        assert [one.id for one in proposals.proposals_waiting(session, for_officer=maker)] == [own]
