"""A batch as a list that staff key by hand; what they ticked of it, or another system's report, as its answer."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO, StringIO
from typing import Self

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField
from wtforms.fields import SelectChoice

from ledger.council_tax.errors import AnswerDamaged, AnswerDiffers
from ledger.council_tax.layouts.answer_layouts import answer_layouts, layouts_of
from ledger.council_tax.layouts.answer_reader import as_answer
from ledger.council_tax.layouts.answer_spec import AnswerSpec
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


TICKED_LIST = "ticked-list"
"""What no layout is called."""


class TickedForm(ValueForm):
    """The list as it came back, or the file of another system and the layout by which it is read."""

    layout = RadioField("What do you bring?", default=TICKED_LIST)
    list = FileField(
        "The file",
        description="Every line with its outcome; nothing is answered unless all of it can be read",
        validators=[FileRequired("Choose the file")],
    )

    def of(self, layouts: Mapping[str, AnswerSpec]) -> Self:
        """The form with these layouts to choose from, beside the list."""
        others = [SelectChoice(name, spec.about or name) for name, spec in layouts.items()]
        self.layout.choices = [SelectChoice(TICKED_LIST, "The list, ticked and saved as CSV UTF-8"), *others]
        return self


@pages.get(f"/council-tax/<int(max={LAST_SEQUENCE}):sequence>/worklist")
@needs(Permission.EXPORT)
def show(sequence: int) -> ResponseReturnValue:
    """The ways to take the list, and to bring it back. Raises NotReleased."""
    with reading() as session:
        released_file(session, sequence=sequence)
    return drawn(sequence, TickedForm().of(layouts()))


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
    """Take the ticked list, or another system's file, in as the answer to the batch, whole or not at all."""
    known = layouts()
    form, file, now = TickedForm().of(known), batch_file(session, sequence=sequence), occasion()
    if form.validate_on_submit():
        with explained_at(form.list, NotOfTheLayout, AnswerDamaged, AnswerDiffers), session.begin_nested():
            let_take(session, seconds=SECONDS)
            came, by = form.list.data.read(), known.get(form.layout.data)
            at = now.now
            answer = as_answer(by, came, file=file, at=at) if by else ticked_back(came, file=file, at=at)
            take_in(session, content=answer, scheme=settings().scheme, occasion=now)
            note("council-tax", str(sequence), layout=form.layout.data, came_sha256=sha256(came).hexdigest())
            return redirect(f"/office/council-tax/{sequence}", 303)
    return drawn(sequence, form), 422


def layouts() -> Mapping[str, AnswerSpec]:
    """The layouts by which another system's answer can be read."""
    return answer_layouts(layouts_of(settings()))


def taken(sequence: int) -> BatchFile:
    """The batch's file, and that a list of it was taken is written down. Raises NotReleased."""
    with unit_of_work() as session:
        file = released_file(session, sequence=sequence)
        note("council-tax", str(sequence), sha256=file.sha256)
    return file


def drawn(sequence: int, form: TickedForm) -> str:
    """The page."""
    return render_template("council_office/worklist.html", form=form, sequence=sequence, number=f"{sequence:06}")
