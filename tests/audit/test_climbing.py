"""AZ-02: what needs a right, or an owner, is refused to whoever is without; it moves nothing, and is written down."""

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from ledger.book.models import Transaction
from ledger.people.models import PermissionGrant, Proposal
from ledger.people.rules import Permission
from ledger.store import reading
from shared_web.guards import _NEEDS, Needs
from tests.audit.units import rows
from tests.council_office import town as office
from tests.merchant_portal.deli import Deli
from tests.web_town import Visitor, WebTown

SAMPLE = {"int": "1"}


def guarded(app: Flask, start: str) -> Iterator[tuple[str, str, str, Needs]]:
    """Each method, path and endpoint under `start` whose view asks for more than being signed in, and what it asks."""
    for rule in app.url_map.iter_rules():
        asks = getattr(app.view_functions[rule.endpoint], _NEEDS, None)
        if asks is not None and rule.rule.startswith(start):
            path = re.sub(r"<(?:(\w+)[^:<>]*:)?\w+>", lambda found: SAMPLE.get(found[1] or "", "x"), rule.rule)
            yield from ((method, path, rule.endpoint, asks) for method in sorted({"GET", "POST"} & rule.methods))


def what_stands(town: WebTown) -> list[Any]:
    """How many transactions, proposals and rights there are."""
    with reading(town.engine) as session:
        tables = (Transaction, Proposal, PermissionGrant)
        return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def refused(town: WebTown, who: Visitor, asked: list[tuple[str, str, str]]) -> None:
    """Each of these is 403, leaves one audit row that says so, and moves nothing."""
    town.app.config["WTF_CSRF_ENABLED"] = False
    before, stands = {row.id for row in rows(town.engine)}, what_stands(town)
    statuses = {(method, path): who.client.open(path, method=method).status_code for method, path, _name in asked}
    assert set(statuses.values()) == {403}, statuses
    written = [row for row in rows(town.engine) if row.id not in before]
    assert sorted(row.action for row in written) == sorted(name for _method, _path, name in asked)
    assert {(row.details or {}).get("refused") for row in written} == {"not_allowed"}
    assert what_stands(town) == stands


def test_az_02_an_officer_without_a_right_is_refused_whatever_needs_one(web_town: WebTown) -> None:
    nobody = office.officer(web_town, "nobody@example.org")
    asked = [one[:3] for one in guarded(web_town.app, "/office") if one[3].permissions]
    assert len(asked) > 20
    refused(web_town, nobody, asked)


def test_az_02_an_officer_with_every_other_right_is_refused_what_needs_the_one(web_town: WebTown) -> None:
    for permission in Permission:
        asked = [one[:3] for one in guarded(web_town.app, "/office") if permission in one[3].permissions]
        if asked:
            others = set(Permission) - {permission}
            refused(web_town, office.officer(web_town, f"no.{permission}@example.org", *others), asked)
            web_town.app.config["WTF_CSRF_ENABLED"] = True


def test_az_02_a_till_is_refused_what_is_an_owners(web_town: WebTown) -> None:
    asked = [one[:3] for one in guarded(web_town.app, "/merchant") if one[3].roles]
    assert asked
    refused(web_town, Deli(town=web_town).till(), asked)


def test_az_02_a_sign_in_of_one_face_is_nobody_on_another(web_town: WebTown) -> None:
    owner = Deli(town=web_town).owner()
    for path in ("/office/approvals", "/office/officers", "/office/council-tax/1/file", "/organise"):
        assert owner.client.get(path, follow_redirects=False).status_code in (303, 308)
