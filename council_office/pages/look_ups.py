"""Who looked at which resident and why: by officer, by resident, and taken away as a spreadsheet."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from council_office.pages.residents import BY
from council_office.searches import address
from ledger.errors import NotFound
from ledger.identifiers import from_text, to_text
from ledger.people.look_ups import LookUpLine, LookUpSearch, count_look_ups, look_ups
from ledger.people.officers import OfficerView, officers
from ledger.people.rules import Permission
from ledger.spreadsheets import Column, Table
from shared_web.acts import note
from shared_web.days import day_and_clock
from shared_web.db import reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import needs
from shared_web.streamed import Listed, csv_of
from shared_web.words_typed import one_line

pages = Blueprint("look_ups", __name__)

ON_A_PAGE = 50
PAGE = "/office/residents/look-ups"


class LookUpSearchForm(TallystickForm):
    """Which look-ups, in the page's address."""

    officer = SelectField("Who looked", default="")
    resident = StringField("Who was shown", description="A resident’s id, as a look-up shows it", filters=[one_line])
    sampled = SelectField("Which", choices=[SelectChoice("", "All"), SelectChoice("yes", "One in twenty")], default="")

    def __init__(self, everybody: Sequence[OfficerView]) -> None:
        super().__init__(formdata=request.args, meta={"csrf": False})
        names = [SelectChoice(to_text(one.id), one.name) for one in everybody]
        self.officer.choices = [SelectChoice("", "Anybody"), *names]

    def validate_resident(self, field: StringField) -> None:
        """An id, if anything."""
        try:
            field.data and from_text(field.data)
        except NotFound:
            raise ValidationError("Enter an id of 26 letters and numbers, as a look-up shows it") from None

    def search(self) -> LookUpSearch:
        """What is asked for, once the form is valid."""
        return LookUpSearch(
            officer_id=from_text(self.officer.data) if self.officer.data else None,
            resident_id=from_text(self.resident.data) if self.resident.data else None,
            only_sampled=self.sampled.data == "yes",
        )


@pages.get("/residents/look-ups")
@needs(Permission.SEE_AUDIT)
def show() -> ResponseReturnValue:
    """The newest look-ups that are asked for, and the way to earlier ones."""
    before = request.args.get("before", "")
    with reading() as session:
        form = LookUpSearchForm(officers(session))
        if not form.validate():
            return refused(form)
        lines = look_ups(session, form.search(), before=from_text(before) if before else None, most=ON_A_PAGE + 1)
    more = len(lines) > ON_A_PAGE
    return render_template(
        "council_office/look_ups.html",
        form=form,
        rows=[row(line) for line in lines[:ON_A_PAGE]],
        earlier=address(PAGE, before=to_text(lines[ON_A_PAGE - 1].id)) if more else None,
        newest=address(PAGE) if before else None,
        file=address(f"{PAGE}/file"),
    )


@pages.get("/residents/look-ups/file")
@needs(Permission.SEE_AUDIT)
def download() -> ResponseReturnValue:
    """All the look-ups that are asked for, with nothing that a spreadsheet would compute."""
    with unit_of_work() as session:
        form = LookUpSearchForm(officers(session))
        if not form.validate():
            return refused(form)
        listed = listed_of(form.search())
        first = listed.first(session)
        note("look-ups", "file", rows=listed.all_of(session, first), **asked(form))
    return csv_of(listed, first, name="look-ups.csv")


def listed_of(search: LookUpSearch) -> Listed[LookUpLine]:
    """The look-ups of a search, as a file has them."""
    return Listed(
        lines=lambda session, before, most: look_ups(session, search, before=before, most=most),
        count=lambda session, before: count_look_ups(session, search, before=before),
        table=table,
    )


def refused(form: LookUpSearchForm) -> ResponseReturnValue:
    """The page without a list, and what is wrong with what was asked for."""
    page = render_template("council_office/look_ups.html", form=form, rows=[], earlier=None, newest=None, file=None)
    return page, 422


def asked(form: LookUpSearchForm) -> dict[str, Any]:
    """Of whom a file is, for the audit: ids alone."""
    search = form.search()
    ids: dict[str, UUID | None] = {"officer": search.officer_id, "resident": search.resident_id}
    return {name: to_text(one) for name, one in ids.items() if one is not None}


def row(line: LookUpLine) -> list[str]:
    """A look-up in the list: residents by their ids alone."""
    shown = ", ".join(to_text(one) for one in line.shown) or "Nobody"
    again = "To be looked at" if line.sampled else ""
    return [day_and_clock(line.at), line.officer_name, BY[line.by], line.reason, shown, again]


def table(lines: Sequence[LookUpLine]) -> Table:
    """The same whole, for a spreadsheet; the ids of who was shown, a space between them."""
    headings = ("id", "at", "officer", "name", "by", "reason", "shown", "sampled")
    return Table(
        title="Look-ups",
        columns=[Column(heading=heading) for heading in headings],
        rows=[
            [
                to_text(line.id),
                line.at.isoformat(),
                to_text(line.officer_id),
                line.officer_name,
                line.by.value,
                line.reason,
                " ".join(to_text(one) for one in line.shown),
                "yes" if line.sampled else "no",
            ]
            for line in lines
        ],
    )
