"""The figures of what is outstanding, read in one snapshot, and the tables that the page and its downloads show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from council_office.figures import Figures
from ledger.book.queries import resting
from ledger.clock import financial_year
from ledger.council_tax.queries import APPLIED, IN_TRANSIT
from ledger.council_tax.year import ReducedMonth, reduced_by_month
from ledger.earning.rules import ALLOWANCE, BUDGET, ISSUANCE
from ledger.money import Amount
from ledger.people.rules import OrganisationKind
from ledger.redemption.queries import spent_by_kind
from ledger.redemption.redemptions import TAKINGS
from ledger.settings import SchemeRules
from ledger.spreadsheets import Cell, Column, Kind, Table
from ledger.wallets.cohort_months import cohort_months
from ledger.wallets.cohorts import Cohort, cohorts
from ledger.wallets.queries import (
    EXPIRED,
    PURSE,
    Outstanding,
    OutstandingSum,
    PurseMovement,
    outstanding_by_month,
    outstanding_sum,
    purse_movement,
)
from ledger.wallets.rules import last_day_of_month
from shared_web.db import Session

A_DAY = timedelta(days=1)
SOON = timedelta(days=60)

PLACES = {
    BUDGET: "In budgets, not allotted yet",
    ALLOWANCE: "With organisers, not awarded yet",
    PURSE: "With residents",
    TAKINGS: "Taken by shops and leisure centres",
    "settled": "Settled with shops and leisure centres",
    IN_TRANSIT: "On its way to council tax",
    APPLIED: "Taken off council tax",
    EXPIRED: "Expired",
}
"""Where a credit can be, in the order of its life."""
KINDS = {OrganisationKind.SHOP: "At shops", OrganisationKind.LEISURE_CENTRE: "At leisure centres"}
Year = Sequence[ReducedMonth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything the page tells, of one instant; minor units and pence."""

    today: date
    months: Sequence[Outstanding]
    everything: OutstandingSum
    ended: OutstandingSum
    soon: OutstandingSum
    movement: PurseMovement
    cohorts: Sequence[Cohort]
    year: Year
    resting: Mapping[str, Amount]
    spent: Sequence[Mapping[OrganisationKind, Amount]]

    @property
    def reduced(self) -> Amount:
        """What left purses for council tax this financial year."""
        return sum(month.net for month in self.year)

    @property
    def held(self) -> Amount:
        """What is set aside, past its last day or not."""
        return self.everything.held

    @property
    def likely(self) -> Amount | None:
        """What of the outstanding credits is likely to be redeemed; None while no earlier cohort tells."""
        expected = [cohort.expected for cohort in self.cohorts]
        known = [amount for amount in expected if amount is not None]
        return sum(known) if known or not expected else None


def read_figures(session: Session, *, today: date, rules: SchemeRules) -> Known:
    """Every figure, as of now."""
    months = outstanding_by_month(session, today=today)
    ended = outstanding_sum(session, last=today - A_DAY)
    lives_ago = last_day_of_month(today, months_later=-rules.expiry_months)
    lived = cohort_months(session, since=lives_ago)
    held = {month.expires_on: month.held for month in outstanding_by_month(session, today=lives_ago)}
    year_starts = date(financial_year(today), 4, 1)
    return Known(
        today=today,
        months=months,
        everything=outstanding_sum(session),
        ended=ended,
        soon=outstanding_sum(session, first=today, last=today + SOON),
        movement=purse_movement(session, first=today.replace(day=1)),
        cohorts=cohorts(lived, held=held, today=today, expiry_months=rules.expiry_months),
        year=reduced_by_month(session, day=today),
        resting=resting(session.connection()),
        spent=[spent_by_kind(session, first=first) for first in (today.replace(day=1), year_starts, date.min)],
    )


def tables(known: Known) -> list[Figures]:
    """All of them, in the page's order."""
    made = (months, movement, expected, cost, council_tax, places, spent)
    return [make(known) for make in made]


def months(known: Known) -> Figures:
    """What ends when; before that what has ended and still stands: held, or waiting for tonight's run."""
    ended = [_months_row("Ended, held or not yet run", known.ended)] if known.ended.balance else []
    rows = [_months_row(month.expires_on, month) for month in known.months]
    columns = (
        Column(heading="Last good day", kind=Kind.DAY),
        Column(heading="Free to spend CR", kind=Kind.AMOUNT),
        Column(heading="Held for council tax CR", kind=Kind.AMOUNT),
        Column(heading="Total CR", kind=Kind.AMOUNT),
        Column(heading="Residents", kind=Kind.NUMBER),
    )
    all_rows = [*ended, *rows, _months_row("All months", known.everything)]
    return Figures(name="months", table=Table(title="Credits by end month", columns=columns, rows=all_rows))


def _months_row(name: Cell, figures: Outstanding | OutstandingSum) -> list[Cell]:
    return [name, figures.available, figures.held, figures.balance, figures.residents]


