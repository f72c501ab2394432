"""What one operator awards alone from lists on a London day: many short lists come to as much as one long one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.earning.rules import Came
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.settings import SchemeRules
from ledger.wallets.errors import CapReached
from ledger.wallets.operations import give_back_cap, use_cap
from ledger.wallets.queries import cap_used
from ledger.wallets.rules import Cap

CREDITS, PEOPLE = Cap.LISTED_CREDITS_ALONE_A_DAY, Cap.LISTED_PEOPLE_ALONE_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """So many people, and so much in all, minor units."""

    people: int
    amount: Amount


def sum_of(came: Iterable[Came]) -> Alone:
    """What awarding all of these comes to."""
    amounts = [one.amount for one in came]
    return Alone(people=len(amounts), amount=sum(amounts))


def left_from_lists(session: Session, *, operator_id: UUID, rules: SchemeRules, today: date) -> Alone:
    """How many more people, and how much more, an operator may award alone from lists today."""
    people = cap_used(session, owner_id=operator_id, cap=PEOPLE, day=today)
    amount = cap_used(session, owner_id=operator_id, cap=CREDITS, day=today)
    return Alone(people=max(rules.file_people_alone - people, 0), amount=max(rules.file_credits_alone - amount, 0))


def needs_two(came: Alone, *, left: Alone) -> bool:
    """Whether awarding these takes another person, where so much is left to whoever asks."""
    return came.people > left.people or came.amount > left.amount


def counted_from_list(
    session: Session, *, operator_id: UUID, came: Alone, rules: SchemeRules, occasion: Occasion
) -> bool:
    """Whether an operator may award so much more alone today; if so it is counted, by guarded updates."""
    if not came.people:
        return True
    day = occasion.today
    try:
        use_cap(session, owner_id=operator_id, cap=CREDITS, day=day, used=came.amount, limit=rules.file_credits_alone)
    except CapReached:
        return False
    try:
        use_cap(session, owner_id=operator_id, cap=PEOPLE, day=day, used=came.people, limit=rules.file_people_alone)
    except CapReached:
        give_back_cap(session, owner_id=operator_id, cap=CREDITS, day=day, used=came.amount)
        return False
    return True


def count_back_from_list(session: Session, *, operator_id: UUID, refused: Alone, occasion: Occasion) -> None:
    """Give back what was counted for those who were refused after all."""
    if refused.people:
        give_back_cap(session, owner_id=operator_id, cap=CREDITS, day=occasion.today, used=refused.amount)
        give_back_cap(session, owner_id=operator_id, cap=PEOPLE, day=occasion.today, used=refused.people)
