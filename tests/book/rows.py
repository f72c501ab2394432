"""A row or two in every append-only table, by operations or straight into the schema: what the guards must keep."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pyrage
from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from ledger.audit.operations import Act, record
from ledger.book import holds
from ledger.book.models import AccountEvent
from ledger.book.packs import keep_pack
from ledger.book.period_models import PeriodTotal
from ledger.book.periods import Reopening, close_period, reopen_period
from ledger.book.requests import Answer, Asked, record_answer
from ledger.book.reversal import reverse
from ledger.book.rules import Unit
from ledger.corrections.reversals import approve_reversal, ask_reversal
from ledger.council_tax.decision_queries import decision_of_year
from ledger.council_tax.decisions import end_decision, propose_closing, propose_ending, publish_closing
from ledger.council_tax.delivery.deliver import deliver_batch
from ledger.earning.ceilings import set_ceiling
from ledger.earning.file_awards import approve_file_award, award_file
from ledger.earning.models import Allowance, Programme
from ledger.earning.rules import Came, TariffPer
from ledger.earning.tariffs import approve_tariff, ask_tariff
from ledger.nights.operations import record_step, take_on
from ledger.people.look_ups import record_look_up
from ledger.people.models import Organisation, Resident
from ledger.people.proposals import proposal_called
from ledger.people.rules import LookedUpBy
from ledger.redemption.models import Code, Presentation
from ledger.schema import metadata
from ledger.scheme.operations import approve_setting, ask_setting
from ledger.settings import Delivery
from ledger.store import unit_of_work
from ledger.wallets.cohort_months import keep_cohorts
from ledger.wallets.cohorts import CohortMonth
from ledger.wallets.ending import Ending, tell_ending
from tests import factories
from tests.book.town import NOON, new_id, open_rollup, open_strict, pay, posting
from tests.corrections.town import WHY
from tests.council_tax import town
from tests.factories import RULES, Company, occasion_at
from tests.revenues.town import Exchange, exchange, household

OCTOBER, NOVEMBER_22 = date(2026, 10, 1), date(2026, 11, 22)
A_DAY = timedelta(days=1)


def append_only_tables() -> list[Table]:
    """Every table that is only ever appended to."""
    return [table for table in metadata().sorted_tables if table.info["written"] == "append-only"]


def write_some(engine: Engine) -> None:
    """Put something into every append-only table."""
    made = exchange(engine)
    with unit_of_work(engine) as session:
        connection = session.connection()
        _write_book(connection)
        _write_month(session)
        _write_features(connection)
        _write_request(session)
        _write_earning(session, made)
        _write_people(session, made)
        _write_night(session)
    _write_council_tax(engine, made)
    with unit_of_work(engine) as session:
        _write_decisions(session, made)


def _write_book(connection: Connection) -> None:
    issuance, purse = open_rollup(connection), open_strict(connection, expires_on=date(2027, 1, 31))
    pay(connection, issuance, purse, 1000)
    mistake = pay(connection, issuance, purse, 10)
    reverse(connection, original=mistake.id, posting=posting())
    hold = holds.NewHold(id=new_id(), reason="test", lines=[(purse, 100)], at=NOON)
    holds.place(connection, hold)
    holds.void(connection, hold_id=hold.id, at=NOON)
    connection.execute(insert(AccountEvent), {"account_id": purse, "event": "freeze", "at": NOON})


def _write_month(session: Session) -> None:
    connection = session.connection()
    closing = close_period(connection, closing_id=new_id(), month=OCTOBER, at=NOON, actor="test")
    _insert(connection, PeriodTotal, closing_id=closing.id, unit="CR", kind="purse", debited=0, credited=0)
    keep_pack(connection, closing_id=closing.id, files={"month-end.json": b"{}"}, at=NOON)
    cohort = CohortMonth(expires_on=date(2027, 1, 31), month=OCTOBER, awarded=0, redeemed=0, expired=0)
    keep_cohorts(session, closing_id=closing.id, months=[cohort])
    two_people = Reopening(reason="a mistake", proposed_by="a", approved_by="b", at=NOON)
    reopen_period(connection, month=closing.month, reopening=two_people)


def _write_features(connection: Connection) -> None:
    organiser, programme, resident, code = new_id(), new_id(), new_id(), new_id()
    _insert(connection, Organisation, id=organiser, kind="organiser", name="Garden", address="Here", joined_at=NOON)
    _insert(
        connection,
        Programme,
        id=programme,
        name="Growing",
        decision_reference="OMD-1",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 3, 31),
        state="open",
    )
    _insert(connection, Allowance, id=new_id(), programme_id=programme, organiser_id=organiser)
    _insert(connection, Resident, id=resident, name="Amina", email="amina@example.org", joined_at=NOON, status="open")
    _insert(connection, Code, id=code, resident_id=resident, cap=2000, state="issued", issued_at=NOON)
    later = NOON + timedelta(seconds=60)
    _insert(
        connection,
        Presentation,
        id=new_id(),
        code_id=code,
        kind="qr",
        token_digest=b"digest",
        drawn_at=NOON,
        expires_at=later,
    )


def _insert(connection: Connection, model: Any, **values: Any) -> None:
    connection.execute(insert(model), values)


def _write_request(session: Session) -> None:
    asked = Asked(principal="till:1", key="key", route="redeem", digest=b"digest")
    answer = Answer(status=201, content_type="text/plain", body=b"yes")
    record_answer(session.connection(), asked, answer, at=NOON)
    record(session, Act(action="redeem", request_id="request", idempotency_key="key"), occasion=occasion_at())


def _write_earning(session: Session, made: Exchange) -> None:
    """A ceiling, a tariff and a setting that two set, an allotment that two reversed, a list that two awarded."""
    company, programme = factories.organiser(session), factories.programme(session)
    set_ceiling(session, programme_id=programme, amount=2_000_000, decision_reference="OMD-2", occasion=occasion_at())
    activity_id = factories.activity(session, organiser_id=company.id, programme_id=programme)
    _set_tariff(session, activity_id, made)
    _set_setting(session, made)
    allotted = factories.allowance(
        session, programme_id=programme, organiser_id=company.id, amount=RULES.reversal_alone + 1
    )
    _reverse_by_two(session, allotted, made)
    factories.allowance(session, programme_id=programme, organiser_id=company.id, amount=500)
    _award_by_two(session, company, activity_id, made)


def _award_by_two(session: Session, company: Company, activity_id: UUID, made: Exchange) -> None:
    planned = occasion_at(factories.NOON - A_DAY)
    session_id = factories.activity_session(session, activity_id=activity_id, occasion=planned)
    reference = award_file(
        session,
        session_id=session_id,
        organiser_id=company.id,
        operator_id=company.owner_id,
        came={factories.resident(session): Came(minutes=120, amount=500)},
        rules=replace(RULES, file_people_alone=0),
        occasion=occasion_at(),
    )
    assert reference is not None, "more people than one may award alone are proposed"
    asked = proposal_called(session, reference=reference)
    approve_file_award(session, proposal_id=asked.id, checker_id=made.second, rules=RULES, occasion=occasion_at())


def _set_setting(session: Session, made: Exchange) -> None:
    reference = ask_setting(
        session,
        name="redemption_limit",
        value="15.00",
        starts_on=date(2026, 12, 1),
        decision_reference="OMD-4",
        officer_id=made.first,
        occasion=occasion_at(),
    )
    asked = proposal_called(session, reference=reference)
    approve_setting(session, proposal_id=asked.id, checker_id=made.second, occasion=occasion_at())


def _set_tariff(session: Session, activity_id: UUID, made: Exchange) -> None:
    reference = ask_tariff(
        session,
        activity_id=activity_id,
        tariff=300,
        per=TariffPer.HOUR,
        starts_on=date(2026, 12, 1),
        decision_reference="OMD-3",
        officer_id=made.first,
        occasion=occasion_at(),
    )
    asked = proposal_called(session, reference=reference)
    approve_tariff(session, proposal_id=asked.id, checker_id=made.second, occasion=occasion_at())


def _reverse_by_two(session: Session, transaction_id: UUID, made: Exchange) -> None:
    reference = ask_reversal(
        session,
        transaction_id=transaction_id,
        **WHY,
        officer_id=made.first,
        rules=RULES,
        occasion=occasion_at(),
    )
    assert reference is not None, "more than one officer may reverse alone is proposed"
    asked = proposal_called(session, reference=reference)
    approve_reversal(session, proposal_id=asked.id, checker_id=made.second, rules=RULES, occasion=occasion_at())


def _write_people(session: Session, made: Exchange) -> None:
    """A resident who was looked up, and was told what ends."""
    resident = factories.resident(session, email="told@example.org")
    record_look_up(
        session,
        officer_id=made.first,
        by=LookedUpBy.NAME,
        reason="They called",
        shown=[resident],
        occasion=occasion_at(),
    )
    ending = Ending(
        resident_id=resident,
        email="told@example.org",
        unit=Unit.CR,
        expires_on=date(2027, 1, 31),
        amount=500,
        days=60,
    )
    tell_ending(session, ending=ending, field_keys=factories.FIELD_KEYS, occasion=occasion_at())


def _write_night(session: Session) -> None:
    night = take_on(session, business_date=NOVEMBER_22, runner="test", occasion=occasion_at())
    assert night is not None, "no night was done yet"
    record_step(session, night=night, step="building", figures={"lines": 1}, at=NOON, now=NOON)


def _write_council_tax(engine: Engine, made: Exchange) -> None:
    """A file that was sent back, and the next one with what was in it: released, delivered, answered."""
    town.apply(engine, household(made), 2_500)
    sent_back = made.build(NOVEMBER_22).sequence
    made.send_back(sent_back, NOVEMBER_22 + A_DAY)
    made.deliver(sent_back)
    made.whole_night(NOVEMBER_22 + A_DAY)
    _deliver_sealed(engine, sent_back + 1)


def _deliver_sealed(engine: Engine, sequence: int) -> None:
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    with TemporaryDirectory() as folder:
        delivery = Delivery(target=folder, recipient=recipient)
        deliver_batch(
            engine,
            sequence=sequence,
            delivery=delivery,
            register=Path(folder, "register"),
            command="council-tax-deliver",
            occasion=occasion_at(),
        )


def _write_decisions(session: Session, made: Exchange) -> None:
    """A closing that was published, and the ending of the decision that the town's bills were reduced by."""
    now = occasion_at()
    who = {"officer_id": made.first, "occasion": now}
    closing = propose_closing(session, closes_on=date(2027, 2, 28), reason="Enough", **who)
    publish_closing(session, proposal_id=closing.id, checker_id=made.second, occasion=now)
    decision = decision_of_year(session, year=2026)
    assert decision is not None, "a link is made in a town whose council has decided"
    ending = propose_ending(session, scheme_id=decision.id, reason="Withdrawn", **who)
    end_decision(session, proposal_id=ending.id, checker_id=made.second, occasion=now)


def contents(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table, in a fixed order."""
    with engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
