"""The decision by which every test's town reduces bills, recorded by two officers as the office does it."""

from datetime import date

from sqlalchemy.orm import Session

from ledger.clock import financial_year
from ledger.council_tax.decision_queries import decision_of_year
from ledger.council_tax.decision_rules import Decision
from ledger.council_tax.decisions import propose_decision, record_decision
from ledger.occasion import Occasion
from ledger.people.rules import Permission
from tests import factories

DECISION = Decision(
    decision_reference="CAB-2026-031",
    decided_on=date(2024, 2, 23),
    class_wording="Residents who give time to growing projects of the borough and apply the credits they earned.",
    account_cap=1_000_000,
    resident_cap=1_000_000,
    first_year=2020,
    last_year=2040,
    signed_by="Director of Finance",
)


def decide(session: Session, *, occasion: Occasion, decision: Decision = DECISION) -> None:
    """Record a decision by two officers, unless one is in force for the year of the occasion."""
    if decision_of_year(session, year=financial_year(occasion.today)) is not None:
        return
    maker = factories.officer(session, Permission.ADMINISTER, occasion=occasion)
    checker = factories.officer(session, Permission.APPROVE, occasion=occasion)
    asked = propose_decision(session, decision=decision, officer_id=maker, occasion=occasion)
    record_decision(session, proposal_id=asked.id, checker_id=checker, occasion=occasion)
