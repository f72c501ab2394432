"""What a setting says from a day on: two people agree, the environment holds until then, nothing that was changes."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import DBAPIError

from ledger.errors import InvalidField, MoveRefused, NotFound
from ledger.people import proposals
from ledger.people.errors import OwnProposal, ProposalDiffers
from ledger.people.models import Proposal
from ledger.people.rules import Permission
from ledger.rule_settings import DECIDED_SETTINGS
from ledger.scheme.errors import SettingTooLate
from ledger.scheme.models import SchemeSetting
from ledger.scheme.operations import approve_setting
from ledger.scheme.queries import setting_changes, settings_seen
from ledger.scheme.rules import Decided, in_force
from ledger.settings import SchemeRules
from ledger.store import reading, unit_of_work
from ledger.wallets.queries import wallet_of
from ledger.wallets.rules import purse_month
from tests import factories
from tests.earning.garden import award, hold
from tests.factories import NOON, occasion_at
from tests.scheme.decided import FIRST_OF_DECEMBER, asked, decide_setting, rules_of

THE_DAY_BEFORE = FIRST_OF_DECEMBER - timedelta(days=1)


def rows(engine: Engine) -> tuple[int, int]:
    """How many proposals and how many settings stand."""
    with reading(engine) as session:
        counts = (session.execute(select(func.count()).select_from(one)) for one in (Proposal, SchemeSetting))
        proposed, settings = (one.scalar_one() for one in counts)
    return proposed, settings


def test_what_two_decided_holds_from_its_day_and_the_environments_value_before(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        decide_setting(session, "redemption_limit", "15.00")
    assert rules_of(engine, THE_DAY_BEFORE) == SchemeRules()
    assert rules_of(engine, FIRST_OF_DECEMBER) == SchemeRules(redemption_limit=1500)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("council_tax_cut", "17:30", time(17, 30)),
        ("council_tax_blackouts", "2027-02-15..2027-03-15", ((date(2027, 2, 15), date(2027, 3, 15)),)),
        ("council_tax_last_postings", "2027-03-24, 2028-03-23", (date(2027, 3, 24), date(2028, 3, 23))),
        ("council_tax_ceiling", "250000.00", 25_000_000),
        ("dispute_working_days", "15", 15),
    ],
)
def test_every_kind_of_value_comes_back_as_it_was_meant(engine: Engine, name: str, value: str, expected: Any) -> None:
    with unit_of_work(engine) as session:
        decide_setting(session, name, value)
    assert getattr(rules_of(engine, FIRST_OF_DECEMBER), name) == expected


def test_what_may_be_none_can_be_taken_away_again(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        decide_setting(session, "council_tax_ceiling", "250000.00")
        decide_setting(session, "council_tax_ceiling", "", starts_on=date(2027, 4, 1))
        decide_setting(session, "council_tax_blackouts", " ")
    assert rules_of(engine, date(2027, 3, 31)).council_tax_ceiling == 25_000_000
    assert rules_of(engine, date(2027, 4, 1)) == SchemeRules()


def test_the_latest_begun_is_in_force_and_of_two_from_a_day_the_one_set_later() -> None:
    def decided(value: str, starts_on: date) -> Decided:
        return Decided(name="redemption_limit", value=value, starts_on=starts_on, decision_reference="OMD-1")

    december, january = FIRST_OF_DECEMBER, date(2027, 1, 1)
    found = [decided("30.00", january), decided("10.00", december), decided("40.00", january)]
    assert in_force(found, day=THE_DAY_BEFORE) == {}
    assert in_force(found, day=date(2026, 12, 31))["redemption_limit"].value == "10.00"
    assert in_force(found, day=january)["redemption_limit"].value == "40.00"


def test_nobody_approves_their_own_setting(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        maker = factories.officer(session, Permission.ADMINISTER, Permission.APPROVE)
        proposal_id = asked(session, "earned_a_week", "60.00", maker=maker)
    with pytest.raises(OwnProposal), unit_of_work(engine) as session:
        approve_setting(session, proposal_id=proposal_id, checker_id=maker, occasion=occasion_at())
    assert rules_of(engine, FIRST_OF_DECEMBER) == SchemeRules()


def test_an_edit_voids_what_was_proposed(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        maker, checker = (factories.officer(session, one) for one in (Permission.ADMINISTER, Permission.APPROVE))
        first = asked(session, "earned_a_week", "60.00", maker=maker)
        proposals.withdraw(session, proposal_id=first, maker_id=maker, occasion=occasion_at())
        second = asked(session, "earned_a_week", "45.00", maker=maker)
    with pytest.raises(MoveRefused), unit_of_work(engine) as session:
        approve_setting(session, proposal_id=first, checker_id=checker, occasion=occasion_at())
    with unit_of_work(engine) as session:
        approve_setting(session, proposal_id=second, checker_id=checker, occasion=occasion_at())
    assert rules_of(engine, FIRST_OF_DECEMBER).earned_a_week == 4500


def test_a_proposal_is_used_once(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        proposal_id = asked(session, "earned_a_week", "60.00")
        checker = factories.officer(session, Permission.APPROVE)
        approve_setting(session, proposal_id=proposal_id, checker_id=checker, occasion=occasion_at())
    with pytest.raises((MoveRefused, ProposalDiffers)), unit_of_work(engine) as session:
        approve_setting(session, proposal_id=proposal_id, checker_id=checker, occasion=occasion_at())
    assert rows(engine) == (1, 1)


BAD = [
    ("redemption_limit", "much", "must be an amount of credits like 40.00."),
    ("redemption_limit", "", "must be an amount of credits like 40.00."),
    ("redemption_limit", "-1.00", "must be an amount of credits like 40.00."),
    ("redemption_limit", "10000.01", "must be an amount of credits like 40.00."),
    ("redemption_limit", "0.00", "must be more than 0.00."),
    ("council_tax_minimum", "0", "must be more than 0.00."),
    ("expiry_months", "0", "must be a whole number from 1 to 120."),
    ("expiry_months", "١٨", "must be a whole number from 1 to 120."),
    ("fresh_minutes", "481", "must be a whole number from 0 to 480."),
    ("council_tax_cut", "24:00", "must be a time of day like 18:00."),
    ("council_tax_blackouts", "2027-02-15", "must hold first and last days like 2027-02-15..2027-03-15."),
    ("council_tax_last_postings", "9999-12-31", "must hold days from 2000-01-01 to 2199-12-31."),
    ("council_tax_ceiling", "250,000", "must be an amount like 25000.00, without commas."),
    ("council_tax_last_postings", "2027-03-24 " * 200, "must have at most 2,000 characters."),
]


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_what_the_environment_would_refuse_is_refused_in_a_sentence_and_leaves_no_row(
    engine: Engine, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(InvalidField) as refused, unit_of_work(engine) as session:
        asked(session, name, value)
    assert (refused.value.field, refused.value.reason) == ("value", sentence)
    assert rows(engine) == (0, 0)


@pytest.mark.parametrize("name", ["council_tax_paused", "database_url", "rules", ""])
def test_what_nobody_decides_in_the_office_is_not_found(engine: Engine, name: str) -> None:
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        asked(session, name, "yes")
    assert rows(engine) == (0, 0)


@pytest.mark.parametrize("starts_on", [NOON.date(), date(2020, 1, 1), date(9999, 12, 31)])
def test_a_day_that_is_not_to_come_is_refused(engine: Engine, starts_on: date) -> None:
    with pytest.raises(InvalidField, match="starts_on"), unit_of_work(engine) as session:
        asked(session, "redemption_limit", "15.00", starts_on=starts_on)
    assert rows(engine) == (0, 0)


@pytest.mark.parametrize("decision_reference", ["", "  ", "x" * 101])
def test_a_setting_without_its_decision_is_refused(engine: Engine, decision_reference: str) -> None:
    with pytest.raises(InvalidField, match="decision_reference"), unit_of_work(engine) as session:
        asked(session, "redemption_limit", "15.00", decision_reference=decision_reference)
    assert rows(engine) == (0, 0)


def test_a_setting_whose_day_came_before_it_was_approved_is_refused(engine: Engine) -> None:
    """One minute before London's midnight it may still be approved, and then no more."""
    with unit_of_work(engine) as session:
        proposal_id = asked(session, "redemption_limit", "15.00", starts_on=date(2027, 7, 1))
        checker = factories.officer(session, Permission.APPROVE)
    midnight = datetime(2027, 6, 30, 23, 0, tzinfo=UTC)
    with pytest.raises(SettingTooLate), unit_of_work(engine) as session:
        approve_setting(session, proposal_id=proposal_id, checker_id=checker, occasion=occasion_at(midnight))
    with unit_of_work(engine) as session:
        just_before = occasion_at(midnight - timedelta(minutes=1))
        approve_setting(session, proposal_id=proposal_id, checker_id=checker, occasion=just_before)
    assert rules_of(engine, date(2027, 7, 1)).redemption_limit == 1500


