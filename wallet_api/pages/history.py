"""A resident's history: month by month, as a spreadsheet, one transaction, and what ends when."""

import csv
import io
from datetime import date, timedelta

from flask import Blueprint, Response, g, render_template, request

from ledger.clock import LONDON
from ledger.corrections.disputes import dispute_of_resident
from ledger.council_tax.queries import items_of
from ledger.council_tax.rules import ItemState
from ledger.errors import NotFound
from ledger.identifiers import from_text
from ledger.money import format_plain
from ledger.redemption.queries import redemption_of_transaction
from ledger.wallets.queries import movements_of, wallet_of
from shared_web.days import clock, day_and_clock, full_day, month_name, short_day
from shared_web.db import occasion, reading
from shared_web.downloads import file_answer
from wallet_api.statement import Line, Month, describe, month_of, months_with_movements

pages = Blueprint("history", __name__)

CSV_COLUMNS = ("Date", "Time", "What", "How", "In", "Out", "After", "Reference")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pages.get("/history")
def show() -> str:
    """One month: the one asked for, or this one."""
    today = occasion().today
    first = asked_month(request.args.get("month"), today=today)
    with reading() as session:
        movements = movements_of(session, resident_id=g.signed_in.person_id)
        wallet = wallet_of(session, resident_id=g.signed_in.person_id, now=occasion().now)
        balance = movements[0].balance if movements else 0
        month = month_of(session, movements, first=first, resident_id=g.signed_in.person_id, now=balance)
    return render_template(
        "wallet_api/history.html",
        month=month,
        name=f"{first:%B %Y}",
        key=key_of(first),
        is_now=first == today.replace(day=1),
        held=wallet.held,
        rows=[(line, f"{short_day(line.day)}, {line.verb}") for line in month.lines],
        **neighbours(first, today=today, oldest=min(months_with_movements(movements), default=first)),
    )


@pages.get("/history/download")
def download() -> Response:
    """The same month for a spreadsheet."""
    first = asked_month(request.args.get("month"), today=occasion().today)
    with reading() as session:
        movements = movements_of(session, resident_id=g.signed_in.person_id)
        month = month_of(session, movements, first=first, resident_id=g.signed_in.person_id, now=0)
    return file_answer(spreadsheet(month), name=f"credits-{key_of(first)}.csv")


@pages.get("/history/endings")
def endings() -> str:
    """What is in the wallet by the day it ends."""
    with reading() as session:
        wallet = wallet_of(session, resident_id=g.signed_in.person_id, now=occasion().now)
    rows = [(full_day(purse.expires_on), purse) for purse in wallet.purses]
    return render_template("wallet_api/endings.html", rows=rows, wallet=wallet)


@pages.get("/history/<text>")
def show_one(text: str) -> str:
    """One transaction. Somebody else's is as absent as none."""
    transaction_id = from_text(text)
    with reading() as session:
        own = movements_of(session, resident_id=g.signed_in.person_id)
        found = [movement for movement in own if movement.transaction_id == transaction_id]
        if not found:
            raise NotFound("transaction")
        (line,) = describe(session, found, resident_id=g.signed_in.person_id)
        redemption = redemption_of_transaction(session, transaction_id=transaction_id)
        items = items_of(session, resident_id=g.signed_in.person_id)
        said = dispute_of_resident(session, transaction_id=transaction_id, resident_id=g.signed_in.person_id)
    return render_template(
        "wallet_api/transaction.html",
        line=line,
        when=day_and_clock(line.at),
        returned=redemption.returned if redemption and line.kind == "redeem" else 0,
        dispute=said,
        is_item=line.reference in {item.reference for item in items if item.state != ItemState.HELD},
    )


def asked_month(text: str | None, *, today: date) -> date:
    """The first day of the month that an address names, like 2026-10. Raises NotFound for what is none, or to come."""
    this_month = today.replace(day=1)
    if text is None:
        return this_month
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound("page") from None
    if first > this_month or key_of(first) != text:
        raise NotFound("page")
    return first


def key_of(first: date) -> str:
    """How an address names a month: 2026-10."""
    return f"{first:%Y-%m}"


def neighbours(first: date, *, today: date, oldest: date) -> dict[str, dict[str, str] | None]:
    """The ways to the months beside this one, as far back as anything happened and not into the future."""
    earlier, later = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    return {
        "earlier": link_to(earlier, today=today) if earlier >= oldest else None,
        "later": link_to(later, today=today) if later <= today else None,
    }


def link_to(first: date, *, today: date) -> dict[str, str]:
    """A link to a month."""
    return {"href": f"/history?month={key_of(first)}", "text": month_name(first, today=today)}


def spreadsheet(month: Month) -> str:
    """The month as RFC 4180 has it; amounts in and out stand in columns of their own, so that none has a sign."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows([harmless(cell) for cell in cells_of(line)] for line in month.lines)
    return sheet.getvalue()


def cells_of(line: Line) -> list[str]:
    """One transaction as a row."""
    came_in, went_out = max(line.change, 0), max(-line.change, 0)
    amounts = [format_plain(amount) if amount else "" for amount in (came_in, went_out)]
    at = line.at.astimezone(LONDON)
    return [
        at.date().isoformat(),
        clock(at),
        line.title,
        line.verb,
        *amounts,
        format_plain(line.balance),
        line.reference,
    ]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP ASVS 1.2.10)."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
