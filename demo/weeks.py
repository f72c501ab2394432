"""Six weeks in the town: sessions and awards, redemptions, council-tax applications, and the night after each day."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from demo import answers, releases
from demo.town import Till, Town
from ledger.book.errors import InsufficientCredits
from ledger.clock import LONDON
from ledger.council_tax.operations import apply_credits
from ledger.earning import activities, awards, rosters
from ledger.money import Amount
from ledger.nightly import CHECKING, STEPS, run_night
from ledger.redemption.codes import issue_code
from ledger.redemption.errors import NothingToSpend
from ledger.redemption.redemptions import redeem
from ledger.redemption.voids import void
from ledger.wallets.errors import CapReached
from ledger.wallets.queries import wallet_of

SESSION_STARTS = ("10:00", "11:00", "13:30", "15:00")
PRICES: tuple[Amount, ...] = (150, 220, 300, 350, 450, 500, 640, 800, 1000)
APPLICATIONS: tuple[Amount, ...] = (500, 1000, 1250, 1500, 2500)
AMINA_COMES_ON = (2, 5)
AMINA_BUYS_ON = (4,)
AMINA_PAYS: Amount = 450
STEPS_OF_A_NIGHT = tuple(step for step in STEPS if step.name != CHECKING)
"""The books of six weeks that nobody could have touched are checked once, not each night."""

Happening = tuple[str, Callable[[], None]]
"""Something at a London wall-clock time of the day."""


def days_of(town: Town) -> list[date]:
    """Every day from the first Monday to the day before today."""
    return [town.first_day + timedelta(days=number) for number in range((town.today - town.first_day).days)]


def live_a_day(town: Town, day: date) -> None:
    """One day, in the order of its clock, and then its night."""
    happenings = [*_sessions(town, day), *_purchases(town, day), *_applications(town, day)]
    happenings.append((releases.APPROVED_AT, lambda: releases.approve_night(town, day)))
    happenings.append((releases.RELEASED_AT, lambda: releases.release_night(town, day)))
    happenings.append((answers.ANSWERED_AT, lambda: answers.answer_night(town, day)))
    for _clock, happen in sorted(happenings, key=lambda happening: happening[0]):
        happen()
    occasion = town.at(day + timedelta(days=1), "01:30", actor="nightly")
    run_night(town.engine, business_date=day, settings=town.settings, occasion=occasion, steps=STEPS_OF_A_NIGHT)


def _sessions(town: Town, day: date) -> list[Happening]:
    happenings: list[Happening] = []
    if day.weekday() in AMINA_COMES_ON:
        happenings.append(_session(town, day, town.activities[0], "14:00", 2, with_amina=True))
    busy = town.source.sample(town.activities[1:], town.source.randint(2, 4) if day.weekday() < 5 else 6)
    for activity in busy:
        start, hours = town.source.choice(SESSION_STARTS), town.source.choice((1, 2, 2, 3))
        happenings.append(_session(town, day, activity, start, hours, with_amina=False))
    return happenings


def _session(
    town: Town, day: date, activity: tuple[UUID, UUID], start: str, hours: int, *, with_amina: bool
) -> Happening:
    attending = town.source.sample(town.residents[1:], town.source.randint(3, 8))
    attending += [town.amina] if with_amina else []
    came = [one for one in attending if one == town.amina or town.source.random() < 0.9]
    session_id = plan_session(town, activity[0], day=day, start=start, hours=hours, attending=attending)
    thanked = f"{int(start[:2]) + hours:02d}:{town.source.randint(31, 59)}"
    return thanked, lambda: thank(town, day, thanked, session_id=session_id, organiser_id=activity[1], came=came)


def plan_session(
    town: Town, activity_id: UUID, *, day: date, start: str, hours: int, attending: Sequence[UUID]
) -> UUID:
    """A session put on the evening before, and the places people took then."""
    starts_at = datetime.combine(day, time.fromisoformat(start), LONDON)
    occasion = town.at(day - timedelta(days=1), "19:00", actor="organiser")

    def put_on(session: Session) -> UUID:
        session_id = activities.add_session(
            session,
            activity_id=activity_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            places=12,
            occasion=occasion,
        )
        for resident_id in attending:
            rosters.take_place(session, session_id=session_id, resident_id=resident_id, occasion=occasion)
        return session_id

    return town.work(put_on)


def thank(town: Town, day: date, clock: str, *, session_id: UUID, organiser_id: UUID, came: Sequence[UUID]) -> None:
    """The organiser ticks who came."""
    occasion = town.at(day, clock, actor="organiser")
    town.work(
        lambda session: awards.award_session(
            session,
            session_id=session_id,
            organiser_id=organiser_id,
            operator_id=town.organisers[organiser_id],
            residents=list(came),
            rules=town.rules_on(day),
            occasion=occasion,
        )
    )


def _purchases(town: Town, day: date) -> list[Happening]:
    if day < town.first_day + timedelta(days=3):
        return []
    buyers = town.source.sample(town.residents[1:], town.source.randint(14, 26))
    happenings = [
        _purchase(town, day, buyer, town.source.choice(town.tills), town.source.choice(PRICES)) for buyer in buyers
    ]
    if day.weekday() in AMINA_BUYS_ON:
        happenings.append(_purchase(town, day, town.amina, town.tills[0], AMINA_PAYS))
    return happenings


def _purchase(town: Town, day: date, buyer: UUID, till: Till, price: Amount) -> Happening:
    clock = f"{town.source.randint(9, 18):02d}:{town.source.randint(0, 59):02d}"
    undone = town.source.random() < 0.01
    return clock, lambda: _spend(town, day, clock, buyer=buyer, till=till, price=price, undone=undone)


def _spend(town: Town, day: date, clock: str, *, buyer: UUID, till: Till, price: Amount, undone: bool) -> None:
    """The resident shows a code, the till takes it; somebody whose wallet is too small buys nothing."""
    occasion = town.at(day, clock, actor="till")
    rules, code_key = town.rules_on(day), town.settings.code_key

    def show_and_take(session: Session) -> None:
        shown = issue_code(session, resident_id=buyer, rules=rules, code_key=code_key, occasion=occasion)
        taken = redeem(
            session,
            presented=shown.token,
            amount=min(price, shown.cap),
            merchant_id=till.merchant_id,
            till_id=till.till_id,
            operator_id=till.operator_id,
            rules=rules,
            code_key=code_key,
            occasion=occasion,
        )
        if undone:
            void(session, reference=taken.reference, merchant_id=till.merchant_id, occasion=occasion)

    try:
        town.work(show_and_take)
    except NothingToSpend:
        return


def _applications(town: Town, day: date) -> list[Happening]:
    if day < town.first_day + timedelta(weeks=1):
        return []
    willing = [one for one in town.source.sample(town.linked, 4) if one != town.amina]
    return [_application(town, day, resident) for resident in willing]


def _application(town: Town, day: date, resident: UUID) -> Happening:
    clock = f"{town.source.randint(8, 20):02d}:{town.source.randint(0, 59):02d}"
    wanted = town.source.choice(APPLICATIONS)
    return clock, lambda: _apply(town, day, clock, resident=resident, wanted=wanted)


def _apply(town: Town, day: date, clock: str, *, resident: UUID, wanted: Amount) -> None:
    """As much as the wallet holds of what was wanted, in whole credits; nothing where the rules refuse it."""
    occasion = town.at(day, clock, actor="resident")
    rules = town.rules_on(day)

    def apply(session: Session) -> None:
        available = wallet_of(session, resident_id=resident, now=occasion.now).available
        amount = min(wanted, available - available % 100)
        if amount >= rules.council_tax_minimum:
            apply_credits(session, resident_id=resident, amount=amount, rules=rules, occasion=occasion)

    try:
        town.work(apply)
    except (CapReached, InsufficientCredits):
        return
