"""Checks of corrections: what reverses or returns agrees with its original, and two agreed where two must."""

from collections.abc import Iterator

from sqlalchemy import Subquery, and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from ledger.book.models import Transaction, Transfer
from ledger.check_books.findings import Finding, first, named
from ledger.check_books.sums import total
from ledger.corrections.models import Correction, Dispute
from ledger.corrections.rules import DisputeState
from ledger.council_tax.models import CouncilTaxItem
from ledger.earning.models import Award
from ledger.money import format_amount
from ledger.people.models import Proposal
from ledger.people.rules import ProposalState
from ledger.redemption.models import Redemption

ADJUSTMENT = "adjustment"


def reversals_mirror_their_originals(session: Session) -> Iterator[Finding]:
    """I-27: a reversal has each transfer of its original turned round, and no other."""
    done = select(
        Transaction.id, Transfer.debit_account, Transfer.credit_account, Transfer.amount, literal(1).label("count")
    ).join(Transfer, Transfer.transaction_id == Transaction.id)
    due = select(Transaction.id, Transfer.credit_account, Transfer.debit_account, Transfer.amount, literal(-1)).join(
        Transfer, Transfer.transaction_id == Transaction.reverses
    )
    both = union_all(done.where(Transaction.reverses.is_not(None)), due).subquery("both")
    query = (
        select(both.c.id)
        .group_by(both.c.id, both.c.debit_account, both.c.credit_account, both.c.amount)
        .having(total(both.c.count) != 0)
        .order_by(both.c.id)
    )
    if row := first(session, query):
        message = "is not the mirror of the transaction it reverses"
        yield Finding(id="I-27", subject=named("transaction", row.id), message=message)


def nothing_is_reversed_twice(session: Session) -> Iterator[Finding]:
    """I-27: a transaction is reversed once at most, and a reversal is not reversed itself."""
    original = aliased(Transaction)
    query = (
        select(original.id)
        .join(Transaction, Transaction.reverses == original.id)
        .group_by(original.id, original.reverses)
        .having(or_(func.count() > 1, original.reverses.is_not(None)))
        .order_by(original.id)
    )
    if row := first(session, query):
        message = "was reversed more than once, or is a reversal itself"
        yield Finding(id="I-27", subject=named("transaction", row.id), message=message)


def returned_equals_what_cites_it(session: Session) -> Iterator[Finding]:
    """I-27: what was returned of a redemption, an award or an item is what cites its transaction, within its amount."""
    cited = _cited()
    returned = func.coalesce(cited.c.amount, 0)
    kinds = (("redemption", Redemption), ("council-tax item", CouncilTaxItem), ("award", Award))
    for kind, model in kinds:
        query = (
            select(model.id, model.amount, model.returned, returned.label("cited"))
            .join(cited, cited.c.original == model.transaction_id, isouter=True)
            .where(or_(model.returned > model.amount, model.returned != returned))
            .order_by(model.id)
        )
        if row := first(session, query):
            said = f"says {format_amount(row.returned)} of {format_amount(row.amount)} was returned"
            message = f"{said}, what cites it comes to {format_amount(int(row.cited))}"
            yield Finding(id="I-27", subject=named(kind, row.id), message=message)


def nothing_gives_back_more_than_it_took(session: Session) -> Iterator[Finding]:
    """I-27: what cites a transaction comes to no more than that moved."""
    cited = _cited()
    query = (
        select(cited.c.original, cited.c.amount, total(Transfer.amount).label("moved"))
        .join(Transfer, Transfer.transaction_id == cited.c.original, isouter=True)
        .group_by(cited.c.original, cited.c.amount)
        .having(cited.c.amount > total(Transfer.amount))
        .order_by(cited.c.original)
    )
    if row := first(session, query):
        message = f"moved {format_amount(int(row.moved))}, what cites it comes to {format_amount(int(row.amount))}"
        yield Finding(id="I-27", subject=named("transaction", row.original), message=message)


def hands_are_two(session: Session) -> Iterator[Finding]:
    """I-25: what was adjusted by hand, and no less what reverses it, says why and was agreed to by two."""
    original = aliased(Transaction)
    agreed = Proposal.state == ProposalState.USED, Proposal.kind == Correction.kind
    by_hand = or_(Transaction.kind == ADJUSTMENT, original.kind == ADJUSTMENT)
    query = (
        select(Transaction.id)
        .outerjoin(original, original.id == Transaction.reverses)
        .outerjoin(Correction, Correction.transaction_id == Transaction.id)
        .outerjoin(Proposal, and_(Proposal.id == Correction.proposal_id, *agreed))
        .where(by_hand, Proposal.id.is_(None))
        .order_by(Transaction.id)
    )
    if row := first(session, query):
        message = "moves credits by hand, and no two officers agreed to it"
        yield Finding(id="I-25", subject=named("transaction", row.id), message=message)


def upheld_disputes_were_put_right(session: Session) -> Iterator[Finding]:
    """I-27: a dispute that is upheld cites a correction of the transaction it is about."""
    query = (
        select(Dispute.id)
        .outerjoin(Correction, Correction.id == Dispute.correction_id)
        .where(Dispute.state == DisputeState.UPHELD)
        .where(func.coalesce(Correction.about != Dispute.transaction_id, true()))
        .order_by(Dispute.id)
    )
    if row := first(session, query):
        message = "is upheld, and no correction of what it is about is cited"
        yield Finding(id="I-27", subject=named("dispute", row.id), message=message)


def _cited() -> Subquery:
    """What the transactions that cite another, to correct or to reverse it, come to, for each cited."""
    cited = func.coalesce(Transaction.corrects, Transaction.reverses)
    return (
        select(cited.label("original"), total(Transfer.amount).label("amount"))
        .join(Transfer, Transfer.transaction_id == Transaction.id)
        .where(cited.is_not(None))
        .group_by(cited)
        .subquery("cited")
    )
