"""What two officers do to the scheme's settings: one proposes, another agrees, and what was decided is added."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.scheme.errors import SettingTooLate
from ledger.scheme.models import SchemeSetting
from ledger.scheme.rules import SCHEME_SETTING, setting_content
from ledger.store import insert_once


def ask_setting(
    session: Session,
    *,
    name: str,
    value: str,
    starts_on: date,
    decision_reference: str,
    officer_id: UUID,
    occasion: Occasion,
) -> str:
    """Propose what a setting says from a London day on, as the environment would say it; the proposal's reference.

    Raises NotFound (nothing that may be decided), InvalidField (a value that the environment would refuse, no day to
    come, no decision).
    """
    content = setting_content(
        name=name, value=value, starts_on=starts_on, decision_reference=decision_reference, today=occasion.today
    )
    made = proposals.propose(session, kind=SCHEME_SETTING, content=content, maker_id=officer_id, occasion=occasion)
    return made.reference


def approve_setting(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> None:
    """Approve a proposed setting and add it, both or neither.

    Raises NotFound for a proposal of another kind, SettingTooLate where its day has come meanwhile, InvalidField where
    this release takes no such value, and what `proposals.approve` raises.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=SCHEME_SETTING, called="setting")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    content = dict(proposed.content)
    proposals.use_proposal(session, proposal_id=proposal_id, kind=SCHEME_SETTING, content=content, occasion=occasion)
    starts_on = date.fromisoformat(content["starts_on"])
    if starts_on <= occasion.today:
        raise SettingTooLate
    checked = setting_content(**{**content, "starts_on": starts_on}, today=occasion.today)
    row = {**checked, "starts_on": starts_on, "proposal_id": proposal_id, "set_at": occasion.now}
    _add(session, row)


def _add(session: Session, row: dict[str, Any]) -> None:
    """Add it after what was set of the same setting before: of two who approve at once, one is numbered after it."""
    of_setting = SchemeSetting.name == row["name"]
    number = session.execute(select(func.count()).where(of_setting)).scalar_one() + 1
    while not insert_once(
        session.connection(),
        SchemeSetting,
        {**row, "number": number},
        taken=of_setting & (SchemeSetting.number == number),
    ):
        number += 1
