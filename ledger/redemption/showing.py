"""What a resident's screen shows: the live code drawn again, or a new one where none is live."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.occasion import Occasion
from ledger.redemption.codes import ShownCode, draw_again, issue_code
from ledger.redemption.models import Code, Presentation
from ledger.redemption.rules import CodeState
from ledger.settings import SchemeRules


def show_code(
    session: Session, *, resident_id: UUID, rules: SchemeRules, code_key: bytes, occasion: Occasion
) -> ShownCode:
    """The resident's live code, drawn again so that what a till saw before stays good; a new code where none is live.

    Raises NotFound, ResidentFrozen, NothingToSpend, and CodeAlreadyRedeemed where a till takes it at this moment.
    """
    code_id = live_code_of(session, resident_id=resident_id, now=occasion.now)
    if code_id is None:
        return issue_code(session, resident_id=resident_id, rules=rules, code_key=code_key, occasion=occasion)
    return draw_again(session, code_id=code_id, resident_id=resident_id, code_key=code_key, occasion=occasion)


def live_code_of(session: Session, *, resident_id: UUID, now: datetime) -> UUID | None:
    """The resident's code that a till would still take; None where there is none."""
    still_good = select(Presentation.id).where(Presentation.code_id == Code.id, Presentation.expires_at > now).exists()
    query = select(Code.id).where(Code.resident_id == resident_id, Code.state == CodeState.ISSUED, still_good)
    return session.execute(query).scalar_one_or_none()
