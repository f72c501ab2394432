"""What the environment says of the rules, compared with what it said when a night last looked; a change is audited."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.audit.models import AuditRow
from ledger.audit.operations import Subject, record_command
from ledger.occasion import Occasion
from ledger.rule_settings import RULE_SETTINGS
from ledger.scheme.rules import texts_of
from ledger.settings import SchemeRules

SUBJECT = Subject(kind="environment", id="rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A setting of the environment that says something else than before, as its text."""

    variable: str
    was: str
    now: str


def compare_environment(
    session: Session, *, rules: SchemeRules, business_date: date, occasion: Occasion
) -> list[Moved]:
    """What the environment's `rules` say otherwise than when they were looked at last, which is audited once.

    Asked again for the same night, it tells the same.
    """
    values, before = texts_of(rules, RULE_SETTINGS), _last_seen(session)
    if before is not None and before["values"] == values:
        same_night = before["business_date"] == business_date.isoformat()
        return [Moved(**one) for one in before["moved"]] if same_night else []
    known = values if before is None else before["values"]
    moved = [
        Moved(variable=variable, was=known.get(variable, ""), now=text)
        for variable, text in values.items()
        if known.get(variable, "") != text
    ]
    details = {
        "business_date": business_date.isoformat(),
        "values": dict(values),
        "moved": [asdict(one) for one in moved],
    }
    record_command(session, "nightly", subject=SUBJECT, details=details, occasion=occasion)
    return moved


def _last_seen(session: Session) -> dict[str, Any] | None:
    query = select(AuditRow.details).where(AuditRow.subject_id == SUBJECT.id, AuditRow.subject_kind == SUBJECT.kind)
    return session.execute(query.order_by(AuditRow.id.desc()).limit(1)).scalar_one_or_none()
