"""`tallystick close-month`: freeze a month with its totals."""

from datetime import datetime

import click

from commands.environment import current_engine, occasion, takes_settings
from ledger.close_month import ClosedMonth, close_month
from ledger.money import format_amount
from ledger.settings import Settings


@click.command()
@click.argument("month", type=click.DateTime(formats=["%Y-%m"]))
@takes_settings
def command(settings: Settings, month: datetime) -> None:
    """Close MONTH, such as 2026-10: nothing is posted into it any more, and what it came to is kept.

    A correction is posted in the open month and names the month it corrects.
    """
    now = occasion("close-month")
    with current_engine(settings) as engine:
        closed = close_month(engine, month=month.date(), occasion=now)
    click.echo(_in_words(closed))


def _in_words(closed: ClosedMonth) -> str:
    lines = [f"{closed.closing.month:%B %Y} is closed. All accounts by its last day:"]
    for line in closed.lines:
        amounts = (format_amount(amount) for amount in (line.debited, line.credited, line.balance))
        lines.append(f"  {line.unit:<4}{line.kind:<24}" + "".join(f"{amount:>16}" for amount in amounts))
    return "\n".join(lines)
