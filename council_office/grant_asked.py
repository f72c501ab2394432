"""A proposed right as officers read it: who is to have it, what they may do already, and why."""

from council_office.asked import Asked, SideCard, asked_by_and_when
from council_office.wording import MAY
from ledger.people.officers import officer, read_grant
from ledger.people.proposals import ProposalView
from shared_web.db import Session


def asked_of(session: Session, proposal: ProposalView) -> Asked:
    """A proposed right in words."""
    officer_id, permission = read_grant(proposal.content)
    receiver = officer(session, officer_id=officer_id)
    already = [words for one, words in MAY.items() if one in receiver.permissions]
    return Asked(
        kind="Right",
        title=f"Let {receiver.name} do more: {MAY[permission].lower()}",
        approve=f"Agree for {receiver.name}",
        why_two="Two people decide what an officer may do.",
        rows=[
            {"key": "Officer", "value": f"{receiver.name}, {receiver.email}"},
            {"key": "May then", "value": MAY[permission]},
            {"key": "At once", "value": f"{receiver.name} signs in again"},
            {"key": "Because", "value": proposal.content["reason"]},
            {"key": "Asked by", "value": asked_by_and_when(proposal)},
        ],
        aside=SideCard(
            heading="May do now",
            rows=[{"key": words, "value": "Yes"} for words in already]
            or [{"key": "Look at the office", "value": "Yes"}],
        ),
    )
