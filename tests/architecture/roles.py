"""Each role of threat AZ-01 in a browser of its own, in a town where each kind of thing is theirs and another's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from ledger.council_tax.decisions import propose_decision
from ledger.council_tax.queries import items_of
from ledger.identifiers import to_text
from ledger.people.rules import Permission, Realm
from ledger.people.tills import tills_of
from ledger.store import reading
from tests.architecture.things import OTHER_OFFICER, code_of, of_the_office, person_called, sign_in_of
from tests.council_office import town as office
from tests.council_tax.decided import DECISION
from tests.factories import operator
from tests.merchant_portal.deli import OWNER_PIN, Deli
from tests.wallet_api.lively import Lively, live_a_little, spend
from tests.wallet_api.organised import organised
from tests.web_town import WebTown

OFFICERS: Mapping[str, frozenset[Permission]] = {
    "officer": frozenset(),
    **{permission.value: frozenset({permission}) for permission in Permission},
    "approve+export": frozenset({Permission.APPROVE, Permission.EXPORT}),
}
"""Each officer by what they may do; whoever releases a night's file may two things."""
TAKE_BACK = "/office/approvals/<reference>/take-back"


@dataclass(kw_only=True)
class Role:
    """Somebody with a browser, and what is theirs and another's, by the beginning of a rule."""

    name: str
    client: FlaskClient
    own: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def everybody(web_town: WebTown) -> list[Role]:
    """Each role in a browser of its own, without form tokens."""
    web_town.app.config["WTF_CSRF_ENABLED"] = False
    lively, roster = live_a_little(web_town), organised(web_town)
    merchants = list(at_the_deli(web_town, lively))
    resident = who_lives_here(web_town, lively)
    organiser = Role(
        name="organiser",
        client=roster.olu().client,
        own={
            "/organise/sessions": to_text(roster.session_id),
            "/organise/details": sign_in_of(web_town, roster.project.organiser.owner_email, Realm.ORGANISER),
        },
        others={"/organise/sessions": to_text(lively.sessions[0]), "/organise/details": resident.own["/details"]},
    )
    shared = of_the_office(web_town, roster, transaction=resident.own["/history"], said=resident.own["/disputes"])
    stranger = Role(name="stranger", client=web_town.visitor().client)
    return [stranger, resident, organiser, *merchants, *officers(web_town, shared)]


def who_lives_here(town: WebTown, lively: Lively) -> Role:
    """Amina, and a neighbour who has the same kinds of things."""
    neighbour = office.applied(town, base="20004567", amount=500)
    theirs = spend(town, lively.shop, neighbour, 100)
    with reading(town.engine) as session:
        (item,) = items_of(session, resident_id=neighbour)
    own = of_a_resident(town, lively.resident_id, "amina@example.org", to_text(lively.taken.transaction_id))
    others = of_a_resident(town, neighbour, "20004567@example.org", to_text(theirs.transaction_id))
    sessions = [to_text(one) for one in lively.sessions]
    return Role(
        name="resident",
        client=town.visitor().sign_in("amina@example.org").client,
        own=own | {"/council-tax": lively.item, "/earn": sessions[1]},
        others=others | {"/council-tax": item.reference, "/earn": sessions[2]},
    )


def of_a_resident(town: WebTown, resident_id: UUID, email: str, transaction: str) -> dict[str, str]:
    """What a resident has: a transaction, what they said of it, a code, a sign-in."""
    visitor = town.visitor().sign_in(email)
    said = visitor.fill(f"/disputes/new?transaction={transaction}", reason="Not me").location.rpartition("/")[2]
    code = to_text(code_of(town, resident_id).code_id)
    sign_in = sign_in_of(town, email, Realm.RESIDENT)
    return {"/history": transaction, "/disputes": said, "/code": code, "/api/v1/codes": code, "/details": sign_in}


def at_the_deli(town: WebTown, lively: Lively) -> Iterator[Role]:
    """The owner, a till, and one that waits for a PIN; the other shop is the one that Amina knows."""
    deli = Deli(town=town)
    owner, till, locked = deli.owner(), deli.till("Till 1"), deli.till("Till 2", unlocked=False)
    deli.till("Till 3", unlocked=False)
    leaving = town.work(lambda session: operator(session, organisation_id=deli.id, pin=OWNER_PIN))
    code = code_of(town, lively.resident_id)
    taken = till.fill("/merchant/till/type?amount=4.50", code=code.short_code).location.rpartition("/")[2]
    with reading(town.engine) as session:
        tills = {one.name: one for one in tills_of(session, organisation_id=deli.id, now=town.now)}
    own = {
        "/merchant": taken,
        "/merchant/operators": to_text(leaving),
        "/merchant/devices": to_text(tills["Till 3"].id),
    }
    others = {
        "/merchant": lively.taken.reference,
        "/merchant/operators": to_text(lively.shop.operator_id),
        "/merchant/devices": to_text(lively.shop.till_id),
    }
    for name, visitor in (("owner", owner), ("till", till), ("locked-till", locked)):
        yield Role(name=name, client=visitor.client, own=own, others=others)


def officers(town: WebTown, shared: dict[str, str]) -> Iterator[Role]:
    """Each officer; what they look at is everybody's, but a sign-in and what they asked for are their own."""
    others = {
        "/office/details": sign_in_of(town, OTHER_OFFICER, Realm.OFFICE),
        TAKE_BACK: shared["/office/approvals"],
    }
    for name, permissions in OFFICERS.items():
        email = f"{name.replace('_', '-').replace('+', '-')}@example.org"
        who = office.officer(town, email, *permissions)
        own = {"/office/details": sign_in_of(town, email, Realm.OFFICE), TAKE_BACK: asked_by(town, email)}
        yield Role(name=name, client=who.client, own=shared | own, others=others)


def asked_by(town: WebTown, email: str) -> str:
    """The reference of what an officer asked for and nobody has decided."""
    officer_id = person_called(town, email, Realm.OFFICE)
    return town.work(
        lambda session: propose_decision(session, decision=DECISION, officer_id=officer_id, occasion=town.occasion())
    ).reference
