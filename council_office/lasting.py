"""How long credits last at the pace of the last 28 days, in a few words."""

from datetime import date

from ledger.earning.pace import runs_out_on
from ledger.money import Amount
from shared_web.days import plain_day


def lasting(left: Amount, *, used: Amount, ends_on: date, today: date) -> str:
    """E.g. "until about 21 March 2027"; `used` is what went in the last 28 days, `ends_on` the programme's last day."""
    if left <= 0:
        return "nothing is left"
    day = runs_out_on(left, used=used, today=today)
    if day is None:
        return "no pace yet"
    return "beyond its last day" if day > ends_on else f"until about {plain_day(day)}"
