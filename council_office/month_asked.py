"""A month that is to be opened again, as officers read it."""

from council_office.asked import Asked, asked_by_and_when
from ledger.people.proposals import ProposalView
from ledger.reopen_month import month_in
from shared_web.db import Session


def asked_of(_session: Session, proposal: ProposalView) -> Asked:
    """A proposed reopening in words."""
    month = f"{month_in(proposal.content):%B %Y}"
    return Asked(
        kind="Closed month",
        title=f"Open {month} again",
        approve=f"Open {month} again",
        why_two="What was frozen may be relied on, so two people are needed.",
        rows=[
            {"key": "Month", "value": month},
            {"key": "Because", "value": proposal.content["reason"]},
            {"key": "What stays", "value": "The totals it was closed with"},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
    )
