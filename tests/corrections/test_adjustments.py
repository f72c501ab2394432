"""An adjustment by hand always takes two, and moves between accounts that may be adjusted alone."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from ledger.book.errors import InsufficientCredits
from ledger.book.models import Account
from ledger.corrections.adjustments import approve_adjustment, ask_adjustment
from ledger.corrections.errors import NotAdjustable
from ledger.corrections.queries import adjustable_accounts, corrections_of, latest_corrections
from ledger.corrections.reversals import approve_reversal
from ledger.errors import InvalidField, NotFound
from ledger.people.errors import OwnProposal
from ledger.people.proposals import proposal_called
from ledger.store import reading, run
from tests import factories
from tests.corrections.town import WHY, ask, faults, officers, wallet
from tests.redemption.town import Town, make_town


@pytest.fixture
def town(engine: Engine) -> Town:
    """A town whose resident was given 20.00 and spent 4.50."""
    made = make_town(engine)
    made.award(2000)
    made.take(made.issue().token, 450)
    return made


def account(engine: Engine, kind: str) -> UUID:
    """The public id of the one account of a kind."""
    with reading(engine) as session:
        return session.execute(select(Account.public_id).where(Account.kind == kind)).scalar_one()


def propose(engine: Engine, maker: UUID, *, debit: str = "issuance", credit: str = "purse", **change) -> str:
    """Propose to move 3.00 from the account of one kind to that of another."""
    asked = {
        "debit": account(engine, debit),
        "credit": account(engine, credit),
        "amount": 300,
        "about": None,
        **WHY,
        **change,
    }
    return run(
        engine, lambda session: ask_adjustment(session, **asked, officer_id=maker, occasion=factories.occasion_at())
    )


def decide(engine: Engine, reference: str, checker: UUID, approving=approve_adjustment, **more) -> UUID:
    """Approve what was proposed."""
    with reading(engine) as session:
        proposal_id = proposal_called(session, reference=reference).id
    return run(
        engine,
        lambda session: approving(
            session, proposal_id=proposal_id, checker_id=checker, occasion=factories.occasion_at(), **more
        ),
    )


def test_an_adjustment_is_made_by_a_second_officer(engine: Engine, town: Town) -> None:
    people = officers(engine)
    reference = propose(engine, people.maker)
    assert wallet(engine, town.resident_id) == 1550

    with pytest.raises(OwnProposal):
        decide(engine, reference, people.maker)
    decide(engine, reference, people.checker)

    assert wallet(engine, town.resident_id) == 1850
    with reading(engine) as session:
        (correction,) = latest_corrections(session, most=5)
    assert (correction.kind, correction.amount, correction.reason) == ("adjustment", 300, WHY["reason"])
    assert faults(engine) == []


def test_an_adjustment_that_was_a_mistake_is_reversed_by_two(engine: Engine, town: Town) -> None:
    people = officers(engine)
    adjusted = decide(engine, propose(engine, people.maker), people.checker)

    reference = ask(engine, adjusted, people.maker)

    assert reference is not None
    decide(engine, reference, people.checker, approve_reversal, rules=factories.RULES)
    assert wallet(engine, town.resident_id) == 1550
    with reading(engine) as session:
        assert len(corrections_of(session, about=adjusted)) == 1
    assert faults(engine) == []


@pytest.mark.parametrize(("debit", "credit"), [("issuance", "takings"), ("takings", "purse"), ("takings", "issuance")])
def test_takings_are_not_adjusted(engine: Engine, town: Town, debit: str, credit: str) -> None:
    with pytest.raises(NotAdjustable):
        propose(engine, officers(engine).maker, debit=debit, credit=credit)


@pytest.mark.parametrize(
    "change", [{"amount": 0}, {"amount": -1}, {"amount": 1_000_001}, {"reason": ""}, {"evidence": " "}]
)
def test_an_adjustment_that_says_too_little_or_too_much_is_refused(engine: Engine, town: Town, change) -> None:
    with pytest.raises(InvalidField):
        propose(engine, officers(engine).maker, **change)


def test_an_account_is_not_adjusted_against_itself_nor_one_that_is_not_there(engine: Engine, town: Town) -> None:
    maker, purse = officers(engine).maker, account(engine, "purse")
    with pytest.raises(InvalidField):
        propose(engine, maker, debit="purse")
    with pytest.raises(NotFound):
        propose(engine, maker, debit="purse", credit="issuance", about=purse)


def test_no_adjustment_takes_what_is_not_there(engine: Engine, town: Town) -> None:
    people = officers(engine)
    reference = propose(engine, people.maker, debit="purse", credit="issuance", amount=2000)
    with pytest.raises(InsufficientCredits):
        decide(engine, reference, people.checker)
    with reading(engine) as session:
        assert proposal_called(session, reference=reference).state == "proposed"


def test_a_residents_purse_is_offered_only_about_a_transaction_of_theirs(engine: Engine, town: Town) -> None:
    taken = town.take(town.issue().token, 100)
    with reading(engine) as session:
        offered = {one.kind for one in adjustable_accounts(session, about=None)}
        about = {one.kind for one in adjustable_accounts(session, about=taken.transaction_id)}
    assert offered == {"issuance"}
    assert about == {"issuance", "purse"}
