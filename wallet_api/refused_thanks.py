"""Who could not be thanked and why: carried in the address of the page that says so, in words there."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from ledger.earning.awards import AwardOutcome
from ledger.earning.views import RosterRow
from ledger.identifiers import to_text
from ledger.money import format_amount
from ledger.settings import SchemeRules
from ledger.wallets.errors import CapReached
from ledger.wallets.rules import Cap

MOST_TOLD = 100
"""An address may not grow without end; a session this large with as many refusals says the first of them."""

WORDS = {
    "self_award": "Nobody confirms that they came themself. Ask a colleague.",
    "already_awarded": "Thanked for this session before.",
    "insufficient_credits": "Your allowance did not reach for this one. Ask the council for more.",
    "resident_closed": "Has left the scheme.",
    "no_place": "Is not on the roster. Add them first.",
    "session_full": "The session has as many people as one may have.",
    "not_found": "Is not on the roster. Add them first.",
    Cap.MINUTES_A_DAY: "Has taken part for {hours} hours on that day, the most that counts.",
    Cap.EARNED_A_WEEK: "Would pass {week} credits in that week, the most anybody may earn.",
    Cap.EARNED_A_YEAR: "Would pass {year} credits in that financial year, the most anybody may earn.",
}
OTHERWISE = "Could not be thanked. Call us."


def address_of(text: str, outcomes: Iterable[AwardOutcome]) -> str:
    """The page that tells what became of it: ids and codes alone, so that it can be opened again."""
    refused = [("refused", f"{key_of(one)}.{to_text(one.resident_id)}") for one in outcomes if one.refused]
    path = f"/organise/sessions/{text}/awarded"
    return f"{path}?{urlencode(refused[:MOST_TOLD])}" if refused else path


def key_of(outcome: AwardOutcome) -> str:
    """What names the reason: the cap that was reached, or the refusal's stable code."""
    refused = outcome.refused
    assert refused is not None, "only a refusal has a reason"
    return refused.cap if isinstance(refused, CapReached) else refused.code


def refused_rows(told: Sequence[str], rows: Sequence[RosterRow], rules: SchemeRules) -> list[tuple[str, str]]:
    """The name and the reason of each who was refused and is on this roster still without an award."""
    names = {to_text(row.resident_id): row.name for row in rows if row.award is None}
    pairs = [one.partition(".") for one in told[:MOST_TOLD]]
    return [(names[who], words_of(key, rules)) for key, _, who in pairs if who in names]


def words_of(key: str, rules: SchemeRules) -> str:
    """A reason in words."""
    return WORDS.get(key, OTHERWISE).format(
        hours=rules.minutes_a_day // 60,
        week=format_amount(rules.earned_a_week),
        year=format_amount(rules.earned_a_year),
    )
