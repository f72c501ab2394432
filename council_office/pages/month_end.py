"""The month-end packs: which months are closed, and the files that were kept with each, byte for byte."""

import re
from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from council_office.figures import Figures, shown
from council_office.outstanding_figures import kinds_told
from council_office.whole_pack import WHOLE, whole_pack
from ledger.book.packs import SUMS, PackFile, pack_bytes, pack_files
from ledger.book.periods import Closing, closings, closings_of
from ledger.clock import london_date
from ledger.errors import NotFound
from ledger.month_pack import FACTS, read_tables
from shared_web.days import clock, plain_day
from shared_web.db import Session, occasion, reading
from shared_web.downloads import file_answer

pages = Blueprint("month_end", __name__)

MOST_CLOSINGS = 999
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


@pages.get("/month-end")
def index() -> str:
    """Every month that is closed, the latest first."""
    with reading() as session:
        rows = [line(one, pack_of(session, one)) for one in closings(session.connection())]
    return render_template("council_office/month_ends.html", rows=rows)


@pages.get("/month-end/<text>")
def show(text: str) -> str:
    """One month: its latest closing's pack, and the closings before it."""
    month = month_of(text)
    with reading() as session:
        connection = session.connection()
        found = closings_of(connection, month=month)
        stands = any(one.month == month for one in closings(connection))
        packs = [(one, pack_of(session, one)) for one in found]
        tables = drawn(session, *packs[0]) if packs else []
    return render_template(
        "council_office/month_end.html",
        text=text,
        title=f"{month:%B %Y}",
        stands=stands,
        over=month < occasion().today.replace(day=1),
        closed=closed_words(found[0]) if found else "",
        packs=[pack_shown(one, files) for one, files in packs],
        tables=tables,
        kinds=kinds_told(),
    )


@pages.get(f"/month-end/<text>/<int(max={MOST_CLOSINGS}):number>/<name>")
def download(text: str, number: int, name: str) -> ResponseReturnValue:
    """One file of a closing's pack, as it was kept, or all of them in one."""
    month = month_of(text)
    with reading() as session:
        connection = session.connection()
        found = next((one for one in closings_of(connection, month=month) if one.number == number), None)
        if found is None:
            raise NotFound("closing")
        whole = name == WHOLE
        content = whole_pack(session, found) if whole else pack_bytes(connection, closing_id=found.id, name=name)
    return file_answer(content, name=f"{month:%Y-%m}-closing-{number}-{name}")


def month_of(text: str) -> date:
    """The first day of the month that an address names. Raises NotFound."""
    if not _MONTH.fullmatch(text) or text.startswith("0000"):
        raise NotFound("month")
    return date.fromisoformat(f"{text}-01")


def pack_of(session: Session, closing: Closing) -> list[PackFile]:
    """The files of a closing."""
    return pack_files(session.connection(), closing_id=closing.id)


def digest_of(files: list[PackFile]) -> str:
    """The digest of the whole pack: that of the file that names the others'."""
    return next((file.sha256 for file in files if file.name == SUMS), "")


def line(closing: Closing, files: list[PackFile]) -> dict[str, str]:
    """A closed month in the list."""
    return {
        "path": f"{closing.month:%Y-%m}",
        "month": f"{closing.month:%B %Y}",
        "closed": closed_words(closing),
        "digest": digest_of(files)[:12] or "No pack yet",
    }


def closed_words(closing: Closing) -> str:
    """E.g. "1 December 2026 at 09:00 by close-month"."""
    return f"{plain_day(london_date(closing.closed_at))} at {clock(closing.closed_at)} by {closing.closed_by}"


def pack_shown(closing: Closing, files: list[PackFile]) -> dict[str, object]:
    """A closing and its files as the page lists them."""
    return {
        "number": closing.number,
        "closed": closed_words(closing),
        "digest": digest_of(files),
        "files": [(file.name, f"{file.size:,}", file.sha256) for file in files],
    }


def drawn(session: Session, closing: Closing, files: list[PackFile]) -> list[dict[str, object]]:
    """The tables of a pack, as it was kept."""
    if not files:
        return []
    tables = read_tables(pack_bytes(session.connection(), closing_id=closing.id, name=FACTS))
    signed = {"movement": frozenset(range(1, 6))}
    return [
        shown(Figures(name=name, table=table, total=False, signed=signed.get(name, frozenset()), missing=""))
        for name, table in tables.items()
        if name != "closing"
    ]
