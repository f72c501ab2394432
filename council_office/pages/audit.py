"""The audit: who did what, when and why, to look up and to take away as a spreadsheet."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from council_office.audit_seen import actors, rows, table
from council_office.audit_words import actions_saying
from council_office.searches import address
from ledger.audit.queries import AuditLine, Search, audit_lines, count_audit_lines
from ledger.errors import InvalidField
from ledger.identifiers import from_text, to_text
from ledger.people.officers import officers
from ledger.people.rules import Permission, tidy
from shared_web.acts import note
from shared_web.date_parts import DatePartsField
from shared_web.db import Session, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.guards import needs
from shared_web.streamed import Listed, csv_of
from shared_web.words_typed import one_line

pages = Blueprint("audit", __name__)

ON_A_PAGE = 50
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
    action = StringField("What was done", description="A part of it, like approve", filters=[one_line])
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
        action = self.action.data or ""
        return Search(
            day=self.day.data,
            actor=self.actor.data or "",
            action=action,
            actions=actions_saying(action),
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
        newest=address("/office/audit") if before else None,
        file=address("/office/audit/file"),
    )
    return page, 200


@pages.get("/audit/file")
@needs(Permission.SEE_AUDIT)
def download() -> ResponseReturnValue:
    """All the rows that are looked for, with nothing that a spreadsheet would compute."""
    with unit_of_work() as session:
        names, form = asked(session)
        if not form.validate():
            return render_template("council_office/audit.html", form=form, rows=[], earlier=None, file=None), 422
        listed = listed_of(form.search(), names)
        first = listed.first(session)
        note("audit", "file", rows=listed.all_of(session, first))
    return csv_of(listed, first, name="audit.csv")


def listed_of(search: Search, names: dict[str, str]) -> Listed[AuditLine]:
    """The rows of a search, as a file has them."""
    return Listed(
        lines=lambda session, before, most: audit_lines(session, search, before=before, most=most),
        count=lambda session, before: count_audit_lines(session, search, before=before),
        table=lambda lines: table(lines, names),
    )


def asked(session: Session) -> tuple[dict[str, str], SearchForm]:
    """Everybody who acts, by name, and what is looked for."""
    names = actors(officers(session))
    return names, SearchForm(names)
