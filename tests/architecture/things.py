"""What there is to ask for in a test's town, by the beginning of the rules that are of it."""

from uuid import UUID

from ledger.council_tax.decision_queries import decisions
from ledger.council_tax.queries import items_of
from ledger.identifiers import to_text
from ledger.people.queries import find_person
from ledger.people.rules import Permission, Realm
from ledger.people.sign_ins import sign_ins_of
from ledger.redemption.codes import ShownCode, issue_code
from ledger.store import reading
from tests.council_office import town as office
from tests.wallet_api.organised import Organised
from tests.web_town import WebTown

OTHER_OFFICER = "other@example.org"


def of_the_office(town: WebTown, roster: Organised, *, transaction: str, said: str) -> dict[str, str]:
    """One of everything that officers look at, and another officer, who asked for what waits."""
    asking = office.officer(town, OTHER_OFFICER, *Permission)
    proposal = office.ask_for(town, asking, "900.00").rpartition("/")[2]
    office.night(town, office.SUNDAY)
    asked = office.asked_for_more(town, roster.project).rpartition("/")[2]
    office.close_october(town)
    with reading(town.engine) as session:
        decision = decisions(session)[0].id
    return {
        "/office/activities": to_text(roster.project.activity_id),
        "/office/approvals": proposal,
        "/office/asks": asked,
        "/office/corrections": transaction,
        "/office/council-tax": "1",
        "/office/council-tax/items": item_of(town),
        "/office/council-tax/decisions": to_text(decision),
        "/office/disputes": said,
        "/office/month-end": "2026-10 1 movement.csv",
        "/office/months": "2026-10",
        "/office/officers": to_text(person_called(town, OTHER_OFFICER, Realm.OFFICE)),
        "/office/outstanding": "all xlsx",
        "/office/programmes": to_text(roster.project.programme_id),
        "/office/settings": "redemption-limit",
    }


def item_of(town: WebTown) -> str:
    """The reference of the resident's item for council tax."""
    with reading(town.engine) as session:
        resident_id = find_person(session, realm=Realm.RESIDENT, email="amina@example.org")
        return items_of(session, resident_id=resident_id)[0].reference


def code_of(town: WebTown, resident_id: UUID) -> ShownCode:
    """A new code on a resident's phone."""
    rules, code_key = town.settings.rules, town.settings.code_key
    return town.work(
        lambda session: issue_code(
            session, resident_id=resident_id, rules=rules, code_key=code_key, occasion=town.occasion()
        )
    )


def person_called(town: WebTown, email: str, realm: Realm) -> UUID:
    """The id of whoever has this address."""
    with reading(town.engine) as session:
        return find_person(session, realm=realm, email=email)


def sign_in_of(town: WebTown, email: str, realm: Realm) -> str:
    """The id of a sign-in of whoever has this address."""
    person_id = person_called(town, email, realm)
    with reading(town.engine) as session:
        return to_text(sign_ins_of(session, realm=realm, person_id=person_id)[0].id)