def movement(known: Known) -> Figures:
    """From the month's opening to now."""
    moved = known.movement
    names = ("Opening", "Awarded", "Spent in shops", "To council tax", "Returned", "Expired", "Outstanding now")
    row = [moved.opening, moved.awarded, moved.spent, moved.to_council_tax, moved.returned, moved.expired]
    return Figures(
        name="movement",
        table=Table(
            title="Movement this month",
            columns=[Column(heading=f"{name} CR", kind=Kind.AMOUNT) for name in names],
            rows=[[*row, moved.outstanding]],
        ),
        total=False,
        signed=frozenset(range(1, 6)),
    )


def standing(known: Known) -> list[Cohort]:
    """The cohorts of which something stands, or that have not ended."""
    return [cohort for cohort in known.cohorts if cohort.outstanding or cohort.expires_on >= known.today]


def expected(known: Known) -> Figures:
    """What each cohort did, and what of it is likely to be redeemed."""
    names = ("Awarded", "Redeemed", "Expired", "Outstanding", "Likely to be redeemed")
    rows: list[list[Cell]] = [
        [one.expires_on, one.awarded, one.redeemed, one.expired, one.outstanding, one.expected]
        for one in standing(known)
    ]
    sums = [sum(int(cell or 0) for cell in cells) for cells in list(zip(*(row[1:5] for row in rows), strict=True))]
    total: list[Cell] = ["All of these", *(sums or [0] * 4), known.likely]
    return Figures(
        name="expected",
        table=Table(
            title="Expected redemption by cohort",
            columns=[
                Column(heading="Last good day", kind=Kind.DAY),
                *(Column(heading=f"{name} CR", kind=Kind.AMOUNT) for name in names),
            ],
            rows=[*rows, total],
        ),
    )


def cost(known: Known) -> Figures:
    """What the council may still pay: credits at face, whether a till or a council-tax account takes them."""
    free = known.everything.available
    likely = None if known.likely is None else known.likely - known.held
    taken, in_transit = known.resting.get(TAKINGS, 0), known.resting.get(IN_TRANSIT, 0)
    rows: list[list[Cell]] = [
        ["Taken at tills, not settled yet", taken, taken],
        ["On its way to council tax", in_transit, in_transit],
        ["Held for council tax", known.held, known.held],
        ["Free to spend, at a till or on council tax", free, likely],
    ]
    most = taken + in_transit + known.held + free
    rows.append(["All of it", most, None if likely is None else most - free + likely])
    columns = (
        Column(heading="Where it is"),
        Column(heading="Most £", kind=Kind.AMOUNT),
        Column(heading="Likely £", kind=Kind.AMOUNT),
    )
    return Figures(name="cost", table=Table(title="Cost to come", columns=columns, rows=rows))


def council_tax(known: Known) -> Figures:
    """The financial year so far, month by month."""
    names = ("Sent", "Returned", "Net", "Applied: General Fund to Collection Fund")
    rows: list[list[Cell]] = [
        [f"{month.month:%B %Y}", month.sent, month.returned, month.net, month.applied] for month in known.year
    ]
    total = [
        sum(figures)
        for figures in (
            [month.sent for month in known.year],
            [month.returned for month in known.year],
            [month.net for month in known.year],
            [month.applied for month in known.year],
        )
    ]
    return Figures(
        name="council-tax",
        table=Table(
            title="Council tax this year",
            columns=[Column(heading="Month"), *(Column(heading=f"{name} £", kind=Kind.AMOUNT) for name in names)],
            rows=[*rows, ["Year to date", *total]],
        ),
    )


def places(known: Known) -> Figures:
    """Where every credit that was ever issued is now."""
    rest = {kind: amount for kind, amount in known.resting.items() if kind != ISSUANCE}
    named = {kind: PLACES.get(kind, kind.replace("_", " ").capitalize()) for kind in (*PLACES, *sorted(rest))}
    rows: list[list[Cell]] = [
        [name, rest.get(kind, 0)] for kind, name in named.items() if rest.get(kind) or kind in PLACES
    ]
    return Figures(
        name="places",
        table=Table(
            title="Where every credit is",
            columns=[Column(heading="Where"), Column(heading="Credits CR", kind=Kind.AMOUNT)],
            rows=[*rows, ["Issued in all", -known.resting.get(ISSUANCE, 0)]],
        ),
    )


def spent(known: Known) -> Figures:
    """What was spent by kind, less what came back of it."""
    in_all = known.resting.get(IN_TRANSIT, 0) + known.resting.get(APPLIED, 0)
    this_month = sum(month.net for month in known.year if month.month == known.today.replace(day=1))
    rows: list[list[Cell]] = [[name, *(found.get(kind, 0) for found in known.spent)] for kind, name in KINDS.items()]
    rows.append(["On council tax", this_month, known.reduced, in_all])
    total = [sum(int(row[across] or 0) for row in rows) for across in (1, 2, 3)]
    periods = ("This month", "This financial year", "In all")
    return Figures(
        name="spent",
        table=Table(
            title="Spent by kind",
            columns=[Column(heading="Spent"), *(Column(heading=f"{name} CR", kind=Kind.AMOUNT) for name in periods)],
            rows=[*rows, ["All kinds", *total]],
        ),
    )


def kinds_told() -> list[dict[str, str]]:
    """What each kind of account holds, in the words for where a credit can be."""
    told = {ISSUANCE: "The other side of all that were issued, so below nothing"} | PLACES
    return [{"key": kind.replace("_", " ").capitalize(), "value": words} for kind, words in told.items()]
