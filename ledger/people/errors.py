"""What is refused about people: addresses that are taken, codes and PINs that are wrong, decisions of one person."""

from ledger.errors import LedgerError
from ledger.people.rules import ProposalState


class EmailTaken(LedgerError):
    """Somebody has this e-mail address already, here or in this organisation."""

    code = "email_taken"


class SourceTaken(LedgerError):
    """An organisation was made from this row of a file before."""

    code = "source_taken"

    def __init__(self, source: str) -> None:
        super().__init__(f"{source} was imported before")
        self.source = source


class WrongCode(LedgerError):
    """The six digits are not the ones that were sent, or shown by the officer's app."""

    code = "wrong_code"

    def __init__(self, *, tries_left: int) -> None:
        super().__init__(f"wrong code, {tries_left} tries left")
        self.tries_left = tries_left


class CodeEnded(LedgerError):
    """The one-time code is used, past its ten minutes, tried five times, or was never asked for."""

    code = "code_ended"


class TotpOwed(LedgerError):
    """An officer is not in before the six digits of their app are right too."""

    code = "totp_owed"


class OrganisationNotChosen(LedgerError):
    """The person acts for several organisations, and did not say for which of them, or named another."""

    code = "organisation_not_chosen"


class WrongPin(LedgerError):
    """The PIN is not this operator's."""

    code = "wrong_pin"

    def __init__(self, *, tries_left: int) -> None:
        super().__init__(f"wrong PIN, {tries_left} tries left")
        self.tries_left = tries_left


class TillLocked(LedgerError):
    """Nobody is at the till: it takes or undoes nothing before an operator's PIN."""

    code = "till_locked"


class OwnProposal(LedgerError):
    """Nobody decides what they proposed themself."""

    code = "own_proposal"


class ApproverMadeByMaker(LedgerError):
    """Whoever was made an approver by the maker decides nothing of theirs for a day."""

    code = "approver_made_by_maker"


class LacksRight(LedgerError):
    """Nobody grants what they may not do themself."""

    code = "lacks_right"


class OwnGrant(LedgerError):
    """Nobody asks for, or agrees to, a right of their own."""

    code = "own_grant"


class LastAdministrator(LedgerError):
    """The last officer who looks after officers keeps that right."""

    code = "last_administrator"


class ProposalStale(LedgerError):
    """What is decided upon is not what the page showed."""

    code = "proposal_stale"


class ProposalNotApproved(LedgerError):
    """The proposal is not, or no longer, one that may be acted upon."""

    code = "proposal_not_approved"

    def __init__(self, *, state: ProposalState) -> None:
        super().__init__(f"the proposal is {state}")
        self.state = state


class ProposalDiffers(LedgerError):
    """What is about to be done is not what was approved."""

    code = "proposal_differs"
