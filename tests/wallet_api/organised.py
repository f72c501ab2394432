"""An organiser's small world: a growing project, its sessions, and residents on their rosters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID

import html5lib
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ledger.identifiers import to_text
from ledger.money import Amount
from tests import factories
from tests.factories import GrowingProject
from tests.web_town import Visitor, WebTown, forms_of, hidden_of

LISTED = "email,hours\n"
"""The first line of a list of who came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organised:
    """A project, one session of it that ended at noon, and who is on its roster."""

    town: WebTown
    project: GrowingProject
    session_id: UUID
    residents: list[UUID]

    @property
    def path(self) -> str:
        """Where the session's pages begin."""
        return f"/organise/sessions/{to_text(self.session_id)}"

    def olu(self) -> Visitor:
        """The owner, signed in."""
        return self.town.visitor().sign_in(self.project.organiser.owner_email, realm="organiser")


def organised(town: WebTown, *, people: int = 2, allowance_of: Amount = 8_500) -> Organised:
    """Two hours before noon at 2.50 an hour, so 5.00 for each of `people`."""
    project = town.work(lambda session: factories.growing_project(session, allowance_of=allowance_of))
    starts_at = town.now - timedelta(hours=2)
    session_id = held(town, project, starts_at)
    residents = [
        town.work(lambda session, number=number: factories.resident(session, email=f"came{number}@example.org"))
        for number in range(people)
    ]
    for resident_id in residents:
        town.work(
            lambda session, resident_id=resident_id: factories.place(
                session, session_id=session_id, resident_id=resident_id, at=starts_at
            )
        )
    return Organised(town=town, project=project, session_id=session_id, residents=residents)


def held(town: WebTown, project: GrowingProject, starts_at: datetime) -> UUID:
    """A session of the project of two hours, planned the day before."""
    before = factories.occasion_at(starts_at - timedelta(days=1))
    return town.work(
        lambda session: factories.activity_session(
            session, activity_id=project.activity_id, starts_at=starts_at, occasion=before
        )
    )


def list_of(people: int, *, hours: str = "", first: int = 0) -> str:
    """A list of so many of the residents whom `came_by` makes."""
    return LISTED + "".join(f"listed{number}@example.org,{hours}\n" for number in range(first, first + people))


def came_by(town: WebTown, people: int) -> list[UUID]:
    """So many residents who have no place anywhere."""

    def work(session: Session) -> list[UUID]:
        return [factories.resident(session, email=f"listed{number}@example.org") for number in range(people)]

    return town.work(work)


def bring(olu: Visitor, path: str, content: str | bytes) -> TestResponse:
    """The page that answers a list brought to this session."""
    data = content.encode() if isinstance(content, str) else content
    return olu.fill(f"{path}/upload", f"{path}/upload", file=(BytesIO(data), "came.csv"))


def pressed(path: str, asked: TestResponse) -> dict[str, str]:
    """What the button of the page that asks once more would send."""
    return hidden_of(next(form for form in forms_of(asked.text) if form.get("action") == f"{path}/upload/thank"))


def said(answer: TestResponse) -> str:
    """What a page's main part says, a space between any two of its pieces."""
    document = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return " ".join(" ".join(document.find(".//main").itertext()).split())
