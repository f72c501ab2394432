"""What an officer may do alone in a day, and why something takes two, in sentences."""

from ledger.money import Amount, format_amount
from ledger.settings import SchemeRules
from ledger.wallets.alone import left_alone
from ledger.wallets.rules import Cap
from shared_web.db import Session, occasion
from shared_web.guards import signed_in
from shared_web.in_force import rules_today


def limit_of(cap: Cap) -> Amount:
    """How much one officer may do alone in a day."""
    rules: SchemeRules = rules_today()
    return rules.reversal_alone if cap == Cap.REVERSED_ALONE_A_DAY else rules.allotment_alone


def left_today(session: Session, cap: Cap) -> Amount:
    """How much more whoever is signed in may do alone today."""
    return left_alone(session, officer_id=signed_in().person_id, cap=cap, limit=limit_of(cap), occasion=occasion())


def alone_hint(left: Amount, *, limit: Amount) -> str:
    """What an officer is told where they enter an amount, of which so much is left to them alone today."""
    if left == limit:
        return f"Over {format_amount(limit)} in a day, somebody else must agree"
    if left:
        return f"Over {format_amount(left)} more today, somebody else must agree"
    return (
        f"Today you have reached the {format_amount(limit)} that one person may do alone, so somebody else must agree"
    )


def why_two(amount: Amount, *, limit: Amount) -> str:
    """Why two people are needed; where the amount alone is not over the limit, the day's sum is."""
    with_what = "" if amount > limit else ", with what the same person did alone that day"
    return f"Over {format_amount(limit)} CR{with_what}, so two people are needed."
