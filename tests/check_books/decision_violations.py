"""Violations of the council's decisions, each written straight into the tables: it says what a check must then find."""

from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledger.council_tax.reduction_scheme_models import ReductionScheme, ReductionSchemeEnding
from ledger.identifiers import to_text
from ledger.people.models import Proposal
from ledger.scheme.models import SchemeSetting
from tests.book.town import NOON, new_id
from tests.check_books.books import Books, Violation
from tests.scheme.decided import decide_setting


def _scheme(session: Session) -> str:
    return f"reduction scheme {to_text(session.execute(select(ReductionScheme.id)).scalar_one())}"


def a_decision_with_a_larger_cap_than_was_approved(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(ReductionScheme).values(account_cap=9_999_999))
    return "I-25", _scheme(session)


def a_decision_of_a_proposal_that_was_never_approved(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(Proposal).values(state="proposed"))
    return "I-25", _scheme(session)


def _setting(session: Session, **changed: object) -> tuple[str, str]:
    """A setting that two decided, and then changed past the guards."""
    decide_setting(session, "redemption_limit", "15.00")
    if changed:
        session.execute(update(SchemeSetting).values(**changed))
    return "I-25", "setting redemption_limit 1"


def a_setting_with_another_value_than_was_approved(session: Session, books: Books) -> tuple[str, str]:
    return _setting(session, value="9999.00")


def a_setting_from_an_earlier_day_than_was_approved(session: Session, books: Books) -> tuple[str, str]:
    return _setting(session, starts_on=NOON.date() + timedelta(days=1))


def a_setting_that_was_set_after_its_day_had_come(session: Session, books: Books) -> tuple[str, str]:
    return _setting(session, set_at=NOON + timedelta(days=60))


def a_setting_of_no_proposal(session: Session, books: Books) -> tuple[str, str]:
    return _setting(session, proposal_id=new_id())


def a_setting_whose_proposal_is_not_used(session: Session, books: Books) -> tuple[str, str]:
    found = _setting(session)
    session.execute(update(Proposal).where(Proposal.kind == "scheme_setting").values(state="approved"))
    return found


def a_line_of_a_year_without_a_decision(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(ReductionScheme).values(last_year=2025))
    return "I-13", f"council-tax item {to_text(books.batched)}"


def a_line_after_its_decision_ended(session: Session, books: Books) -> tuple[str, str]:
    scheme_id = session.execute(select(ReductionScheme.id)).scalar_one()
    row = {"scheme_id": scheme_id, "ended_at": NOON, "reason": "x", "proposed_by": "a", "approved_by": "b"}
    session.execute(insert(ReductionSchemeEnding), row)
    return "I-13", f"council-tax item {to_text(books.batched)}"


def a_line_past_the_cap_that_was_decided(session: Session, books: Books) -> tuple[str, str]:
    session.execute(update(ReductionScheme).values(account_cap=1))
    return "I-15", f"council-tax item {to_text(books.batched)}"


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_"))
)