def test_a_proposal_of_another_kind_is_no_setting(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        maker, checker = (factories.officer(session, one) for one in (Permission.AWARD, Permission.APPROVE))
        other = proposals.propose(session, kind="allotment", content={}, maker_id=maker, occasion=occasion_at())
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        approve_setting(session, proposal_id=other.id, checker_id=checker, occasion=occasion_at())


def test_a_setting_that_was_decided_is_never_changed(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        decide_setting(session, "redemption_limit", "15.00")
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), unit_of_work(engine) as session:
        session.execute(update(SchemeSetting).values(value="9999.00"))


def test_two_who_approve_of_one_setting_at_once_are_both_heard(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        proposed = [asked(session, "redemption_limit", value) for value in ("15.00", "16.00")]
        checkers = [factories.officer(session, Permission.APPROVE) for _ in proposed]
    both, failures = Barrier(2), []

    def approve(number: int) -> None:
        try:
            both.wait()
            with unit_of_work(engine) as session:
                approve_setting(
                    session, proposal_id=proposed[number], checker_id=checkers[number], occasion=occasion_at()
                )
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=approve, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(engine) as session:
        numbers = session.execute(select(SchemeSetting.number).order_by(SchemeSetting.number)).scalars().all()
    assert numbers == [1, 2]


def test_what_is_shown_of_a_setting_is_what_holds_what_comes_and_who_agreed(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        decide_setting(session, "redemption_limit", "15.00", starts_on=date(2026, 11, 24))
        decide_setting(session, "redemption_limit", "25.00")
        decide_setting(session, "redemption_limit", "12.00")
    with reading(engine) as session:
        seen = settings_seen(session, usual=SchemeRules(), today=date(2026, 11, 24))
        changes = setting_changes(session, name="redemption_limit")
        names = dict(session.execute(select(Proposal.reference, Proposal.maker_id)).all())
    (limit,) = (one for one in seen if one.setting.name == "redemption_limit")
    assert (limit.value, limit.since, limit.environment) == (1500, date(2026, 11, 24), 2000)
    assert limit.coming == ((FIRST_OF_DECEMBER, 1200),)
    assert [one.value for one in changes] == [1200, 2500, 1500]
    assert {one.proposal_reference for one in changes} == set(names)
    assert all(one.proposed_by != one.approved_by for one in changes)
    assert [one.setting.name for one in seen if one.since is not None] == ["redemption_limit"]


def test_every_rule_but_the_emergency_stop_may_be_decided() -> None:
    assert set(SchemeRules.__dataclass_fields__) - set(DECIDED_SETTINGS) == {"council_tax_paused"}


def test_a_shorter_time_to_the_end_holds_for_later_awards_alone(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        project = factories.growing_project(session)
        earlier, later = factories.resident(session), factories.resident(session)
        before = hold(session, project, [earlier], starts_at=NOON + timedelta(hours=1), hours=1)
        after = hold(session, project, [later], starts_at=NOON + timedelta(days=8), hours=1)
        decide_setting(session, "expiry_months", "3")
    with unit_of_work(engine) as session:
        award(session, project, before, [earlier], at=NOON + timedelta(hours=3))
    rules, at = rules_of(engine, FIRST_OF_DECEMBER), NOON + timedelta(days=8, hours=2)
    with unit_of_work(engine) as session:
        award(session, project, after, [later], at=at, rules=rules)
    assert ends(engine, earlier) == [purse_month(NOON.date(), expiry_months=18)]
    assert ends(engine, later) == [purse_month(at.date(), expiry_months=3)]


def ends(engine: Engine, resident_id: UUID) -> list[date]:
    """The last good days of what a resident has."""
    with reading(engine) as session:
        return [purse.expires_on for purse in wallet_of(session, resident_id=resident_id, now=NOON).purses]
