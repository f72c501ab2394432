"""What is outstanding: how much, what it can cost, when it ends, and how this month came to it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from council_office.wording import counted, strong
from ledger.clock import financial_year
from ledger.council_tax.queries import reduced_in_year
from ledger.money import Amount, format_amount, format_pounds, format_signed
from ledger.wallets.queries import (
    Outstanding,
    OutstandingSum,
    PurseMovement,
    outstanding_by_month,
    outstanding_sum,
    purse_movement,
)
from ledger.wallets.rules import last_day_of_month
from shared_web.charts import Column, ColumnChart, column_chart
from shared_web.core import settings
from shared_web.days import clock, full_day, plain_day
from shared_web.db import occasion, reading

pages = Blueprint("outstanding", __name__)

SOON = timedelta(days=60)
A_DAY = timedelta(days=1)


@pages.get("/")
def start() -> Response:
    """The office begins with what is outstanding."""
    return redirect("/office/outstanding", 303)


@pages.get("/outstanding")
def show() -> str:
    """Tiles, months, movement."""
    now = occasion()
    today = now.today
    with reading() as session:
        everything = outstanding_sum(session)
        ended = outstanding_sum(session, last=today - A_DAY)
        soon = outstanding_sum(session, first=today, last=today + SOON)
        months = outstanding_by_month(session, today=today)
        reduced = reduced_in_year(session, day=today)
        movement = purse_movement(session, first=today.replace(day=1))
    return render_template(
        "council_office/outstanding.html",
        at=f"{clock(now.now)} on {full_day(today)}",
        empty=not (movement.outstanding or movement.opening or movement.awarded),
        tiles=tiles(everything, soon, reduced, today=today),
        chart=chart(months, today=today),
        chart_words=chart_words(months),
        rows=rows(months, ended),
        total=row("All months", everything),
        movement=movement_row(movement),
        month=f"{today:%B}",
    )


def tiles(everything: OutstandingSum, soon: OutstandingSum, reduced: Amount, *, today: date) -> list[dict[str, str]]:
    """The figures at the top."""
    cost = f"Most it can cost: {format_pounds(everything.balance)}"
    year = f"Since 1 April {financial_year(today)}"
    return [
        credits_tile("Outstanding", everything.balance, cost),
        credits_tile("Free to spend", everything.available, f"With {counted(everything.residents, 'resident')}"),
        credits_tile("Held for council tax", everything.held, "Leaves with a nightly file"),
        credits_tile("Ends within 60 days", soon.available, f"With {counted(soon.residents, 'resident')}"),
        {"name": "Council tax this year", "number": format_pounds(reduced), "detail": year},
    ]


def credits_tile(name: str, amount: Amount, detail: str) -> dict[str, str]:
    """A figure in credits."""
    return {"name": name, "number": format_amount(amount), "word": "CR", "detail": detail}


def chart(months: Sequence[Outstanding], *, today: date) -> ColumnChart:
    """A column for each month from this one to the last in which anything can end, empty ones too."""
    amounts = {month.expires_on: (month.available, month.held) for month in months}
    last = max([last_day_of_month(today, months_later=settings().rules.expiry_months), *amounts])
    return column_chart([column(day, amounts.get(day, (0, 0)), today=today) for day in month_ends(today, last)])


def column(day: date, parts: tuple[Amount, Amount], *, today: date) -> Column:
    """One month; the year stands under the first month and under each January."""
    named = day.month == 1 or (day.year, day.month) == (today.year, today.month)
    return Column(label=f"{day:%b}", second_label=str(day.year) if named else "", parts=parts)


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last days of the months from that of `first` to that of `last`."""
    later = 0
    while (day := last_day_of_month(first, months_later=later)) <= last_day_of_month(last):
        yield day
        later += 1


def chart_words(months: Sequence[Outstanding]) -> str:
    """The least and the most of the chart, for those who do not see it."""
    if not months:
        return "Nothing ends in these months."
    least, most = (choose(months, key=lambda month: month.balance) for choose in (min, max))
    return f"Least {month_words(least)}, most {month_words(most)}."


def month_words(month: Outstanding) -> str:
    """E.g. "415.50 in February 2027"."""
    return f"{format_amount(month.balance)} in {month.expires_on:%B %Y}"


def rows(months: Sequence[Outstanding], ended: OutstandingSum) -> list[list[str]]:
    """The months; before them what has ended and still stands in the books: held, or waiting for tonight's run."""
    first = [row("Ended, held or not yet run", ended)] if ended.balance else []
    return first + [row(plain_day(month.expires_on), month) for month in months]


def row(name: str, figures: Outstanding | OutstandingSum) -> list[str]:
    """One line of the table."""
    amounts = (figures.available, figures.held, figures.balance)
    return [name, *(format_amount(amount) for amount in amounts), f"{figures.residents:,}"]


def movement_row(movement: PurseMovement) -> list[str]:
    """From the month's opening to now, each change with its sign."""
    changes = (movement.awarded, movement.spent, movement.to_council_tax, movement.returned, movement.expired)
    return [
        format_amount(movement.opening),
        *(format_signed(change) for change in changes),
        strong(format_amount(movement.outstanding)),
    ]
