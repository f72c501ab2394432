"""The audit: who did what, when and why, to look up and to take away as a spreadsheet."""

from datetime import date
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from council_office.audit_seen import actors, rows, table
from ledger.audit.queries import Search, audit_lines
from ledger.errors import InvalidField
from ledger.identifiers import from_text, to_text
from ledger.people.officers import officers
from ledger.people.rules import Permission, tidy
from ledger.spreadsheets import write_csv
from shared_web.acts import note
from shared_web.date_parts import DatePartsField
from shared_web.db import Session, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import needs
from shared_web.words_typed import one_line

pages = Blueprint("audit", __name__)

ON_A_PAGE = 50
IN_A_FILE = 10_000
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


def _printable(_form: Any, field: StringField) -> None:
    """Words that a database can look for."""
    try:
        field.data and tidy(field.name, field.data)
    except InvalidField:
        raise ValidationError("Enter only characters that can be seen") from None


class SearchForm(TallystickForm):
    """What is looked for, in the page's address."""

    day = DatePartsField("Day", description="For example, 23 11 2026")
    actor = SelectField("Who", default="")
    action = StringField("What was done", description="A part of its name, like approvals", filters=[one_line])
    subject = StringField("To what", description="A reference or an id", filters=[one_line])
    validate_action = validate_subject = staticmethod(_printable)

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__(formdata=request.args, meta={"csrf": False})
        self.actor.choices = [SelectChoice(actor, name) for actor, name in [("", "Anybody"), *names.items()]]

    def validate_day(self, field: DatePartsField) -> None:
        """One of this scheme's days, if any."""
        if field.data and not EARLIEST <= field.data <= LATEST:
            raise ValidationError("Enter a date like 30 11 2026")

    def search(self) -> Search:
        """What is looked for, once the form is valid."""
        return Search(
            day=self.day.data,
            actor=self.actor.data or "",
            action=self.action.data or "",
            subject=(self.subject.data or "").upper(),
        )


@pages.get("/audit")
@needs(Permission.SEE_AUDIT)
def show() -> ResponseReturnValue:
    """The newest rows that are looked for, and the way to earlier ones."""
    before = request.args.get("before", "")
    with reading() as session:
        names, form = asked(session)
        if not form.validate():
            return render_template("council_office/audit.html", form=form, rows=[], earlier=None, file=None), 422
        mark = from_text(before) if before else None
        lines = audit_lines(session, form.search(), before=mark, most=ON_A_PAGE + 1)
    more = len(lines) > ON_A_PAGE
    page = render_template(
        "council_office/audit.html",
        form=form,
        rows=rows(lines[:ON_A_PAGE], names),
        earlier=address("/office/audit", before=to_text(lines[ON_A_PAGE - 1].id)) if more else None,
        newest=address("/office/audit", before="") if before else None,
        file=address("/office/audit/file", before=""),
    )
    return page, 200


@pages.get("/audit/file")
@needs(Permission.SEE_AUDIT)
def download() -> ResponseReturnValue:
    """The rows that are looked for, the newest ten thousand at most, with nothing that a spreadsheet would compute."""
    with unit_of_work() as session:
        names, form = asked(session)
        if not form.validate():
            return render_template("council_office/audit.html", form=form, rows=[], earlier=None, file=None), 422
        lines = audit_lines(session, form.search(), most=IN_A_FILE)
        note("audit", "file", rows=len(lines))
    written = StringIO(newline="")
    write_csv(table(lines, names), written)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(written.getvalue(), mimetype="text/csv", headers=headers)


def asked(session: Session) -> tuple[dict[str, str], SearchForm]:
    """Everybody who acts, by name, and what is looked for."""
    names = actors(officers(session))
    return names, SearchForm(names)


def address(path: str, *, before: str) -> str:
    """The same search elsewhere, from one row on."""
    kept = {name: text for name, text in request.args.items() if name != "before" and text}
    return f"{path}?{urlencode(kept | ({'before': before} if before else {}))}"
