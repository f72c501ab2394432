"""Rows of the audit as officers read them, on the page and in a spreadsheet."""

import json
from collections.abc import Mapping, Sequence

from council_office.audit_words import said
from ledger.audit.queries import AuditLine
from ledger.clock import london_date
from ledger.identifiers import to_text
from ledger.people.checkers import named_actor
from ledger.people.officers import OfficerView
from ledger.people.rules import Realm
from ledger.spreadsheets import Column, Table
from shared_web.days import clock_to_the_second, plain_day
from shared_web.logs import incident_of

KINDS = {
    f"{Realm.RESIDENT}:": "Residents",
    f"{Realm.ORGANISER}:": "Organisers",
    f"{Realm.MERCHANT}:": "Shop owners",
    "till:": "Tills",
    "visitor": "Not signed in",
    "command:": "Commands",
    "nightly": "The nightly run",
    "close-month": "Closing a month",
}
"""How the actors begin who are no officers."""


def actors(officers: Sequence[OfficerView]) -> dict[str, str]:
    """Everybody who acts, as the audit names them and as people do."""
    return {named_actor(one.id): one.name for one in officers} | KINDS


def rows(lines: Sequence[AuditLine], names: Mapping[str, str]) -> list[list[str]]:
    """What the page shows of each."""
    return [
        [
            f"{plain_day(london_date(line.at))}, {clock_to_the_second(line.at)}",
            name_of(line.actor, names),
            said(line.action),
            " ".join(filter(None, (line.subject_kind, line.subject_id))),
            line.reason or "",
            details_of(line),
            incident_of(line.request_id),
        ]
        for line in lines
    ]


def details_of(line: AuditLine) -> str:
    """What else is known of it; nothing of what there was not."""
    known = {name: value for name, value in (line.details or {}).items() if value is not None}
    return ", ".join(f"{name}: {in_words(value)}" for name, value in sorted(known.items()))


def in_words(value: object) -> str:
    """A detail, or each of several."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def name_of(actor: str, names: Mapping[str, str]) -> str:
    """An officer's name, or what kind of person it was."""
    beginning = next((name for name in names if actor == name or (name in KINDS and actor.startswith(name))), None)
    return names[beginning] if beginning else actor


def table(lines: Sequence[AuditLine], names: Mapping[str, str]) -> Table:
    """The same whole, for a spreadsheet."""
    headings = (
        "at",
        "actor",
        "name",
        "device",
        "action",
        "what",
        "kind",
        "subject",
        "reason",
        "request",
        "key",
        "details",
    )
    return Table(
        title="Audit",
        columns=[Column(heading=heading) for heading in headings],
        rows=[
            [
                line.at.isoformat(),
                line.actor,
                name_of(line.actor, names),
                to_text(line.sign_in_id) if line.sign_in_id else None,
                line.action,
                said(line.action),
                line.subject_kind,
                line.subject_id,
                line.reason,
                line.request_id,
                line.idempotency_key,
                json.dumps(line.details, sort_keys=True) if line.details else None,
            ]
            for line in lines
        ],
    )
