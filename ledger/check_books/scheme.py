"""Checks of issuance, of takings against redemptions, and of codes."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from ledger.book.models import Account, Balance
from ledger.check_books.findings import Finding, first, named
from ledger.check_books.sums import account_sums, total
from ledger.identifiers import to_text
from ledger.money import format_amount
from ledger.redemption.models import Code, Redemption
from ledger.redemption.rules import CodeState


def issued_equals_the_rest(session: Session) -> Iterator[Finding]:
    """I-08: what was issued is what stands on all other accounts, the strict ones by their own balance rows."""
    sums = account_sums()
    by_transfers = func.coalesce(sums.c.credited - sums.c.debited, 0)
    balance = total(case((Balance.account_id.is_not(None), Balance.credited - Balance.debited), else_=by_transfers))
    query = (
        select(Account.unit, balance.label("balance"))
        .join(sums, sums.c.account_id == Account.id, isouter=True)
        .join(Balance, Balance.account_id == Account.id, isouter=True)
        .where(Account.unit != "GBP")
        .group_by(Account.unit)
        .having(balance != 0)
        .order_by(Account.unit)
    )
    if row := first(session, query):
        message = f"what stands on accounts differs from what was issued by {format_amount(int(row.balance))}"
        yield Finding(id="I-08", subject=f"unit {row.unit}", message=message)


def takings_equal_redemptions(session: Session) -> Iterator[Finding]:
    """I-09: a merchant's takings are what its redemptions took, less what they gave back."""
    sums = account_sums()
    books = (
        select(Account.owner_id.label("merchant_id"), (sums.c.credited - sums.c.debited).label("amount"))
        .join(sums, sums.c.account_id == Account.id)
        .where(Account.kind == "takings", Account.unit == "CR")
    )
    rows = select(Redemption.merchant_id, Redemption.returned - Redemption.amount)
    both = union_all(books, rows).subquery("both")
    difference = total(both.c.amount)
    query = (
        select(both.c.merchant_id, difference.label("difference"))
        .group_by(both.c.merchant_id)
        .having(difference != 0)
        .order_by(both.c.merchant_id)
    )
    if row := first(session, query):
        message = f"its takings exceed its redemptions by {format_amount(int(row.difference))}"
        yield Finding(id="I-09", subject=f"merchant {to_text(row.merchant_id)}", message=message)


def codes_and_redemptions_agree(session: Session) -> Iterator[Finding]:
    """I-10: a code is redeemed if and only if one redemption of it stands, of at most its cap."""
    taken = (
        select(Redemption.code_id, func.count().label("redemptions"), total(Redemption.amount).label("amount"))
        .group_by(Redemption.code_id)
        .subquery("taken")
    )
    redeemed, stands = Code.state == CodeState.REDEEMED, taken.c.redemptions.is_not(None)
    broken = or_(
        and_(redeemed, ~stands),
        and_(~redeemed, stands),
        taken.c.redemptions > 1,
        taken.c.amount > Code.cap,
    )
    query = (
        select(Code.id, Code.state, func.coalesce(taken.c.redemptions, 0).label("redemptions"))
        .join(taken, taken.c.code_id == Code.id, isouter=True)
        .where(broken)
        .order_by(Code.id)
    )
    if row := first(session, query):
        message = f"is {row.state} with {row.redemptions} redemptions, or they took more than its cap"
        yield Finding(id="I-10", subject=named("code", row.id), message=message)
