"""A proposed ceiling of a programme as officers read it."""

from council_office.asked import Asked, Changes, asked_by_and_when
from council_office.wording import strong
from ledger.earning.queries import programme
from ledger.earning.views import ProgrammeView
from ledger.identifiers import from_text
from ledger.money import Amount, format_amount, format_signed
from ledger.people.proposals import ProposalView
from shared_web.db import Session, occasion


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed ceiling in words."""
    content = proposal.content
    found = programme(session, programme_id=from_text(content["programme_id"]), today=occasion().today)
    amount = f"{format_amount(content['amount'])} CR"
    return Asked(
        kind="Ceiling",
        title=f"A ceiling of {amount} for {found.name}",
        approve=f"Approve {amount}",
        why_two="A ceiling takes two people.",
        rows=[
            {"key": "Programme", "value": f"{found.name}, decision {found.decision_reference}"},
            {"key": "Ceiling", "value": amount},
            {"key": "Decision", "value": content["decision_reference"]},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
        changes=Changes(unit="In CR", rows=changes(content["amount"], found)),
    )


def changes(amount: Amount, found: ProgrammeView) -> list[list[str]]:
    """The ceiling and what is left under it, now and after; without a ceiling now there is nothing to compare."""
    if found.ceiling is None:
        room = format_amount(amount - found.budget)
        return [["Ceiling", "None", "", format_amount(amount)], ["Left under it", "", "", room]]
    by = amount - found.ceiling
    left = found.ceiling - found.budget
    return [
        ["Ceiling", format_amount(found.ceiling), strong(format_signed(by)), format_amount(amount)],
        ["Left under it", format_amount(left), strong(format_signed(by)), format_amount(left + by)],
    ]
