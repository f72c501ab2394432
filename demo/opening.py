"""Open the scheme: officers, a funded programme, organisers at the real growing projects, two hundred residents."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from demo import doors
from demo.names import made_up_people
from demo.places import GROWING_PROJECTS
from demo.town import SEED, Town
from ledger.clock import financial_year
from ledger.council_tax.decision_rules import Decision
from ledger.council_tax.decisions import propose_decision, record_decision
from ledger.council_tax.errors import NotAReference
from ledger.council_tax.operations import link_account
from ledger.council_tax.references import check_character
from ledger.council_tax.rules import LinkRole
from ledger.earning import activities_file, programmes
from ledger.earning.activities_file import RowReport
from ledger.earning.rules import ALLOTMENT, allotment_content
from ledger.money import Amount
from ledger.people import proposals, register
from ledger.people.rules import OperatorRole

RESIDENTS = 200
BUSY_ORGANISERS = 24
BUDGET: Amount = 2_500_000
CEILING: Amount = 3_000_000
SMALL_ALLOTMENT: Amount = 40_000
LARGE_ALLOTMENT: Amount = 120_000
LARGE_ALLOTMENTS = 4
LARGE_PURPOSE, SMALL_PURPOSE = "Greenhouse and orchard sessions, autumn", "Autumn sessions"


def add_officers(town: Town) -> None:
    """The officers of `doors`, with their permissions."""
    occasion = town.at(town.first_day - timedelta(days=14), "09:00")
    for door in doors.OFFICERS:
        added = town.work(
            lambda session, door=door: register.add_officer(
                session,
                name=door.name,
                email=door.email,
                permissions=door.permissions,
                field_keys=town.settings.field_keys,
                occasion=occasion,
            )
        )
        town.officers[door.email] = added.id
        town.totp_secrets[door.email] = added.totp_secret


def open_programme(town: Town) -> None:
    """One programme with its budget."""
    occasion = town.at(town.first_day - timedelta(days=10), "10:00")
    decision = f"OMD-{town.first_day.year}-114"

    def open_and_fund(session: Session) -> UUID:
        programme_id = programmes.open_programme(
            session,
            name=f"Growing Lambeth {town.first_day.year}",
            decision_reference=decision,
            starts_on=town.first_day - timedelta(days=7),
            ends_on=town.today + timedelta(days=180),
            ceiling=CEILING,
            occasion=occasion,
        )
        programmes.fund(
            session, programme_id=programme_id, amount=BUDGET, decision_reference=decision, occasion=occasion
        )
        return programme_id

    town.programme_id = town.work(open_and_fund)


def decide_council_tax(town: Town) -> None:
    """The class of reduction that the council decided on, recorded by one officer and approved by another.

    Its chance is its own, so that the rest of the town is the same town.
    """
    day, chance = town.first_day - timedelta(days=9), random.Random(SEED)
    decision = Decision(
        decision_reference=f"CAB-{town.first_day.year}-031",
        decided_on=town.first_day - timedelta(days=60),
        class_wording="Residents who give time to growing projects in the borough and apply the credits they earned.",
        account_cap=town.rules_on(day).council_tax_a_year,
        resident_cap=town.rules_on(day).council_tax_a_year,
        first_year=financial_year(town.first_day),
        last_year=financial_year(town.first_day) + 2,
        signed_by="Director of Finance",
    )
    asked, agreed = (replace(town.at(day, clock), token_bytes=chance.randbytes) for clock in ("10:00", "15:00"))
    proposal = town.work(
        lambda session: propose_decision(
            session, decision=decision, officer_id=town.officers[doors.SCHEME_OFFICER.email], occasion=asked
        )
    )
    town.work(
        lambda session: record_decision(
            session,
            proposal_id=proposal.id,
            checker_id=town.officers[doors.FINANCE_OFFICER.email],
            occasion=agreed,
        )
    )


def import_organisers(town: Town) -> None:
    """All growing projects become organisers with an activity; some of them are busy in these weeks."""
    occasion = town.at(town.first_day - timedelta(days=9), "10:00")
    rows = [row for row in activities_file.read_rows(GROWING_PROJECTS.read_bytes()) if not _is_business(row)]
    imported = town.work(
        lambda session: activities_file.import_activities(
            session, rows=rows, programme_id=town.programme_id, occasion=occasion
        )
    )
    taken = [line for line in imported if line.activity_id is not None]
    first = next(line for line in taken if line.name == doors.ORGANISER)
    busy = [first, *town.source.sample([line for line in taken if line is not first], BUSY_ORGANISERS - 1)]
    town.activities = [(line.activity_id, line.organiser_id) for line in busy]
    people = made_up_people(BUSY_ORGANISERS, town.source, domain="gardens.example.org")
    people[0] = ("Olu Bankole", doors.ORGANISER_EMAIL)
    for (_activity_id, organiser_id), (name, email) in zip(town.activities, people, strict=True):
        _add_owner(town, organiser_id, name, email)


def _is_business(report: RowReport) -> bool:
    """A real business is never shown as a member of a made-up scheme."""
    return report.row is not None and report.row.kind == "Food business"


def _add_owner(town: Town, organiser_id: UUID, name: str, email: str) -> None:
    occasion = town.at(town.first_day - timedelta(days=8), "11:00")
    town.organisers[organiser_id] = town.work(
        lambda session: register.add_operator(
            session,
            organisation_id=organiser_id,
            name=name,
            role=OperatorRole.OWNER,
            email=email,
            occasion=occasion,
        )
    )


def allot(town: Town) -> None:
    """An allowance for each busy organiser: one by one officer alone, who may do no more that day, the rest by two."""
    for number, organiser_id in enumerate(town.organisers):
        if number < LARGE_ALLOTMENTS:
            _allot_by_two(town, organiser_id, amount=LARGE_ALLOTMENT, purpose=LARGE_PURPOSE)
        elif number == LARGE_ALLOTMENTS:
            _allot_alone(town, organiser_id)
        else:
            _allot_by_two(town, organiser_id, amount=SMALL_ALLOTMENT, purpose=SMALL_PURPOSE)


def _allot_alone(town: Town, organiser_id: UUID) -> None:
    occasion = town.at(town.first_day - timedelta(days=5), "10:00", actor=town.officer_actor(doors.SCHEME_OFFICER))
    town.work(
        lambda session: programmes.allot(
            session,
            programme_id=town.programme_id,
            organiser_id=organiser_id,
            amount=SMALL_ALLOTMENT,
            purpose=SMALL_PURPOSE,
            officer_id=town.officers[doors.SCHEME_OFFICER.email],
            rules=town.rules_on(occasion.today),
            occasion=occasion,
        )
    )


def _allot_by_two(town: Town, organiser_id: UUID, *, amount: Amount, purpose: str) -> None:
    proposal_id = propose_allotment(town, organiser_id, amount=amount, purpose=purpose)
    occasion = town.at(town.first_day - timedelta(days=4), "09:30", actor=town.officer_actor(doors.FINANCE_OFFICER))
    town.work(
        lambda session: programmes.approve_allotment(
            session,
            proposal_id=proposal_id,
            checker_id=town.officers[doors.FINANCE_OFFICER.email],
            rules=town.rules_on(occasion.today),
            occasion=occasion,
        )
    )


def propose_allotment(
    town: Town,
    organiser_id: UUID,
    *,
    amount: Amount = LARGE_ALLOTMENT,
    purpose: str,
    days_ago: int | None = None,
) -> UUID:
    """An allotment that the scheme officer asks for; it waits until another person decides."""
    day = town.first_day - timedelta(days=5) if days_ago is None else town.today - timedelta(days=days_ago)
    occasion = town.at(day, "16:05", actor=town.officer_actor(doors.SCHEME_OFFICER))
    content = allotment_content(
        programme_id=town.programme_id, organiser_id=organiser_id, amount=amount, purpose=purpose
    )
    return town.work(
        lambda session: proposals.propose(
            session,
            kind=ALLOTMENT,
            content=content,
            maker_id=town.officers[doors.SCHEME_OFFICER.email],
            occasion=occasion,
        )
    ).id


def add_residents(town: Town) -> None:
    """Amina and her neighbours; half of them link a council-tax account."""
    people = made_up_people(RESIDENTS, town.source, domain="example.org")
    people[0] = ("Amina Yusuf", doors.RESIDENT_EMAIL)
    occasion = town.at(town.first_day - timedelta(days=6), "12:00")
    for number, (name, email) in enumerate(people):
        resident_id = town.work(
            lambda session, name=name, email=email: register.add_resident(
                session, name=name, email=email, postcode="SW9 0QN", occasion=occasion
            )
        )
        town.residents.append(resident_id)
        if number % 2 == 0:
            _link(town, resident_id, base=f"2000{1234 + 7 * number:04d}")
    town.amina = town.residents[0]


def _link(town: Town, resident_id: UUID, *, base: str) -> None:
    """Link an account with a right check digit; a base whose check would be X has none here, so it stays unlinked."""
    occasion = town.at(town.first_day - timedelta(days=6), "13:00")
    account_format = town.settings.account_format
    try:
        town.work(
            lambda session: link_account(
                session,
                resident_id=resident_id,
                reference_text=base + check_character(base, account_format),
                role=LinkRole.LIABLE,
                account_format=account_format,
                occasion=occasion,
            )
        )
    except NotAReference:
        return
    town.linked.append(resident_id)
