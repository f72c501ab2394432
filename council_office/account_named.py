"""Accounts and kinds of transaction as officers read them; a resident's purse has nobody's name."""

from ledger.corrections.views import AccountSeen
from shared_web.days import plain_day

KINDS = {
    "fund": "Budget",
    "allot": "Allotment",
    "take_back": "Allotment taken back",
    "withdraw": "Budget withdrawn",
    "award": "Award",
    "redeem": "Redemption",
    "void": "Void",
    "refund": "Refund",
    "council_tax": "Council tax",
    "expire": "Expiry",
    "reversal": "Reversal",
    "adjustment": "Adjustment",
}
OTHER_KIND = "Transaction"
ACCOUNTS = {
    "issuance": "Issuance",
    "expired": "Expired credits",
    "settled": "Settled",
    "council_tax_in_transit": "Council tax in transit",
    "council_tax_applied": "Council tax applied",
}


def kind_named(kind: str) -> str:
    """E.g. "Redemption"."""
    return KINDS.get(kind, OTHER_KIND)


def account_named(account: AccountSeen) -> str:
    """E.g. "Budget of Growing Lambeth 2026", "Takings of Santos Deli", "A resident’s credits to 31 May 2028"."""
    match account.kind:
        case "budget":
            return f"Budget of {account.programme}"
        case "allowance":
            return f"Allowance of {account.holder} in {account.programme}"
        case "takings":
            return f"Takings of {account.holder}"
        case "purse" if account.expires_on is not None:
            return f"A resident’s credits to {plain_day(account.expires_on)}"
    return ACCOUNTS.get(account.kind, account.kind.replace("_", " ").capitalize())
