"""Organisers ask for more credits; officers take an ask up as an allotment, or decline it with a reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.earning.errors import AlreadyAsked
from ledger.earning.models import Activity, Allowance, Ask, Programme
from ledger.earning.programmes import ask_allotment
from ledger.earning.rules import AskState, ProgrammeState, check_tariff, state_on
from ledger.earning.standing import check_not_closed, check_organiser
from ledger.errors import InvalidField, MoveRefused, NotFound
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.models import Operator, Organisation, Proposal
from ledger.people.rules import ProposalState, tidy
from ledger.settings import SchemeRules
from ledger.store import constraint_name


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """An ask as both sides read it, minor units; `allotment` is the state of the proposal that took it up, if any."""

    id: UUID
    programme_id: UUID
    programme_name: str
    organiser_id: UUID
    organiser_name: str
    amount: Amount
    purpose: str
    asked_by: str
    asked_at: datetime
    state: AskState
    decided_at: datetime | None
    reason: str | None
    allotment: ProposalState | None
    proposal_reference: str | None


def ask_for_more(
    session: Session,
    *,
    programme_id: UUID,
    organiser_id: UUID,
    operator_id: UUID,
    amount: Amount,
    purpose: str,
    occasion: Occasion,
) -> UUID:
    """The id of an organiser's ask for more credits of a programme, minor units. `purpose` names nobody.

    Raises InvalidField, NotFound, ProgrammeNotOpen, AlreadyAsked.
    """
    _check_amount(amount)
    why = tidy("purpose", purpose, longest=300)
    check_not_closed(session, programme_id, occasion)
    check_organiser(session, organiser_id)
    ask = Ask(
        id=occasion.new_id(),
        programme_id=programme_id,
        organiser_id=organiser_id,
        amount=amount,
        purpose=why,
        asked_by=operator_id,
        asked_at=occasion.now,
        state=AskState.WAITING,
    )
    session.add(ask)
    try:
        session.flush()
    except IntegrityError as error:
        if constraint_name(error) == "uq_asks_waiting":
            raise AlreadyAsked from error
        raise
    return ask.id


def _check_amount(amount: Amount) -> None:
    try:
        check_tariff(amount)
    except InvalidField:
        raise InvalidField("amount", "must be from 0.01 to 10,000.00") from None


def take_up(
    session: Session,
    *,
    ask_id: UUID,
    amount: Amount,
    purpose: str,
    officer_id: UUID,
    rules: SchemeRules,
    occasion: Occasion,
) -> str | None:
    """Allot what was asked for, or propose it where two people are needed: the proposal's reference, or None.

    `amount` (minor units) may differ from what was asked. Raises NotFound, MoveRefused, and what `ask_allotment` does.
    """
    found = ask(session, ask_id=ask_id)
    _decide(session, ask_id, {"state": AskState.TAKEN_UP, "decided_by": officer_id, "decided_at": occasion.now})
    reference = ask_allotment(
        session,
        programme_id=found.programme_id,
        organiser_id=found.organiser_id,
        amount=amount,
        purpose=purpose,
        officer_id=officer_id,
        rules=rules,
        occasion=occasion,
    )
    if reference is not None:
        proposal_id = proposals.proposal_called(session, reference=reference).id
        session.execute(update(Ask).where(Ask.id == ask_id).values(proposal_id=proposal_id))
    return reference


def decline(session: Session, *, ask_id: UUID, reason: str, officer_id: UUID, occasion: Occasion) -> None:
    """Decline an ask and say why, in words the organiser reads. Raises InvalidField, NotFound, MoveRefused."""
    why = tidy("reason", reason, longest=500)
    ask(session, ask_id=ask_id)
    decided = {"state": AskState.DECLINED, "decided_by": officer_id, "decided_at": occasion.now, "reason": why}
    _decide(session, ask_id, decided)


def _decide(session: Session, ask_id: UUID, decided: dict[str, Any]) -> None:
    """By one guarded update, so that of two officers one is told that it was decided."""
    waiting = update(Ask).where(Ask.id == ask_id, Ask.state == AskState.WAITING)
    if not session.connection().execute(waiting.values(**decided)).rowcount:
        now = session.execute(select(Ask.state).where(Ask.id == ask_id)).scalar_one()
        raise MoveRefused(kind="ask", now=now, wanted=decided["state"])


def ask(session: Session, *, ask_id: UUID) -> AskView:
    """One ask. Raises NotFound."""
    found = _views(session, Ask.id == ask_id)
    if not found:
        raise NotFound("ask")
    return found[0]


def asks_waiting(session: Session) -> list[AskView]:
    """What nobody has decided, the oldest first."""
    return _views(session, Ask.state == AskState.WAITING)


def asks_of(session: Session, *, organiser_id: UUID) -> list[AskView]:
    """What an organiser asked for, the newest first."""
    return _views(session, Ask.organiser_id == organiser_id)[::-1]


def may_ask_of(session: Session, *, organiser_id: UUID, occasion: Occasion) -> list[tuple[UUID, str]]:
    """The programmes that this organiser has to do with and that may still allot: each id and name, by name."""
    mine = select(Allowance.programme_id).where(Allowance.organiser_id == organiser_id)
    offered = select(Activity.programme_id).where(Activity.organiser_id == organiser_id)
    query = select(Programme).where(Programme.id.in_(mine) | Programme.id.in_(offered))
    return [
        (row.id, row.name)
        for row in session.execute(query.order_by(Programme.name, Programme.id)).scalars()
        if state_on(ProgrammeState(row.state), ends_on=row.ends_on, today=occasion.today) == ProgrammeState.OPEN
    ]


def _views(session: Session, which: ColumnElement[bool]) -> list[AskView]:
    query = (
        select(
            Ask.id,
            Ask.programme_id,
            Programme.name.label("programme_name"),
            Ask.organiser_id,
            Organisation.name.label("organiser_name"),
            Ask.amount,
            Ask.purpose,
            Operator.name.label("asked_by"),
            Ask.asked_at,
            Ask.state,
            Ask.decided_at,
            Ask.reason,
            Proposal.state.label("allotment"),
            Proposal.reason.label("sent_back"),
            Proposal.reference.label("proposal_reference"),
        )
        .join(Programme, Programme.id == Ask.programme_id)
        .join(Organisation, Organisation.id == Ask.organiser_id)
        .join(Operator, Operator.id == Ask.asked_by)
        .outerjoin(Proposal, Proposal.id == Ask.proposal_id)
        .where(which)
        .order_by(Ask.asked_at, Ask.id)
    )
    return [_view(row) for row in session.execute(query)]


def _view(row: Any) -> AskView:
    known = dict(row._mapping)
    sent_back = known.pop("sent_back")
    known["state"] = AskState(row.state)
    known["allotment"] = None if row.allotment is None else ProposalState(row.allotment)
    return AskView(**known | {"reason": row.reason or sent_back})
