"""Thank everybody a list names at once: alone where one person may, else as another person agrees, once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ledger.earning.attendance import SessionFacts, check_awardable, session_facts
from ledger.earning.awards import REFUSALS, AwardOutcome, award_each, operator_email
from ledger.earning.errors import ResidentClosed, SelfAward, SessionFull
from ledger.earning.file_alone import count_back_from_list, counted_from_list, sum_of
from ledger.earning.file_award_queries import awarded_of, waiting_file_awards
from ledger.earning.models import ActivitySession, FileAward
from ledger.earning.rosters import enter_who_came
from ledger.earning.rules import FILE_AWARD, Came, came_of, file_award_content
from ledger.errors import LedgerError, NotFound
from ledger.identifiers import from_text, to_text
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.people.models import Officer, Operator, Resident
from ledger.people.rules import ResidentStatus, mailbox_of
from ledger.settings import SchemeRules
from ledger.wallets.errors import CapReached


def award_file(
    session: Session,
    *,
    session_id: UUID,
    organiser_id: UUID,
    operator_id: UUID,
    came: Mapping[UUID, Came],
    rules: SchemeRules,
    occasion: Occasion,
) -> str | None:
    """Thank those whom a list names and who have no award of this session; or propose it, and its reference.

    Those without a place are entered on the roster. A list of the same session that waits is void: this one is in its
    place. What an operator awards alone is counted over all their lists of a London day. Each resident is refused alone
    (`file_award_queries`). Raises what `award_session` raises for the whole.
    """
    facts = session_facts(session, session_id=session_id, organiser_id=organiser_id)
    operator_email(session, operator_id=operator_id, organiser_id=organiser_id)
    check_awardable(facts, occasion)
    _lock(session, session_id)
    waiting = [one.id for one in waiting_file_awards(session, session_id=session_id, organiser_id=organiser_id)]
    proposals.replace_proposals(session, proposal_ids=waiting, occasion=occasion)
    before = awarded_of(session, session_id=session_id)
    still = {resident: one for resident, one in came.items() if resident not in before}
    asked: dict[str, Any] = {"operator_id": operator_id, "occasion": occasion}
    if not counted_from_list(session, came=sum_of(still.values()), rules=rules, **asked):
        content = file_award_content(session_id=session_id, organiser_id=organiser_id, came=still)
        return proposals.propose_by_operator(session, kind=FILE_AWARD, content=content, **asked).reference
    refused = _refused_before(session, came, _email_of_operator(session, operator_id))
    outcomes = _award(session, facts, operator_id, came, refused, rules, occasion)
    left_out = [still[one.resident_id] for one in outcomes if one.refused is not None and one.resident_id in still]
    count_back_from_list(session, refused=sum_of(left_out), **asked)
    _keep(session, facts, operator_id, outcomes, None, occasion)
    return None


def approve_file_award(
    session: Session, *, proposal_id: UUID, checker_id: UUID, rules: SchemeRules, occasion: Occasion
) -> None:
    """Approve a proposed list and award it, both or neither; each resident is decided alone, as things stand now.

    Whoever decides is not thanked by it. Raises NotFound for a proposal of another kind, and what `proposals.approve`,
    `proposals.use_proposal` and, for the whole, `award_session` raise.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=FILE_AWARD, called="file award")
    session_id, came = from_text(proposed.content["session_id"]), came_of(proposed.content)
    organiser_id = from_text(proposed.content["organiser_id"])
    facts = session_facts(session, session_id=session_id, organiser_id=organiser_id)
    _lock(session, session_id)
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    content = file_award_content(session_id=session_id, organiser_id=organiser_id, came=came)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=FILE_AWARD, content=content, occasion=occasion)
    maker, checker = _email_of_operator(session, proposed.maker_id), _email_of_officer(session, checker_id)
    refused = _refused_before(session, came, maker, checker)
    outcomes = _award(session, facts, proposed.maker_id, came, refused, rules, occasion)
    _keep(session, facts, proposed.maker_id, outcomes, proposal_id, occasion)


