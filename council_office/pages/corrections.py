"""Put right: find a transaction, see its lines, reverse it with a reason and where the evidence is kept."""

from collections.abc import Iterable
from contextlib import suppress

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from council_office.account_named import account_named, kind_named
from council_office.alone import left_today, limit_of
from council_office.correction_forms import WhyForm
from ledger.corrections.disputes import open_disputes
from ledger.corrections.queries import corrections_of, find_transaction, latest_corrections, transaction_seen
from ledger.corrections.reversals import ask_reversal, check_standing
from ledger.corrections.rules import may_reverse_alone
from ledger.corrections.views import CorrectionView, TransactionSeen
from ledger.council_tax.item_queries import item_seen
from ledger.council_tax.queries import item_references
from ledger.errors import LedgerError, NotFound
from ledger.identifiers import from_text, to_text
from ledger.money import format_amount
from ledger.people.rules import Permission
from ledger.wallets.rules import Cap
from shared_web.acts import note
from shared_web.days import day_and_clock
from shared_web.db import Session, occasion, reading
from shared_web.errors import words_of
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today

pages = Blueprint("corrections", __name__)

LATEST = 20
LINK = Markup('<a href="/office/corrections/{}">{}</a>')


@pages.get("/corrections")
@needs(Permission.REVERSE)
def index() -> ResponseReturnValue:
    """The way to a transaction, what waits for an answer, and the latest corrections."""
    asked = request.args.get("reference", "")
    with reading() as session:
        found = wanted(session, asked)
        if found is not None:
            return redirect(found, 303)
        latest, waiting = latest_corrections(session, most=LATEST), len(open_disputes(session))
    page = render_template(
        "council_office/corrections.html",
        asked=asked,
        error="Nothing has this reference. Check it, or look it up on the receipt." if asked else "",
        rows=rows(latest),
        waiting=waiting,
    )
    return page, 422 if asked else 200


@pages.get("/corrections/<text>")
@needs(Permission.REVERSE)
def show(text: str) -> str:
    """One transaction: its lines, what put it right, and the form that reverses it."""
    with reading() as session:
        return drawn(session, transaction_seen(session, transaction_id=from_text(text)), WhyForm())


@pages.post("/corrections/<text>")
@needs(Permission.REVERSE)
@answered_once
def undo(session: Session, text: str) -> ResponseReturnValue:
    """Reverse it at once, or ask somebody else to decide."""
    form, found = WhyForm(), transaction_seen(session, transaction_id=from_text(text))
    if not form.validate_on_submit():
        return drawn(session, found, form), 422
    reference = ask_reversal(
        session,
        transaction_id=found.id,
        reason=form.reason.data,
        evidence=form.evidence.data,
        officer_id=signed_in().person_id,
        rules=rules_today(),
        occasion=occasion(),
    )
    note("transaction", to_text(found.id), reason=form.reason.data, proposal=reference)
    return redirect(f"/office/approvals/{reference}" if reference else f"/office/corrections/{to_text(found.id)}", 303)


def wanted(session: Session, asked: str) -> str | None:
    """The page of the council-tax item or the transaction that was asked for; None where there is neither."""
    if not asked.strip():
        return None
    with suppress(NotFound):
        return f"/office/council-tax/items/{item_seen(session, reference=asked.strip()).item.reference}"
    with suppress(NotFound):
        return f"/office/corrections/{to_text(find_transaction(session, text=asked))}"
    return None


def drawn(session: Session, found: TransactionSeen, form: WhyForm) -> str:
    """The page of a transaction."""
    left = left_today(session, Cap.REVERSED_ALONE_A_DAY)
    return render_template(
        "council_office/correction.html",
        id=to_text(found.id),
        kind=kind_named(found.kind),
        amount=format_amount(found.amount),
        when=day_and_clock(found.posted_at),
        found=found,
        cites=[(name, to_text(one)) for name, one in cited(found) if one is not None],
        lines=[
            [account_named(line.debit), account_named(line.credit), format_amount(line.amount)] for line in found.lines
        ],
        corrections=rows(corrections_of(session, about=found.id)),
        refused=refusal(session, found),
        item=item_references(session, transaction_ids=[found.id]).get(found.id, ""),
        alone=may_reverse_alone(found.kind, found.amount, left=left),
        limit=format_amount(limit_of(Cap.REVERSED_ALONE_A_DAY)),
        form=form,
    )


def cited(found: TransactionSeen) -> Iterable[tuple[str, object]]:
    """The transactions that this one cites or that reversed it."""
    return (("Reverses", found.reverses), ("Corrects", found.corrects), ("Reversed by", found.reversed_by))


def refusal(session: Session, found: TransactionSeen) -> str:
    """Why it may not be reversed, in a sentence; nothing where it may."""
    if found.reversed_by is not None:
        return "This was reversed already."
    if found.reverses is not None:
        return "A reversal is not itself reversed."
    try:
        check_standing(session, transaction_id=found.id)
    except LedgerError as refused:
        return words_of(refused)
    return ""


def rows(corrections: Iterable[CorrectionView]) -> list[list[str]]:
    """Corrections as a table has them."""
    return [
        [
            LINK.format(to_text(one.transaction_id), day_and_clock(one.at)),
            one.kind.capitalize(),
            one.reason,
            one.evidence,
            one.officer_name + (f", {one.checker_name}" if one.checker_name else ""),
            format_amount(one.amount),
        ]
        for one in corrections
    ]
