"""What Prometheus asks: what this service answers and refuses, and how the nights and the scheme stand.

With several processes, PROMETHEUS_MULTIPROC_DIR names an empty folder in which they add up (deploy/systemd does).
"""

from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from hmac import compare_digest
from ipaddress import ip_address

from flask import Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.orm import Session

from ledger.clock import LONDON, london_date
from ledger.council_tax.calendar import Lateness, lateness
from ledger.council_tax.history import awaited
from ledger.errors import NotAllowed
from ledger.nights.queries import last_done, unfinished
from ledger.people.rules import Realm
from ledger.redemption.queries import redeemed_since
from ledger.wallets.queries import outstanding_sum
from shared_web.core import core, settings
from shared_web.db import read

OURS = CollectorRegistry(auto_describe=True)
REQUESTS = Counter("tallystick_requests", "Requests answered.", ["method", "route", "status"], registry=OURS)
SECONDS = Histogram(
    "tallystick_request_seconds",
    "How long an answer took.",
    ["route"],
    registry=OURS,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0),
)
REFUSALS = Counter("tallystick_refusals", "What the ledger refused, by its code.", ["code"], registry=OURS)
CODES_ASKED = Counter("tallystick_codes_asked", "Codes to sign in that were asked for.", ["realm"], registry=OURS)
SIGN_INS = Counter("tallystick_sign_ins", "Those who came in by a code.", ["realm"], registry=OURS)
METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
FORWARDED = ("X-Forwarded-For", "Forwarded")


def init_app(app: Flask) -> None:
    """Serve /metrics."""
    app.add_url_rule("/metrics", "metrics", metrics)


def count_answer(response: Response, *, seconds: float) -> None:
    """Count an answer: by its route, never by its path."""
    route = request.url_rule.rule if request.url_rule else "none"
    REQUESTS.labels(request.method if request.method in METHODS else "other", route, response.status_code).inc()
    SECONDS.labels(route).observe(seconds)


def count_refusal(code: str) -> None:
    """Count a refusal by its code."""
    REFUSALS.labels(code).inc()


def count_ask(realm: Realm) -> None:
    """Count a code that was asked for, whoever's the address, from wherever (BF-02)."""
    CODES_ASKED.labels(realm.value).inc()


def count_sign_in(realm: Realm) -> None:
    """Count somebody who came in."""
    SIGN_INS.labels(realm.value).inc()


def metrics() -> Response:
    """The figures as Prometheus reads them, for this machine and for whoever shows the token. Raises NotAllowed."""
    if not _may_see():
        raise NotAllowed
    now = core().now()
    stands = read(lambda session: _as_it_stands(session, now))
    content = generate_latest(_counted()) + generate_latest(stands)
    return Response(content, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may_see() -> bool:
    """Whoever shows the token; and this machine itself, but nobody for whom a proxy of this machine asks."""
    token = settings().metrics_token
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and compare_digest(shown.encode(), token.encode()):
        return True
    forwarded = any(name in request.headers for name in FORWARDED)
    return not forwarded and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104 (nobody's address)


def _counted() -> CollectorRegistry:
    """What was counted: by every process where they have a folder to add up in, else by this one."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
    except ValueError:
        return OURS
    return registry


def _as_it_stands(session: Session, now: datetime) -> CollectorRegistry:
    registry = CollectorRegistry()
    for name, about, value in _gauges(session, now):
        Gauge(f"tallystick_{name}", about, registry=registry).set(value)
    return registry


def _gauges(session: Session, now: datetime) -> Iterator[tuple[str, str, float]]:
    """What the database tells: amounts in minor units."""
    today = london_date(now)
    count, amount = redeemed_since(session, since=datetime.combine(today, time(), LONDON).astimezone(UTC))
    yield "redemptions_today", "Redemptions since midnight in London.", count
    yield "redeemed_today_minor_units", "What they came to.", amount
    outstanding = outstanding_sum(session)
    yield "outstanding_minor_units", "What residents have in purses, held or not.", outstanding.balance
    yield "outstanding_held_minor_units", "What of it is set aside.", outstanding.held
    yield "outstanding_residents", "How many residents have some.", outstanding.residents
    waits = Tally(lateness(released_at, now=now) for released_at in awaited(session).values())
    late, overdue = waits.total() - waits[Lateness.EXPECTED], waits[Lateness.OVERDUE]
    yield "answers_late", "Released files whose answer is a working day late or more.", late
    yield "answers_overdue", "Released files whose answer is three working days late or more.", overdue
    begun = unfinished(session, through=today - timedelta(days=1))
    yield "nights_unfinished", "Nights of ended days that were begun and are not done.", len(begun)
    last = last_done(session)
    if last is not None and last.ended_at is not None:
        yield "last_good_night_seconds", "How long ago a night last ended well.", (now - last.ended_at).total_seconds()
        days = (today - last.business_date).days - 1
        yield "nights_behind", "How many ended days have no night that is done, after the newest that is.", days