def take_back_file(
    session: Session, *, session_id: UUID, organiser_id: UUID, operator_id: UUID, occasion: Occasion
) -> None:
    """Take back the list of a session that waits, which one sent oneself; nothing changes where none waits.

    Raises NotFound for another organiser's session and for another's list, and MoveRefused.
    """
    session_facts(session, session_id=session_id, organiser_id=organiser_id)
    waiting = waiting_file_awards(session, session_id=session_id, organiser_id=organiser_id)
    for one in waiting:
        proposals.withdraw(session, proposal_id=one.id, maker_id=operator_id, occasion=occasion)


def _lock(session: Session, session_id: UUID) -> None:
    """Of two lists of one session, one is after the other."""
    session.execute(select(ActivitySession.id).where(ActivitySession.id == session_id).with_for_update())


def _email_of_operator(session: Session, operator_id: UUID) -> str | None:
    return session.execute(select(Operator.email).where(Operator.id == operator_id)).scalar_one()


def _email_of_officer(session: Session, officer_id: UUID) -> str:
    return session.execute(select(Officer.email).where(Officer.id == officer_id)).scalar_one()


def _refused_before(session: Session, came: Mapping[UUID, Came], *own: str | None) -> REFUSALS:
    """Those who are not entered on the roster for this: nobody we know, gone, or one of those who decide it."""
    mailboxes = {mailbox_of(email.strip().lower()) for email in own if email}
    query = select(Resident.id, Resident.email, Resident.status).where(Resident.id.in_(set(came)))
    refused: REFUSALS = {resident: NotFound("resident") for resident in came}
    for row in session.execute(query):
        del refused[row.id]
        if row.status in (ResidentStatus.CLOSING, ResidentStatus.CLOSED):
            refused[row.id] = ResidentClosed("this wallet takes no new credits")
        elif mailbox_of(row.email) in mailboxes:
            refused[row.id] = SelfAward()
    return refused


def _award(
    session: Session,
    facts: SessionFacts,
    operator_id: UUID,
    came: Mapping[UUID, Came],
    refused: REFUSALS,
    rules: SchemeRules,
    occasion: Occasion,
) -> list[AwardOutcome]:
    """What became of each: those not refused already are entered where they had no place, and awarded."""
    refused = dict(refused)
    check_awardable(facts, occasion)
    for resident in sorted(set(came) - set(refused)):
        try:
            enter_who_came(session, session_id=facts.id, resident_id=resident, occasion=occasion)
        except SessionFull as error:
            refused[resident] = error
    entered = {resident: one for resident, one in came.items() if resident not in refused}
    outcomes = award_each(session, facts=facts, operator_id=operator_id, came=entered, rules=rules, occasion=occasion)
    return [
        *outcomes,
        *(
            AwardOutcome(resident_id=resident, amount=came[resident].amount, refused=error, transaction_id=None)
            for resident, error in refused.items()
        ),
    ]


def _keep(
    session: Session,
    facts: SessionFacts,
    operator_id: UUID,
    outcomes: Sequence[AwardOutcome],
    proposal_id: UUID | None,
    occasion: Occasion,
) -> None:
    awarded = [one for one in outcomes if one.refused is None]
    row = {
        "id": occasion.new_id(),
        "session_id": facts.id,
        "operator_id": operator_id,
        "proposal_id": proposal_id,
        "people": len(awarded),
        "amount": sum(one.amount for one in awarded),
        "refused": {to_text(one.resident_id): reason_of(one.refused) for one in outcomes if one.refused is not None},
        "at": occasion.now,
    }
    session.connection().execute(insert(FileAward), row)


def reason_of(error: LedgerError) -> str:
    """What names a refusal: the cap that was reached, or its stable code."""
    return str(error.cap) if isinstance(error, CapReached) else error.code
