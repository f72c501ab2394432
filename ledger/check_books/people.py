"""Checks of what people decided and gave: two people for a proposal, awards in order."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.check_books.findings import Finding, each, first, named
from ledger.earning.models import ActivitySession, Award
from ledger.people.models import Officer, Operator, PermissionGrant, Proposal, Resident
from ledger.people.rules import Permission, ProposalState

AWARDED_WITHIN = timedelta(days=14)
"""How long after a session's end it may be awarded."""


def two_people_decided(session: Session) -> Iterator[Finding]:
    """I-25: two people made and checked it, the checker might approve at that moment, the content is what they saw.

    A person is known by their address and by the secret of their app.
    """
    might = exists().where(
        PermissionGrant.officer_id == Proposal.checker_id,
        PermissionGrant.permission == Permission.APPROVE,
        PermissionGrant.granted_at <= Proposal.decided_at,
        or_(PermissionGrant.ended_at.is_(None), PermissionGrant.ended_at > Proposal.decided_at),
    )
    decided = Proposal.state.in_([ProposalState.APPROVED, ProposalState.USED])
    alone = select(Proposal.id).where(or_(Proposal.maker_id == Proposal.checker_id, decided & ~might))
    if row := first(session, alone.order_by(Proposal.id)):
        message = "was decided by its maker, or by somebody who might not approve at that moment"
        yield Finding(id="I-25", subject=named("proposal", row.id), message=message)
    yield from _one_person_decided(session)
    contents = select(Proposal.id, Proposal.kind, Proposal.content, Proposal.digest).order_by(Proposal.id)
    for row in each(session, contents):
        if _digest(row.kind, row.content) != bytes(row.digest):
            message = "holds other content than its digest, the one that was approved"
            yield Finding(id="I-25", subject=named("proposal", row.id), message=message)
            return


def _one_person_decided(session: Session) -> Iterator[Finding]:
    """One person made and decided it, as two officers, or for an organiser and as an officer."""
    decided = Proposal.state.in_([ProposalState.APPROVED, ProposalState.USED])
    maker, checker = aliased(Officer), aliased(Officer)
    same = or_(func.lower(maker.email) == func.lower(checker.email), maker.totp_digest == checker.totp_digest)
    one_person = (
        select(Proposal.id)
        .join(maker, maker.id == Proposal.maker_id)
        .join(checker, checker.id == Proposal.checker_id)
        .where(decided, same)
    )
    if row := first(session, one_person.order_by(Proposal.id)):
        message = "was made and decided by one person under two names"
        yield Finding(id="I-25", subject=named("proposal", row.id), message=message)
    acting = (
        select(Proposal.id)
        .join(Operator, Operator.id == Proposal.operator_id)
        .join(checker, checker.id == Proposal.checker_id)
        .where(decided, func.lower(Operator.email) == func.lower(checker.email))
    )
    if row := first(session, acting.order_by(Proposal.id)):
        message = "was made for an organiser and decided by one person under two names"
        yield Finding(id="I-25", subject=named("proposal", row.id), message=message)


def _digest(kind: str, content: Any) -> bytes:
    """SHA-256 of canonical JSON: a list of kind and content, keys sorted, no spaces, UTF-8."""
    canonical = json.dumps([kind, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).digest()


def awards_are_in_order(session: Session) -> Iterator[Finding]:
    """I-26: one award for each (session, resident), never to oneself, from the session's start to 14 days after it."""
    twice = select(Award.session_id).group_by(Award.session_id, Award.resident_id).having(func.count() > 1)
    if row := first(session, twice.order_by(Award.session_id)):
        message = "was awarded twice to one resident"
        yield Finding(id="I-26", subject=named("session", row.session_id), message=message)
    own = (
        select(Award.id)
        .join(Resident, Resident.id == Award.resident_id)
        .join(Operator, Operator.id == Award.awarded_by)
        .where(func.lower(Operator.email) == Resident.email)
        .order_by(Award.id)
    )
    if row := first(session, own):
        yield Finding(id="I-26", subject=named("award", row.id), message="was given by a person to themself")
    yield from _awards_in_time(session)


def _awards_in_time(session: Session) -> Iterator[Finding]:
    query = select(Award.id, Award.at, ActivitySession.starts_at, ActivitySession.ends_at)
    joined = query.join(ActivitySession, ActivitySession.id == Award.session_id).order_by(Award.id)
    for row in each(session, joined):
        if not row.starts_at <= row.at <= row.ends_at + AWARDED_WITHIN:
            message = f"was given at {row.at.isoformat()}, outside its session's time"
            yield Finding(id="I-26", subject=named("award", row.id), message=message)
            return
