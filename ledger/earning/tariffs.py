"""What activities count from which day on: two people agree on a tariff, and it is added, never changed."""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from ledger.clock import LONDON
from ledger.earning.models import Activity, ActivitySession, TariffVersion
from ledger.earning.rules import (
    TARIFF,
    SessionState,
    Tariff,
    TariffPer,
    check_starts_on,
    check_tariff,
    check_text,
    minutes_of,
    session_credits,
    tariff_on,
)
from ledger.errors import InvalidField, NotFound
from ledger.identifiers import from_text, to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals


def tariff_versions(session: Session, *, activity_ids: Collection[UUID]) -> dict[UUID, list[Tariff]]:
    """The tariffs that were set for these activities, in the order in which they were set."""
    query = (
        select(TariffVersion.activity_id, TariffVersion.tariff, TariffVersion.tariff_per, TariffVersion.starts_on)
        .where(TariffVersion.activity_id.in_(activity_ids))
        .order_by(TariffVersion.activity_id, TariffVersion.number)
    )
    found: dict[UUID, list[Tariff]] = {}
    for row in session.execute(query):
        version = Tariff(amount=row.tariff, per=TariffPer(row.tariff_per), starts_on=row.starts_on)
        found.setdefault(row.activity_id, []).append(version)
    return found


def first_tariff(activity: Activity) -> Tariff:
    """What an activity was added with."""
    return Tariff(amount=activity.tariff, per=TariffPer(activity.tariff_per))


def tariff_of(session: Session, activity: Activity, *, day: date) -> Tariff:
    """The tariff of an activity in force on a London day."""
    versions = tariff_versions(session, activity_ids=[activity.id]).get(activity.id, [])
    return tariff_on(first_tariff(activity), versions, day=day)


def ask_tariff(
    session: Session,
    *,
    activity_id: UUID,
    tariff: Amount,
    per: TariffPer,
    starts_on: date,
    decision_reference: str,
    officer_id: UUID,
    occasion: Occasion,
) -> str:
    """Propose what an activity counts from a London day on (minor units); the reference of the proposal.

    Raises InvalidField, NotFound.
    """
    content = {
        "activity_id": to_text(activity_id),
        "tariff": tariff,
        "tariff_per": per.value,
        "starts_on": starts_on.isoformat(),
        "decision_reference": check_text("decision_reference", decision_reference, most=100),
    }
    _check(session, content, occasion)
    return proposals.propose(session, kind=TARIFF, content=content, maker_id=officer_id, occasion=occasion).reference


def approve_tariff(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Approve a proposed tariff and add it, both or neither.

    Raises NotFound for a proposal of another kind, InvalidField where its day has come meanwhile, and what
    `proposals.approve` raises.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=TARIFF, called="tariff")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    content = dict(proposed.content)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=TARIFF, content=content, occasion=occasion)
    activity = _check(session, content, occasion)
    of_activity = select(func.count()).where(TariffVersion.activity_id == activity.id)
    row = {
        "activity_id": activity.id,
        "number": session.execute(of_activity).scalar_one() + 1,
        "tariff": content["tariff"],
        "tariff_per": content["tariff_per"],
        "starts_on": date.fromisoformat(content["starts_on"]),
        "decision_reference": content["decision_reference"],
        "proposal_id": proposal_id,
        "set_at": occasion.now,
    }
    session.connection().execute(insert(TariffVersion), row)


def _check(session: Session, content: dict[str, Any], occasion: Occasion) -> Activity:
    """The activity, locked so that of two tariffs one is numbered after the other. Raises InvalidField, NotFound."""
    check_tariff(content["tariff"])
    starts_on = date.fromisoformat(content["starts_on"])
    check_starts_on(starts_on, today=occasion.today)
    query = select(Activity).where(Activity.id == from_text(content["activity_id"]))
    activity = session.execute(query.with_for_update()).scalar_one_or_none()
    if activity is None:
        raise NotFound("activity")
    _check_planned(session, activity, content["tariff"], TariffPer(content["tariff_per"]), starts_on)
    return activity


def _check_planned(session: Session, activity: Activity, tariff: Amount, per: TariffPer, starts_on: date) -> None:
    """Refuse a tariff by which a session that is planned would be worth less than 0.01 or more than 10,000.00."""
    query = select(ActivitySession.starts_at, ActivitySession.ends_at).where(
        ActivitySession.activity_id == activity.id,
        ActivitySession.state == SessionState.OPEN,
        ActivitySession.starts_at >= datetime.combine(starts_on, time(), tzinfo=LONDON),
    )
    for planned in session.execute(query):
        minutes = minutes_of(starts_at=planned.starts_at, ends_at=planned.ends_at)
        try:
            check_tariff(session_credits(tariff=tariff, per=per, minutes=minutes))
        except InvalidField as error:
            raise InvalidField(
                "tariff", "makes a planned session worth less than 0.01 or more than 10,000.00"
            ) from error
