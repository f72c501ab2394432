"""Fund a programme by one officer up to what one may do alone in a day, and past that by two."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.earning.programmes import check_funding, fund
from ledger.earning.rules import FUNDING, funding_content
from ledger.identifiers import from_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people import proposals
from ledger.settings import SchemeRules
from ledger.wallets.alone import counted_alone
from ledger.wallets.rules import Cap


def ask_funding(
    session: Session,
    *,
    programme_id: UUID,
    amount: Amount,
    decision_reference: str,
    officer_id: UUID,
    rules: SchemeRules,
    occasion: Occasion,
) -> str | None:
    """Fund at once where one officer may, else propose it; the reference of the proposal, None if it is funded.

    The limit is that of allotments, `rules.allotment_alone`, and counts apart from them. Raises what `fund` raises, a
    proposal past the ceiling of now included.
    """
    asked: dict[str, Any] = {
        "programme_id": programme_id,
        "amount": amount,
        "decision_reference": decision_reference,
        "occasion": occasion,
    }
    check_funding(session, **asked)
    cap = Cap.FUNDED_ALONE_A_DAY
    if counted_alone(
        session, officer_id=officer_id, cap=cap, amount=amount, limit=rules.allotment_alone, occasion=occasion
    ):
        fund(session, **asked)
        return None
    content = funding_content(programme_id=programme_id, amount=amount, decision_reference=decision_reference)
    return proposals.propose(session, kind=FUNDING, content=content, maker_id=officer_id, occasion=occasion).reference


def approve_funding(session: Session, *, proposal_id: UUID, checker_id: UUID, occasion: Occasion) -> UUID:
    """Approve a proposed funding and make it, both or neither; the transaction's id.

    Raises NotFound for a proposal of another kind, and what `proposals.approve` and `fund` raise.
    """
    proposed = proposals.proposal_of(session, proposal_id=proposal_id, kind=FUNDING, called="funding")
    proposals.approve(session, proposal_id=proposal_id, checker_id=checker_id, occasion=occasion)
    return fund(
        session,
        programme_id=from_text(proposed.content["programme_id"]),
        amount=proposed.content["amount"],
        decision_reference=proposed.content["decision_reference"],
        proposal_id=proposal_id,
        occasion=occasion,
    )
