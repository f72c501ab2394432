"""Officers' rights: nobody grants what they lack, a grant takes two, and what ends is gone at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine

from ledger.errors import InvalidField, LedgerError, MoveRefused, NotAllowed, NotFound
from ledger.occasion import Occasion
from ledger.people import officers, proposals, sign_ins
from ledger.people.errors import LacksRight, LastAdministrator, OwnGrant, OwnProposal, ProposalDiffers
from ledger.people.rules import Permission, ProposalState, Realm
from ledger.store import reading, unit_of_work
from tests.people import town
from tests.people.test_proposals import together
from tests.people.town import later


@pytest.fixture
def ada(engine: Engine, occasion: Occasion) -> UUID:
    """Looks after officers, and may export."""
    return town.officer(engine, occasion, "ada@example.org", Permission.ADMINISTER, Permission.EXPORT).id


@pytest.fixture
def grace(engine: Engine, occasion: Occasion) -> UUID:
    """May approve."""
    return town.officer(engine, occasion, "grace@example.org", Permission.APPROVE).id


@pytest.fixture
def daniel(engine: Engine, occasion: Occasion) -> UUID:
    """May do nothing yet."""
    return town.officer(engine, occasion, "daniel@example.org").id


def ask(engine: Engine, occasion: Occasion, maker: UUID, to: UUID, permission: Permission = Permission.EXPORT) -> UUID:
    """Ask that somebody may do something."""
    with unit_of_work(engine) as session:
        reference = officers.ask_grant(
            session,
            officer_id=to,
            permission=permission,
            reason="Covers for Priya",
            maker_id=maker,
            occasion=later(occasion),
        )
        return proposals.proposal_called(session, reference=reference).id


def agree(engine: Engine, occasion: Occasion, proposal_id: UUID, checker: UUID) -> None:
    """Agree to it."""
    with unit_of_work(engine) as session:
        officers.approve_grant(session, proposal_id=proposal_id, checker_id=checker, occasion=later(occasion))


def may(engine: Engine, officer_id: UUID) -> frozenset[Permission]:
    """What somebody may do now."""
    with reading(engine) as session:
        return officers.officer(session, officer_id=officer_id).permissions


@contextmanager
def refused(refusal: type[LedgerError], engine: Engine, officer_id: UUID) -> Iterator[None]:
    """What is done inside is refused, and the officer may do what they might before."""
    before = may(engine, officer_id)
    with pytest.raises(refusal):
        yield
    assert may(engine, officer_id) == before


def test_a_right_is_asked_for_by_one_and_agreed_to_by_another(
    engine: Engine, occasion: Occasion, ada: UUID, grace: UUID, daniel: UUID
) -> None:
    asked = ask(engine, occasion, ada, daniel)
    assert may(engine, daniel) == frozenset()
    agree(engine, occasion, asked, grace)
    assert may(engine, daniel) == {Permission.EXPORT}
    with reading(engine) as session:
        assert proposals.proposal(session, proposal_id=asked).state == ProposalState.USED


def test_az_02_nobody_grants_what_they_lack(engine: Engine, occasion: Occasion, ada: UUID, daniel: UUID) -> None:
    for permission in set(Permission) - {Permission.ADMINISTER, Permission.EXPORT}:
        with refused(LacksRight, engine, daniel):
            ask(engine, occasion, ada, daniel, permission)


def test_az_02_who_does_not_look_after_officers_grants_nothing(
    engine: Engine, occasion: Occasion, grace: UUID, daniel: UUID
) -> None:
    with refused(LacksRight, engine, daniel):
        ask(engine, occasion, grace, daniel, Permission.APPROVE)


def test_az_02_nobody_is_given_a_right_by_themself(
    engine: Engine, occasion: Occasion, ada: UUID, grace: UUID, daniel: UUID
) -> None:
    """Neither by asking for it, nor by agreeing to it, nor alone, nor under another name."""
    with refused(OwnGrant, engine, ada):
        ask(engine, occasion, ada, ada)
    asked = ask(engine, occasion, ada, grace)
    with refused(OwnGrant, engine, grace):
        agree(engine, occasion, asked, grace)
    other = town.officer(engine, occasion, "grace+two@example.org", Permission.APPROVE).id
    with refused(OwnGrant, engine, grace):
        agree(engine, occasion, asked, other)
    with refused(OwnProposal, engine, daniel):
        agree(engine, occasion, ask(engine, occasion, ada, daniel), ada)
    with refused(NotAllowed, engine, daniel):
        agree(engine, occasion, ask(engine, occasion, ada, daniel), daniel)


def test_who_asked_must_still_have_what_they_grant(
    engine: Engine, occasion: Occasion, ada: UUID, grace: UUID, daniel: UUID
) -> None:
    town.officer(engine, occasion, "eve@example.org", Permission.ADMINISTER)
    asked = ask(engine, occasion, ada, daniel)
    with unit_of_work(engine) as session:
        officers.end_right(session, officer_id=ada, permission=Permission.EXPORT, occasion=occasion)
    with refused(MoveRefused, engine, daniel):
        agree(engine, occasion, asked, grace)


def test_a_right_is_granted_once_and_for_a_reason(
    engine: Engine, occasion: Occasion, ada: UUID, grace: UUID, daniel: UUID
) -> None:
    first, second = ask(engine, occasion, ada, daniel), ask(engine, occasion, ada, daniel)
    agree(engine, occasion, first, grace)
    with refused(MoveRefused, engine, daniel):
        agree(engine, occasion, second, grace)
    with refused(MoveRefused, engine, daniel):
        ask(engine, occasion, ada, daniel)
    with pytest.raises(InvalidField), unit_of_work(engine) as session:
        officers.ask_grant(
            session,
            officer_id=daniel,
            permission=Permission.ADMINISTER,
            reason=" ",
            maker_id=ada,
            occasion=later(occasion),
        )


def test_az_04_a_grant_approved_is_good_for_that_grant_alone(
    engine: Engine, occasion: Occasion, ada: UUID, grace: UUID, daniel: UUID
) -> None:
    asked = ask(engine, occasion, ada, daniel)
    with unit_of_work(engine) as session:
        proposals.approve(session, proposal_id=asked, checker_id=grace, occasion=occasion)
    other = officers.grant_content(officer_id=daniel, permission=Permission.ADMINISTER, reason="Covers for Priya")
    with pytest.raises(ProposalDiffers), unit_of_work(engine) as session:
        proposals.use_proposal(session, proposal_id=asked, kind=officers.GRANT, content=other, occasion=later(occasion))


def test_the_last_administrator_stays(engine: Engine, occasion: Occasion, ada: UUID) -> None:
    with refused(LastAdministrator, engine, ada), unit_of_work(engine) as session:
        officers.end_right(session, officer_id=ada, permission=Permission.ADMINISTER, occasion=occasion)
    with refused(LastAdministrator, engine, ada), unit_of_work(engine) as session:
        officers.leave(session, officer_id=ada, occasion=occasion)


def test_of_two_administrators_who_end_each_others_right_one_stays(
    engine: Engine, occasion: Occasion, ada: UUID
) -> None:
    eve = town.officer(engine, occasion, "eve@example.org", Permission.ADMINISTER).id
    works = [
        lambda session, one=one: officers.end_right(
            session, officer_id=one, permission=Permission.ADMINISTER, occasion=occasion
        )
        for one in (ada, eve)
    ]
    assert together(engine, works) == ["done", "last_administrator"]


def test_who_leaves_is_out_at_once(engine: Engine, occasion: Occasion, ada: UUID, grace: UUID) -> None:
    added = town.officer(engine, occasion, "eve@example.org", Permission.AWARD)
    request = town.ask(engine, later(occasion), Realm.OFFICE, "eve@example.org")
    town.confirm(engine, occasion, request, town.sent_digits(engine))
    town.confirm_totp(engine, occasion, request, town.app_digits(added, occasion))
    token = town.come_in(engine, occasion, request).token
    with unit_of_work(engine) as session:
        officers.leave(session, officer_id=added.id, occasion=later(occasion, minutes=1))
    assert town.who(engine, occasion, Realm.OFFICE, token) is None
    with reading(engine) as session:
        assert sign_ins.sign_ins_of(session, realm=Realm.OFFICE, person_id=added.id) == []
        last = officers.officers(session)[-1]
        assert (last.id, last.permissions, last.left_at) == (added.id, frozenset(), later(occasion, minutes=1).now)
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        officers.leave(session, officer_id=added.id, occasion=later(occasion))


def test_a_right_that_nobody_has_cannot_end(engine: Engine, occasion: Occasion, daniel: UUID) -> None:
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        officers.end_right(session, officer_id=daniel, permission=Permission.AWARD, occasion=occasion)
