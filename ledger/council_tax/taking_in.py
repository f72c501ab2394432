"""Take in any file of the revenues system, told by its header, and reconcile the batch that it answers."""

from sqlalchemy.orm import Session

from ledger.council_tax.answer_file import kind_of
from ledger.council_tax.answers import TakenIn, take_response
from ledger.council_tax.changes import take_changes
from ledger.council_tax.reconciling import reconcile
from ledger.council_tax.rules import AnswerKind
from ledger.occasion import Occasion
from ledger.settings import Scheme


def take_in(session: Session, *, content: bytes, scheme: Scheme, occasion: Occasion) -> TakenIn:
    """Take in a CTR or CTU file whole, once. Raises AnswerDamaged with line and field, AnswerDiffers.

    A batch that the books do not account for to the penny stays `answered`, for people to look at.
    """
    if kind_of(content) == AnswerKind.CHANGES:
        return take_changes(session, content=content, scheme=scheme, occasion=occasion)
    taken = take_response(session, content=content, scheme=scheme, occasion=occasion)
    reconcile(session, sequence=taken.sequence)
    return taken
