"""A proposed claw-back of a council-tax item as officers read it: which reduction, how much of it, and why."""

from council_office.alone import limit_of, why_two
from council_office.asked import Asked, Changes, asked_by_and_when
from council_office.batch_seen import REASONS
from council_office.wording import strong
from ledger.council_tax.item_queries import item_seen
from ledger.council_tax.rules import Reason
from ledger.money import format_amount, format_signed
from ledger.people.proposals import ProposalView
from ledger.wallets.rules import Cap
from shared_web.db import Session


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed claw-back in words."""
    content = proposal.content
    found = item_seen(session, reference=content["item"])
    amount, left = content["amount"], found.left
    words = f"{format_amount(amount)} CR"
    return Asked(
        kind="Council tax",
        title=f"Take {words} of council tax item {found.item.reference} back",
        approve=f"Approve taking {words} back",
        why_two=why_two(amount, limit=limit_of(Cap.REVERSED_ALONE_A_DAY)),
        rows=[
            {"key": "Item", "value": f"{found.item.reference}, {format_amount(found.item.amount)} CR"},
            {"key": "To be taken back", "value": words},
            {"key": "Reason in the file", "value": REASONS[Reason(content["reason"])]},
            {"key": "Why", "value": content["why"]},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
        changes=Changes(
            unit="In CR",
            rows=[
                [
                    "Applied and not asked back",
                    format_amount(left),
                    strong(format_signed(-amount)),
                    format_amount(left - amount),
                ]
            ],
            note="It leaves in the next file, and the credits return when council tax has answered.",
        ),
    )
