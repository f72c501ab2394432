"""What one officer did alone on a London day, counted as caps are: a limit holds for the day, not for each act."""

from uuid import UUID

from sqlalchemy.orm import Session

from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.wallets.errors import CapReached
from ledger.wallets.operations import use_cap
from ledger.wallets.queries import cap_used
from ledger.wallets.rules import Cap


def counted_alone(
    session: Session, *, officer_id: UUID, cap: Cap, amount: Amount, limit: Amount, occasion: Occasion
) -> bool:
    """Whether an officer may do so much more alone today; if so it is counted, by one guarded update.

    What is counted stays counted, also where what was done is undone later.
    """
    try:
        use_cap(session, owner_id=officer_id, cap=cap, day=occasion.today, used=amount, limit=limit)
    except CapReached:
        return False
    return True


def left_alone(session: Session, *, officer_id: UUID, cap: Cap, limit: Amount, occasion: Occasion) -> Amount:
    """How much more an officer may do alone today, minor units."""
    return max(limit - cap_used(session, owner_id=officer_id, cap=cap, day=occasion.today), 0)
