"""The charts of what is outstanding, each with the least and the most in words for those who do not see it."""

from collections.abc import Iterator, Sequence
from datetime import date

from council_office.outstanding_figures import Known, standing
from ledger.clock import financial_year
from ledger.money import Amount, format_amount, format_pounds
from ledger.wallets.cohorts import next_month
from ledger.wallets.rules import last_day_of_month
from shared_web.charts import Column, ColumnChart, column_chart

Bars = Sequence[tuple[date, tuple[Amount, ...]]]
MONTHS = 12


def ending(known: Known, *, expiry_months: int) -> tuple[ColumnChart, str]:
    """What ends in each month: free to spend below, held above."""
    amounts: dict[date, tuple[Amount, ...]] = {
        month.expires_on: (month.available, month.held) for month in known.months
    }
    bars = [(day, amounts.get(day, (0, 0))) for day in _ends(known, amounts, expiry_months)]
    return _chart(bars, first=known.today), in_words(list(amounts.items()), nothing="Nothing ends in these months.")


def expecting(known: Known, *, expiry_months: int) -> tuple[ColumnChart, str] | None:
    """What of each cohort is likely to be redeemed, below, and to expire, above; None while nothing is foretold."""
    if known.likely is None or not known.cohorts:
        return None
    amounts: dict[date, tuple[Amount, ...]] = {
        one.expires_on: (one.expected or 0, one.outstanding - (one.expected or 0))
        for one in standing(known)
        if one.expires_on >= known.today
    }
    bars = [(day, amounts.get(day, (0, 0))) for day in _ends(known, amounts, expiry_months)]
    redeemed = [(day, parts[:1]) for day, parts in amounts.items()]
    words = in_words(redeemed, nothing="Nothing is outstanding in these months.")
    return _chart(bars, first=known.today), f"Likely to be redeemed. {words}"


def reducing(known: Known) -> tuple[ColumnChart, str]:
    """What left purses for council tax in each month of the financial year."""
    amounts = {month.month: (month.net,) for month in known.year}
    bars, month = [], date(financial_year(known.today), 4, 1)
    for _number in range(MONTHS):
        bars.append((month, amounts.get(month, (0,))))
        month = next_month(month)
    words = in_words(list(amounts.items()), nothing="Nothing has left for council tax this year.", pounds=True)
    return _chart(bars, first=bars[0][0]), words


def in_words(bars: Bars, *, nothing: str, pounds: bool = False) -> str:
    """The least and the most, e.g. "Least 5.00 in May 2027, most 415.50 in February 2027."."""
    if not bars:
        return nothing
    written = format_pounds if pounds else format_amount
    least, most = (choose(bars, key=lambda bar: sum(bar[1])) for choose in (min, max))
    return "Least {}, most {}.".format(*(f"{written(sum(parts))} in {day:%B %Y}" for day, parts in (least, most)))


def _ends(known: Known, amounts: dict[date, tuple[Amount, ...]], expiry_months: int) -> Iterator[date]:
    """The last days of the months from today's to the last in which anything can end, empty ones too."""
    last = max([last_day_of_month(known.today, months_later=expiry_months), *amounts])
    later = 0
    while (day := last_day_of_month(known.today, months_later=later)) <= last:
        yield day
        later += 1


def _chart(bars: Bars, *, first: date) -> ColumnChart:
    """The year stands under the first month and under each January."""
    return column_chart(
        [
            Column(
                label=f"{day:%b}",
                second_label=str(day.year)
                if day.month == 1 or (day.year, day.month) == (first.year, first.month)
                else "",
                parts=parts,
            )
            for day, parts in bars
        ]
    )
