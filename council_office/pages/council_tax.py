"""The nightly council-tax batches: every one, and each with its control totals, its file and the books beside it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from council_office.batch_release import ReleaseCard, card_of
from council_office.batch_seen import attempts_seen, difference, largest, nights_of, stages, tag_of, tiles
from council_office.fresh_sign_in import check_fresh, counts_digits, owes_digits
from council_office.release_form import DECISIONS, ReleaseForm
from ledger.council_tax.batch_lines import largest_lines, new_accounts
from ledger.council_tax.history import awaited, history_of
from ledger.council_tax.queries import batch, batches, captured_total, released_file
from ledger.council_tax.rules import UNRELEASED
from ledger.council_tax.views import BatchView
from ledger.money import Amount
from ledger.people.errors import ProposalStale, WrongCode
from ledger.people.rules import Permission
from shared_web.acts import note
from shared_web.core import settings
from shared_web.days import full_day
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.downloads import file_answer
from shared_web.guards import needs, signed_in
from shared_web.idempotency import answered_once
from shared_web.refused_fields import told_at

pages = Blueprint("council_tax", __name__)

LARGEST = 10
NIGHTS = 30
LAST_SEQUENCE = 999_999


@pages.get("/council-tax")
def index() -> str:
    """Thirty nights, the newest first, and the way to earlier ones."""
    through = request.args.get("through", default=LAST_SEQUENCE, type=int)
    with reading() as session:
        found = batches(session, through=min(max(through, 0), LAST_SEQUENCE), most=NIGHTS + 1)
        released = awaited(session)
    earlier = found[NIGHTS].sequence if len(found) > NIGHTS else None
    return render_template(
        "council_office/batches.html",
        rows=[listed(one, released_at=released.get(one.sequence)) for one in found[:NIGHTS]],
        earlier=earlier,
        newest=through == LAST_SEQUENCE,
    )


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>")
def show(sequence: int) -> str:
    """One night."""
    with reading() as session:
        seen = seen_of(session, batch(session, sequence=sequence), ReleaseForm())
    return render_template("council_office/batch.html", **seen)


@pages.post(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>")
@needs(Permission.APPROVE, Permission.EXPORT)
@counts_digits
@answered_once
def decide(session: Session, sequence: int) -> ResponseReturnValue:
    """Approve the night's file, release it, or send it back; what was decided on is what the page showed."""
    found = batch(session, sequence=sequence)
    form = ReleaseForm()
    captured = captured_total(session, sequence=sequence)
    form.beside(_card(session, found, captured), seen=found.sha256)
    if not form.validate_on_submit():
        return render_template("council_office/batch.html", **seen_of(session, found, form)), 422
    with told_at(form.digits, WrongCode):
        check_fresh(session, form)
    if form.errors:
        return render_template("council_office/batch.html", **seen_of(session, found, form)), 422
    if form.seen.data != found.sha256:
        raise ProposalStale
    DECISIONS[form.decision.data](session, sequence, form, occasion())
    note("council-tax", str(sequence), reason=form.reason.data or form.why.data or None, sha256=found.sha256)
    return redirect(f"/office/council-tax/{sequence}", 303)


def _card(session: Session, found: BatchView, captured: Amount) -> ReleaseCard | None:
    known = signed_in()
    return card_of(
        session,
        found,
        officer_id=known.person_id,
        permissions=known.permissions,
        differs=captured != found.reductions,
    )


def seen_of(session: Session, found: BatchView, form: ReleaseForm) -> dict[str, Any]:
    """What the page of one night shows."""
    captured = captured_total(session, sequence=found.sequence)
    card = _card(session, found, captured)
    lines = largest_lines(session, sequence=found.sequence, most=LARGEST)
    nights = batches(session, through=found.sequence, most=NIGHTS)
    return {
        "batch": found,
        "number": f"{found.sequence:06}",
        "day": full_day(found.business_date),
        "stages": stages(found, history_of(session, sequence=found.sequence)),
        "tiles": tiles(found, new=new_accounts(session, sequence=found.sequence)),
        "captured": captured,
        "differs": difference(found, captured),
        "lines": largest(lines, account_format=settings().account_format, permissions=signed_in().permissions),
        "nights": nights_of(nights, of=NIGHTS),
        "card": card,
        "form": form.beside(card, seen=found.sha256),
        "owes_digits": owes_digits(),
        "attempts": attempts_seen(session, found),
        "may_export": Permission.EXPORT in signed_in().permissions,
        "released": found.state not in UNRELEASED,
    }


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/file")
@needs(Permission.EXPORT)
def download(sequence: int) -> Response:
    """The file as it was built, byte for byte; that it was taken is written down. Raises NotReleased."""
    with unit_of_work() as session:
        file = released_file(session, sequence=sequence)
        note("council-tax", str(sequence), sha256=file.sha256)
    return file_answer(file.content, name=file.name)


def listed(one: BatchView, *, released_at: datetime | None) -> dict[str, object]:
    """A night in the list; when it was released, if its answer has not come."""
    name, kind = tag_of(one, released_at=released_at, now=occasion().now)
    return {
        "sequence": one.sequence,
        "day": full_day(one.business_date),
        "number": f"{one.sequence:06}",
        "state": name,
        "kind": kind,
        "lines": f"{one.lines:,}",
        "net": one.net,
        "file": one.file_name,
    }
