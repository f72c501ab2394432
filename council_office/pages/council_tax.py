"""The nightly council-tax batches: every one, and each with its control totals, its file and the books beside it."""

from flask import Blueprint, Response, render_template, request

from council_office.batch_seen import STATES, difference, largest, nights_of, stages, tiles
from ledger.council_tax.queries import batch, batch_file, batches, captured_total, largest_lines, new_accounts
from ledger.council_tax.views import BatchView
from ledger.people.rules import Permission
from shared_web.core import settings
from shared_web.days import full_day
from shared_web.db import reading
from shared_web.guards import needs, signed_in

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
    earlier = found[NIGHTS].sequence if len(found) > NIGHTS else None
    return render_template(
        "council_office/batches.html",
        rows=[listed(one) for one in found[:NIGHTS]],
        earlier=earlier,
        newest=through == LAST_SEQUENCE,
    )


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>")
def show(sequence: int) -> str:
    """One night."""
    with reading() as session:
        found = batch(session, sequence=sequence)
        captured = captured_total(session, sequence=sequence)
        lines = largest_lines(session, sequence=sequence, most=LARGEST)
        new = new_accounts(session, sequence=sequence)
        nights = batches(session, through=sequence, most=NIGHTS)
    return render_template(
        "council_office/batch.html",
        batch=found,
        number=f"{found.sequence:06}",
        day=full_day(found.business_date),
        stages=stages(found),
        tiles=tiles(found, new=new),
        captured=captured,
        differs=difference(found, captured),
        lines=largest(lines, account_format=settings().account_format),
        nights=nights_of(nights, of=NIGHTS),
        may_export=Permission.EXPORT in signed_in().permissions,
    )


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/file")
@needs(Permission.EXPORT)
def download(sequence: int) -> Response:
    """The file as it was built, byte for byte."""
    with reading() as session:
        file = batch_file(session, sequence=sequence)
    return Response(
        file.content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{file.name}"'}
    )


def listed(one: BatchView) -> dict[str, object]:
    """A night in the list."""
    name, kind = STATES[one.state]
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
