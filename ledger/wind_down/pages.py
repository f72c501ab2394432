"""The pages that people are given: plain HTML without script, that prints well and needs nothing of ours to be read."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from ledger.book.queries import TrialLine
from ledger.clock import LONDON
from ledger.identifiers import to_text
from ledger.money import format_amount, format_signed
from ledger.wind_down.people import RESIDENTS, History, Owner

_STYLE = """
body { font: 16px/1.5 Arial, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #0b0c0c;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 1em 0 2em; }
caption { text-align: left; font-weight: bold; padding-bottom: .5em; }
td { overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .4em .6em .4em 0; border-bottom: 1px solid #b1b4b6; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.id { font-family: monospace; overflow-wrap: anywhere; }
.wide, pre { overflow-x: auto; }
pre { background: #f3f2f1; padding: .6em; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } thead { display: table-header-group; }
  tr { break-inside: avoid; } .wide, pre { overflow: visible; } }
"""


def owner_page(owner: Owner, history: History, *, scheme: str, made_on: date) -> str:
    """What one resident or merchant has and how it came to that, for them alone."""
    endings = _table(
        "What there is",
        ("Unit", "Good until", "Credits"),
        [(unit, _day(day) if day else "No end", format_amount(amount)) for unit, day, amount in history.endings],
        numbers=(2,),
    )
    moves = _table(
        "What happened, the newest first",
        ("Day", "What", "Reference", "Unit", "Change", "After"),
        [
            (
                _day(moved.posted_at.astimezone(LONDON).date()),
                moved.what,
                moved.reference,
                moved.unit,
                format_signed(moved.change),
                format_amount(moved.balance),
            )
            for moved in reversed(history.moves)
        ],
        numbers=(4, 5),
    )
    totals = ", ".join(f"{format_amount(amount)} {unit}" for unit, amount in sorted(history.balances.items()))
    what = "credits" if owner.folder == RESIDENTS else "takings"
    return _page(
        f"{scheme}: {owner.name}",
        [
            f"<h1>{escape(owner.name)}</h1>",
            f"<p>{escape(scheme)}, {what} as they stood on {_day(made_on)}. "
            f"In the books you are <span class='id'>{to_text(owner.id)}</span>.</p>",
            f"<p><strong>Balance: {escape(totals) or '0.00 CR'}</strong></p>",
            endings if history.endings else "<p>Nothing is left.</p>",
            moves if history.moves else "<p>Nothing happened.</p>",
            "<p>Every line stands in history.csv, and each transfer behind it in receipts.csv. HOW-TO-CHECK.html, "
            "which the council publishes with the journal, says how anybody finds them there.</p>",
        ],
    )


def how_to_check(trial: Sequence[TrialLine], *, scheme: str, made_on: date) -> str:
    """How anybody checks the files without us."""
    table = _table(
        "What each kind of account comes to (trial-balance.csv)",
        ("Kind", "Unit", "Accounts", "Balance"),
        [(line.kind, line.unit, f"{line.accounts:,}", format_amount(line.credited - line.debited)) for line in trial],
        numbers=(2, 3),
    )
    return _page(
        f"{scheme}: how to check these files",
        [
            f"<h1>How to check these files</h1><p>{escape(scheme)}, as it stood on {_day(made_on)}.</p>",
            "<h2>What is here</h2><ul>"
            "<li>residents and shops: one folder each, by id. statement.html, history.csv and receipts.csv are for "
            "that one person or shop, and for nobody else.</li>"
            "<li>private: index.csv says by name, e-mail address and address whose each folder is. It is for those of "
            "the council who hand the folders out, and is not published.</li>"
            "<li>journal.csv and journal.hledger: every transfer there ever was, by ids.</li>"
            "<li>balances.csv: who has what, by id. trial-balance.csv: what all accounts come to.</li>"
            "<li>SHA256SUMS: the digest of every file, written last.</li></ul>",
            "<h2>The files are whole</h2><p>In this folder:</p><pre>sha256sum --check --quiet SHA256SUMS</pre>",
            "<h2>The journal adds up</h2><p>hledger is free and not ours. It checks that every transaction balances "
            "and that each kind of account comes to what the journal says:</p>"
            "<pre>hledger -f journal.hledger check -s</pre>",
            "<h2>A balance is right</h2><p>Add up the column change of a receipts.csv: it is the balance. Each of its "
            "rows is a row of journal.csv with the same transaction, line, accounts and amount:</p>"
            "<pre>grep TRANSACTION journal.csv</pre>",
            "<h2>All balances are there</h2><p>The balances of all residents come to what purses come to, and those of "
            "all shops to what takings come to:</p>",
            table,
        ],
    )


def _table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int]) -> str:
    head = "".join(_cell("th", place, name, numbers, " scope='col'") for place, name in enumerate(headings))
    body = "".join(
        f"<tr>{''.join(_cell('td', place, text, numbers) for place, text in enumerate(row))}</tr>\n" for row in rows
    )
    inner = f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f"<div class='wide'><table>{inner}</table></div>"


def _cell(tag: str, place: int, text: str, numbers: Sequence[int], more: str = "") -> str:
    kind = " class='number'" if place in numbers else ""
    return f"<{tag}{more}{kind}>{escape(text)}</{tag}>"


def _page(title: str, parts: Iterable[str]) -> str:
    head = (
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    body = "\n".join(parts)
    return f"<!DOCTYPE html>\n<html lang='en-GB'><head>{head}</head><body><main>\n{body}\n</main></body></html>\n"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
