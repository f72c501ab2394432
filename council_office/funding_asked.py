"""A proposed funding of a programme as officers read it."""

from council_office.alone import limit_of, why_two
from council_office.asked import Asked, Changes, asked_by_and_when
from council_office.wording import strong
from ledger.earning.queries import programme
from ledger.earning.views import ProgrammeView
from ledger.identifiers import from_text
from ledger.money import Amount, format_amount, format_signed
from ledger.people.proposals import ProposalView
from ledger.wallets.rules import Cap
from shared_web.db import Session, occasion


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed funding in words."""
    content = proposal.content
    found = programme(session, programme_id=from_text(content["programme_id"]), today=occasion().today)
    amount = f"{format_amount(content['amount'])} CR"
    return Asked(
        kind="Budget",
        title=f"Add {amount} to the budget of {found.name}",
        approve=f"Approve {amount}",
        why_two=why_two(content["amount"], limit=limit_of(Cap.FUNDED_ALONE_A_DAY)),
        rows=[
            {"key": "Programme", "value": f"{found.name}, decision {found.decision_reference}"},
            {"key": "Amount", "value": amount},
            {"key": "Decision", "value": content["decision_reference"]},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
        changes=Changes(unit="In CR", rows=changes(content["amount"], found)),
    )


def changes(amount: Amount, found: ProgrammeView) -> list[list[str]]:
    """The budget, what of it is left to allot, and what is left under the ceiling if there is one."""
    rows = [("Budget", found.budget, amount), ("Left to allot", found.left, amount)]
    if found.ceiling is not None:
        rows.append(
            (f"Left under its ceiling of {format_amount(found.ceiling)}", found.ceiling - found.budget, -amount)
        )
    return [[name, format_amount(now), strong(format_signed(by)), format_amount(now + by)] for name, now, by in rows]
