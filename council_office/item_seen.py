"""A council-tax item as officers read it: its state, its account, what takes it back."""

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from council_office.batch_seen import KINDS, REASONS, account_of, signed_amount
from ledger.council_tax.references import show_reference
from ledger.council_tax.rules import ItemState
from ledger.council_tax.views import BatchLine, ItemSeen, ItemView
from ledger.identifiers import to_text
from ledger.money import format_amount
from ledger.settings import AccountFormat
from shared_web.days import day_and_clock, plain_day

ITEM_STATES = {
    ItemState.HELD: ("Waits for its night", "hazel"),
    ItemState.CANCELLED: ("Cancelled", "grey"),
    ItemState.BATCHED: ("In a file", "hazel"),
    ItemState.SENT: ("Sent", "hazel"),
    ItemState.APPLIED: ("Applied", "leaf"),
    ItemState.PARTLY_APPLIED: ("Partly applied", "leaf"),
    ItemState.REFUSED: ("Refused", "brick"),
    ItemState.DEFERRED: ("Deferred", "hazel"),
    ItemState.CLAWED_BACK: ("Taken back", "grey"),
}
LINK = Markup('<a href="/office/council-tax/items/{}">{}</a>')
TRANSACTION = Markup('<a class="ts-digest" href="/office/corrections/{}">{}</a>')
NIGHT = Markup('<a href="/office/council-tax/{}">{:06}</a>')


def line_rows(lines: Iterable[BatchLine], *, account_format: AccountFormat, linked: bool) -> list[list[str]]:
    """Lines of a file as table rows; the items `linked` where the officer may look at one."""
    return [
        [
            LINK.format(line.reference, line.reference) if linked else line.reference,
            signed_amount(line),
            account_of(line, account_format=account_format),
            ITEM_STATES[line.state][0],
            KINDS[line.code],
            REASONS[line.reason],
            f"{line.line:06}",
        ]
        for line in lines
    ]


def item_rows(found: ItemSeen, *, account_format: AccountFormat, over: bool) -> list[Mapping[str, str]]:
    """What is known of an item; `over` where a cap in force leaves it no room."""
    item = found.item
    asked = "Asked for" if found.asked_by else "Applied for"
    rows = [
        ("Kind", KINDS[item.code]),
        ("Reason", REASONS[item.reason]),
        ("Account", show_reference(item.account_ref, item.check_character, account_format)),
        (asked, " ".join(filter(None, [day_and_clock(item.applied_at), found.asked_by and f"by {found.asked_by}"]))),
        ("Why", found.why),
        ("Takes back", LINK.format(found.takes_back, found.takes_back) if found.takes_back else ""),
        ("Leaves", _leaves(item, over=over)),
        ("Batch", NIGHT.format(item.sequence, item.sequence) if item.sequence else ""),
        ("Deferred until", plain_day(item.retry_on) if item.retry_on else ""),
        ("Transaction", TRANSACTION.format(*[to_text(item.transaction_id)] * 2) if item.transaction_id else ""),
        ("Taken back", f"{format_amount(item.returned)} CR" if item.returned else ""),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _leaves(item: ItemView, *, over: bool) -> str:
    if item.state != ItemState.HELD:
        return ""
    return "Once the cap in force leaves room for it" if over else plain_day(item.leaves_on)


def reversal_rows(reversals: Iterable[ItemView]) -> list[list[str]]:
    """What takes a reduction back, as table rows."""
    return [
        [
            LINK.format(one.reference, one.reference),
            day_and_clock(one.applied_at),
            REASONS[one.reason],
            ITEM_STATES[one.state][0],
            format_amount(one.amount),
        ]
        for one in reversals
    ]
