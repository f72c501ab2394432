"""The accounts of a financial year: what is in transit to its council-tax bills, and what was applied to them."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ledger.book.accounts import open_account
from ledger.book.rules import AccountId, Mode, Unit
from ledger.council_tax.calendar import owner_of_year
from ledger.occasion import Occasion


def year_accounts(session: Session, years: Iterable[int], *, kind: str, occasion: Occasion) -> dict[int, AccountId]:
    """The number of each of these financial years' account of a kind, opened now unless it stands already."""
    return {
        year: open_account(
            session.connection(),
            public_id=occasion.new_id(),
            kind=kind,
            unit=Unit.CR,
            owner_id=owner_of_year(year),
            mode=Mode.ROLLUP,
        )
        for year in sorted(set(years))
    }
