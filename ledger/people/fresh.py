"""Show again that it is you: the digits of an officer's app in the middle of a sign-in, five tries, then a wait."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.occasion import Occasion
from ledger.people.errors import WrongCode
from ledger.people.one_time_codes import use_app_digits
from ledger.people.rules import PIN_WAIT
from ledger.people.try_counters import count_slowing_try, forget_tries, tries_left


def count_fresh_try(session: Session, *, officer_id: UUID, occasion: Occasion) -> None:
    """Count a try of an officer's digits, in a unit of work of its own before confirm_fresh. Raises TooManyTries."""
    count_slowing_try(session, subject=_subject(officer_id), wait=PIN_WAIT, occasion=occasion)


def confirm_fresh(
    session: Session, *, officer_id: UUID, digits: str, field_keys: Sequence[str], occasion: Occasion
) -> None:
    """Use up the digits that an officer's app shows now, in the unit of work of what they are for. Raises WrongCode."""
    if not use_app_digits(session, officer_id=officer_id, digits=digits, field_keys=field_keys, occasion=occasion):
        raise WrongCode(tries_left=tries_left(session, subject=_subject(officer_id), wait=PIN_WAIT))
    forget_tries(session, subject=_subject(officer_id))


def _subject(officer_id: UUID) -> str:
    return f"fresh:{officer_id}"
