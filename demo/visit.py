"""What waits for the visitor: a session to thank Amina for, sessions to come, an allotment to decide."""

from datetime import timedelta

from demo.opening import propose_allotment
from demo.town import Town
from demo.weeks import SESSION_STARTS, plan_session

DAYS_AHEAD = 14


def prepare_visit(town: Town) -> None:
    """Yesterday's session not yet confirmed, with Amina on its roster; two weeks of sessions; one proposal."""
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
