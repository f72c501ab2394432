"""A batch as a list that staff key by hand, and what they ticked of it, as the answer of the revenues system."""

from io import BytesIO, StringIO

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired

from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.layouts.errors import NotOfTheLayout
from ledger.council_tax.layouts.worklist import LARGEST_UPLOAD, ticked_back, worklist
from ledger.council_tax.queries import batch_file, released_file
from ledger.council_tax.taking_in import take_in
from ledger.council_tax.views import BatchFile
from ledger.people.rules import Permission
from ledger.spreadsheets import write_csv, write_xlsx
from shared_web.acts import note
from shared_web.amount_entry import ValueForm
from shared_web.core import settings
from shared_web.db import Session, let_take, occasion, reading, unit_of_work
from shared_web.downloads import file_answer
from shared_web.guards import needs
from shared_web.idempotency import answered_once
from shared_web.refused_fields import explained_at
from shared_web.room import takes_a_file

pages = Blueprint("worklist", __name__)

LAST_SEQUENCE = 999_999
SECONDS = 60
"""Within which 35,000 lines are taken in, on a machine that has other things to do too."""


class TickedForm(ValueForm):
    """The list as it came back."""

    list = FileField(
        "The list, saved as CSV UTF-8",
        description="Every line with its outcome; nothing is answered unless all of it can be read",
        validators=[FileRequired("Choose the list")],
    )


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/worklist")
@needs(Permission.EXPORT)
def show(sequence: int) -> ResponseReturnValue:
    """The ways to take the list, and to bring it back. Raises NotReleased."""
    with reading() as session:
        released_file(session, sequence=sequence)
    return drawn(sequence, TickedForm())


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/worklist.csv")
@needs(Permission.EXPORT)
def as_csv(sequence: int) -> Response:
    """The list as CSV."""
    file, text = taken(sequence), StringIO(newline="")
    write_csv(worklist(file.content), text)
    return file_answer(text.getvalue().encode("utf-8-sig"), name=f"worklist-{sequence:06}.csv")


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/worklist.xlsx")
@needs(Permission.EXPORT)
def as_xlsx(sequence: int) -> Response:
    """The list as a workbook."""
    file, content = taken(sequence), BytesIO()
    write_xlsx([worklist(file.content)], content, at=occasion().now)
    return file_answer(content.getvalue(), name=f"worklist-{sequence:06}.xlsx")


@pages.post(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/worklist")
@needs(Permission.EXPORT)
@takes_a_file(of_bytes=LARGEST_UPLOAD, seconds=SECONDS)
@answered_once
def bring_back(session: Session, sequence: int) -> ResponseReturnValue:
    """Take the ticked list in as the answer to the batch, whole or not at all."""
    form, file, now = TickedForm(), batch_file(session, sequence=sequence), occasion()
    if form.validate_on_submit():
        with explained_at(form.list, NotOfTheLayout, AnswerDamaged, AnswerDiffers), session.begin_nested():
            let_take(session, seconds=SECONDS)
            answer = ticked_back(form.list.data.read(), file=file, at=now.now)
            take_in(session, content=answer, scheme=settings().scheme, occasion=now)
            note("council-tax", str(sequence))
            return redirect(f"/office/council-tax/{sequence}", 303)
    return drawn(sequence, form), 422


def taken(sequence: int) -> BatchFile:
    """The batch's file, and that a list of it was taken is written down. Raises NotReleased."""
    with unit_of_work() as session:
        file = released_file(session, sequence=sequence)
        note("council-tax", str(sequence), sha256=file.sha256)
    return file


def drawn(sequence: int, form: TickedForm) -> str:
    """The page."""
    return render_template("council_office/worklist.html", form=form, sequence=sequence, number=f"{sequence:06}")
