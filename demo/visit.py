"""What waits for the visitor: whom to thank, sessions to come, what to decide, and months that are closed."""

from datetime import timedelta

from demo.opening import propose_allotment
from demo.town import Town
from demo.weeks import SESSION_STARTS, plan_session
from ledger.close_month import close_month
from ledger.earning.asks import ask_for_more
from ledger.money import Amount
from ledger.wallets.cohorts import next_month

DAYS_AHEAD = 14
ASKED: Amount = 40_000


def prepare_visit(town: Town) -> None:
    """Yesterday's session not yet confirmed, with Amina on its roster; two weeks of sessions; a proposal; an ask."""
    yesterday = town.today - timedelta(days=1)
    plan_session(
        town,
        town.activities[0][0],
        day=yesterday,
        start="09:30",
        hours=2,
        attending=[town.amina, *town.source.sample(town.residents[1:], 4)],
    )
    for ahead in range(1, DAYS_AHEAD + 1):
        for activity_id, _organiser_id in town.source.sample(town.activities, 4):
            plan_session(
                town,
                activity_id,
                day=town.today + timedelta(days=ahead),
                start=town.source.choice(SESSION_STARTS),
                hours=2,
                attending=town.source.sample(town.residents[1:], town.source.randint(0, 9)),
            )
    propose_allotment(town, town.activities[0][1], purpose="Greenhouse sessions, January to March", days_ago=1)
    _ask_for_more(town)


def close_months(town: Town) -> None:
    """The months that ended before today are closed, each with its pack."""
    month = (town.first_day - timedelta(days=10)).replace(day=1)
    while month < town.today.replace(day=1):
        close_month(town.engine, month=month, occasion=town.at(town.today, "06:00", actor="close-month"))
        month = next_month(month)


def _ask_for_more(town: Town) -> None:
    """An organiser who gives much asks for more."""
    organiser_id = town.activities[1][1]
    occasion = town.at(town.today - timedelta(days=1), "17:20", actor="organiser")
    town.work(
        lambda session: ask_for_more(
            session,
            programme_id=town.programme_id,
            organiser_id=organiser_id,
            operator_id=town.organisers[organiser_id],
            amount=ASKED,
            purpose="Two more sessions a week until the end of March",
            occasion=occasion,
        )
    )
