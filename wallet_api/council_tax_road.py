"""Where an application of credits to council tax stands, in the words and steps its resident sees."""

from datetime import date, time

from ledger.council_tax.rules import ItemState
from ledger.council_tax.views import ItemView
from ledger.money import format_amount
from shared_web.days import day_and_clock, hour_of, near_day

Step = dict[str, str]

TAGS: dict[ItemState, tuple[str, str]] = {
    ItemState.HELD: ("Set aside", "hazel"),
    ItemState.CANCELLED: ("Cancelled", "grey"),
    ItemState.BATCHED: ("Sent to council tax", ""),
    ItemState.SENT: ("Sent to council tax", ""),
    ItemState.APPLIED: ("Taken off your bill", "leaf"),
    ItemState.PARTLY_APPLIED: ("Partly used", "leaf"),
    ItemState.REFUSED: ("Not accepted", "brick"),
    ItemState.DEFERRED: ("Waiting", "hazel"),
    ItemState.CLAWED_BACK: ("Taken back", "grey"),
}
"""The tag of each state, and its kind."""

GONE = {ItemState.BATCHED, ItemState.SENT, ItemState.DEFERRED}
DECIDED = {ItemState.APPLIED, ItemState.PARTLY_APPLIED, ItemState.CLAWED_BACK}


def tag_of(item: ItemView, *, over: bool = False) -> tuple[str, str]:
    """The item's tag, and its kind; one that waits says until when, or, `over` a cap, only that it does."""
    text, kind = TAGS[item.state]
    if over:
        return "Waiting", kind
    if item.state == ItemState.DEFERRED and item.retry_on is not None:
        return f"Waiting until {item.retry_on.day} {item.retry_on:%B}", kind
    return text, kind


def leaves_words(leaves_on: date, *, today: date, cut: time) -> str:
    """As "Tonight, after 6pm"; another day by its name."""
    after = f"after {hour_of(cut)}"
    if leaves_on == today:
        return f"Tonight, {after}"
    return f"{near_day(leaves_on)}, {after}"


def road_of(item: ItemView, *, leaves: str, paused: bool = False, over: bool = False) -> list[Step]:
    """The steps of an application: what is done, where it is now and when that `leaves`, what comes.

    `over` where a cap that is in force now leaves no room for it.
    """
    applied = step(f"You applied {format_amount(item.amount)} credits", day_and_clock(item.applied_at), "done")
    if item.state == ItemState.CANCELLED:
        at = day_and_clock(item.cancelled_at) if item.cancelled_at else ""
        return [applied, step("You cancelled it", f"{at}. Your credits are back.", "done")]
    if item.state == ItemState.HELD:
        return [applied, *_held(_when(leaves, paused=paused, over=over))]
    sent = step("We sent it to council tax", day_and_clock(item.built_at) if item.built_at else "", "done")
    return [applied, sent, *_answered(item.state)]


def step(title: str, detail: str, state: str) -> Step:
    """One step; its state is done, now or later."""
    return {"title": title, "detail": detail, "state": state}


def _held(when: str) -> list[Step]:
    return [
        step("It waits to leave us", when, "now"),
        step("Council tax checks it", "They look at your account.", "later"),
        step("Your bill goes down", "Your next instalments may change.", "later"),
    ]


def _answered(state: ItemState) -> list[Step]:
    if state in GONE:
        return [
            step("Council tax is checking it", "They look at your account.", "now"),
            step("Your bill goes down", "Your next instalments may change.", "later"),
        ]
    checked = step("Council tax has checked it", "They have answered.", "done")
    if state in DECIDED:
        return [checked, step("Your bill went down", "Your next instalments may change.", "done")]
    return [checked, step("It could not be used", "Your credits are back.", "done")]


def _when(leaves: str, *, paused: bool, over: bool) -> str:
    """When what is held leaves."""
    if over:
        return "It leaves once there is room in the year for it."
    return "It leaves when sending starts again." if paused else f"It leaves {_inside(leaves)}."


def _inside(words: str) -> str:
    """The words inside a sentence."""
    return words.replace("Tonight", "tonight")
