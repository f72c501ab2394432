"""Post what was decided of a file's items: what was applied leaves transit, what goes back returns to its purses."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ledger.book.posting import post_many
from ledger.book.rules import AccountId, Line, Posting
from ledger.council_tax.answered import Decision
from ledger.council_tax.queries import APPLIED, IN_TRANSIT
from ledger.council_tax.returns import Return, return_postings
from ledger.council_tax.year_accounts import year_accounts
from ledger.identifiers import to_text
from ledger.occasion import Occasion

APPLY, RETURN, TAKE_BACK = "council_tax_applied", "council_tax_returned", "council_tax_taken_back"


def post_decided(
    session: Session, found: Sequence[Decision], items: Mapping[UUID, Any], occasion: Occasion
) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
    """Post what was applied and what goes back; which transaction did either, by item."""
    years = [one.item.financial_year for one in found]
    in_transit = year_accounts(session, years, kind=IN_TRANSIT, occasion=occasion)
    accounts = year_accounts(session, years, kind=APPLIED, occasion=occasion)
    taken_off = [one for one in found if one.reduces and one.applied]
    applies = [_applies(one, in_transit, accounts, occasion) for one in taken_off]
    returns = [*_returns(found, in_transit), *_taken_back(found, items, accounts)]
    back = return_postings(session, returns, occasion)
    post_many(session.connection(), [*applies, *back])
    return (
        {one.item.id: posting.id for one, posting in zip(taken_off, applies, strict=True)},
        {one.item_id: posting.id for one, posting in zip(returns, back, strict=True)},
    )


def _applies(
    one: Decision, in_transit: Mapping[int, AccountId], applied: Mapping[int, AccountId], occasion: Occasion
) -> Posting:
    year = one.item.financial_year
    return Posting(
        id=occasion.new_id(),
        kind=APPLY,
        lines=[Line(debit=in_transit[year], credit=applied[year], amount=one.applied)],
        at=occasion.now,
        actor=occasion.actor,
        details={"item": to_text(one.item.id)},
    )


def _returns(found: Sequence[Decision], in_transit: Mapping[int, AccountId]) -> list[Return]:
    """What goes back of reductions that were not, or not wholly, applied."""
    return [
        Return(
            item_id=one.item.id,
            capture_id=one.item.transaction_id,
            resident_id=one.item.resident_id,
            kind=RETURN,
            debit=in_transit[one.item.financial_year],
            amount=one.returned,
            before=one.item.returned,
        )
        for one in found
        if one.returned
    ]


def _taken_back(found: Sequence[Decision], items: Mapping[UUID, Any], applied: Mapping[int, AccountId]) -> list[Return]:
    """What goes back of reductions that were applied, by reversals that were."""
    before = {item.id: item.returned for item in items.values()}
    returns: list[Return] = []
    for one in found:
        if one.reduces or not one.applied:
            continue
        original = items[one.item.original_id]
        returns.append(
            Return(
                item_id=one.item.id,
                capture_id=original.transaction_id,
                resident_id=original.resident_id,
                kind=TAKE_BACK,
                debit=applied[original.financial_year],
                amount=one.applied,
                before=before[original.id],
            )
        )
        before[original.id] += one.applied
    return returns
