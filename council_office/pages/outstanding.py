"""What is outstanding: how much, what it can cost, when it ends, what is likely to be redeemed, how it came to it."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from council_office.figures import downloaded, shown
from council_office.outstanding_charts import ending, expecting, reducing
from council_office.outstanding_figures import Known, read_figures, tables
from ledger.clock import financial_year
from ledger.council_tax.queries import IN_TRANSIT
from ledger.money import Amount, format_amount, format_pounds
from ledger.redemption.redemptions import TAKINGS
from shared_web.counted import counted
from shared_web.days import clock, full_day
from shared_web.db import occasion, snapshot
from shared_web.in_force import rules_today

pages = Blueprint("outstanding", __name__)


@pages.get("/")
def start() -> Response:
    """The office begins with what is outstanding."""
    return redirect("/office/outstanding", 303)


@pages.get("/outstanding")
def show() -> str:
    """Tiles, charts, tables."""
    now, rules = occasion(), rules_today()
    known = loaded()
    movement = known.movement
    return render_template(
        "council_office/outstanding.html",
        at=f"{clock(now.now)} on {full_day(known.today)}",
        empty=not (movement.outstanding or movement.opening or movement.awarded),
        tiles=tiles(known, ceiling=rules.council_tax_ceiling),
        figures={one.name: shown(one) for one in tables(known)},
        ending=ending(known, expiry_months=rules.expiry_months),
        expecting=expecting(known, expiry_months=rules.expiry_months),
        reducing=reducing(known),
        ceiling=ceiling_words(known.reduced, rules.council_tax_ceiling),
        month=f"{known.today:%B}",
        year=financial_year(known.today),
    )


@pages.get("/outstanding/<name>.<ending>")
def download(name: str, ending: str) -> ResponseReturnValue:
    """One table, or all on sheets of one workbook."""
    known = loaded()
    return downloaded(
        tables(known), name=name, ending=ending, subject="outstanding", at=occasion().now, day=known.today
    )


def loaded() -> Known:
    """Every figure, in one snapshot of the books."""
    with snapshot() as session:
        return read_figures(session, today=occasion().today, rules=rules_today())


def tiles(known: Known, *, ceiling: Amount | None) -> list[dict[str, str]]:
    """The figures at the top."""
    outstanding = known.everything
    return [
        {
            "name": "Outstanding",
            "number": format_amount(outstanding.balance),
            "word": "CR",
            "detail": f"With {counted(outstanding.residents, 'resident')}. Most it can cost: "
            f"{format_pounds(outstanding.balance)}",
        },
        likely_tile(known),
        {
            "name": "Ends within 60 days",
            "number": format_amount(known.soon.available),
            "word": "CR",
            "detail": f"With {counted(known.soon.residents, 'resident')}",
        },
        {
            "name": "Council tax this year",
            "number": format_pounds(known.reduced),
            "detail": ceiling_words(known.reduced, ceiling) or year_words(known),
        },
        {
            "name": "Owed already",
            "number": format_pounds(sum(known.resting.get(kind, 0) for kind in (TAKINGS, IN_TRANSIT))),
            "detail": "Taken at tills, or on its way to council tax",
        },
    ]


def likely_tile(known: Known) -> dict[str, str]:
    """What the outstanding credits are likely to cost."""
    if known.likely is None:
        return {
            "name": "Likely to cost",
            "number": "Not known yet",
            "detail": "No month has ended since the first award",
        }
    balance = known.everything.balance
    share = (200 * known.likely + balance) // (2 * balance) if balance else 0
    return {
        "name": "Likely to cost",
        "number": format_pounds(known.likely),
        "detail": f"{share}% of it, as earlier cohorts redeemed",
    }


def ceiling_words(reduced: Amount, ceiling: Amount | None) -> str:
    """E.g. "34% of the £10,000.00 ceiling"; nothing where there is no ceiling."""
    return f"{100 * reduced // ceiling}% of the {format_pounds(ceiling)} ceiling" if ceiling else ""


def year_words(known: Known) -> str:
    """E.g. "Since 1 April 2026"."""
    return f"Since 1 April {financial_year(known.today)}"
