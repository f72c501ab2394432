"""Where a person is signed in, as every face's page of their own details lists it, and how to end one of these."""

from dataclasses import dataclass

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from ledger.identifiers import from_text, to_text
from ledger.people.sign_ins import SignInLine, end_own_sign_in, sign_ins_of
from shared_web.days import day_and_clock
from shared_web.db import Session, occasion, unit_of_work
from shared_web.guards import signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A sign-in in words; `action` is where to end it."""

    action: str
    this_one: bool
    began: str
    used: str


def own_sign_ins(session: Session, *, details: str) -> list[Shown]:
    """The sign-ins of whoever is signed in, for the page of details at this path."""
    known = signed_in()
    lines = sign_ins_of(session, realm=known.realm, person_id=known.person_id, now=occasion().now)
    return [_shown(line, details) for line in lines]


def let_end(pages: Blueprint, *, details: str) -> None:
    """Add to `pages` the way to end one of one's own sign-ins, this one too; it leads back to `details`."""

    @pages.post("/details/sign-ins/<text>/end")
    def end(text: str) -> Response:
        known = signed_in()
        with unit_of_work() as session:
            end_own_sign_in(
                session,
                sign_in_id=from_text(text),
                person_id=known.person_id,
                realm=known.realm,
                occasion=occasion(),
            )
        return redirect(details, 303)


def _shown(line: SignInLine, details: str) -> Shown:
    return Shown(
        action=f"{details}/sign-ins/{to_text(line.id)}/end",
        this_one=line.id == signed_in().sign_in_id,
        began=day_and_clock(line.signed_in_at),
        used=day_and_clock(line.active_at),
    )
