"""A file that waits for its release, as the list of approvals shows it; it is decided on the batch's own page."""

from council_office.asked import Asked
from ledger.errors import NotFound
from ledger.money import format_pounds
from ledger.occasion import Occasion
from ledger.people.proposals import ProposalView
from shared_web.db import Session


def asked_of(_session: Session, proposal: ProposalView) -> Asked:
    """What the list says of it."""
    content = proposal.content
    net = format_pounds(content["reductions"] - content["reversals"])
    return Asked(
        kind="Council tax",
        title=f"Release {net} of council tax, batch {content['sequence']:06}",
        approve=f"Release {net}",
        why_two="A file leaves by two people.",
        rows=[],
    )


def page_of(proposal: ProposalView) -> str:
    """Where it is decided."""
    return f"/office/council-tax/{proposal.content['sequence']}"


def decided_elsewhere(_session: Session, _proposal: ProposalView, _now: Occasion) -> None:
    """Nothing: beside the file itself, with its totals, and nowhere else. Raises NotFound."""
    raise NotFound("proposal")
