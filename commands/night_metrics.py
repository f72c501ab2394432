"""The figures of a nightly run, as a file that Prometheus's node exporter reads."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Engine

from ledger.lasting import write_lasting
from ledger.nightly import NightResult, dates_due
from ledger.nights.queries import last_done
from ledger.store import reading

OUTCOMES = ("done", "nothing_due", "already_running", "stopped", "not_whole")
FOR_THE_NODE_EXPORTER = 0o644
"""It reads as a user of its own, and the service's umask leaves others nothing."""


def write_metrics(
    path: Path,
    *,
    engine: Engine,
    now: datetime,
    outcome: str,
    nights: Sequence[NightResult],
    findings: int,
    seconds: Mapping[str, float],
) -> None:
    """Write the file anew, whole or not at all; amounts in minor units and pence. Raises OSError."""
    registry = CollectorRegistry()

    def gauge(name: str, about: str, value: float) -> None:
        Gauge(f"tallystick_night_{name}", about, registry=registry).set(value)

    gauge("ran_timestamp_seconds", "When the nightly run last ended.", now.timestamp())
    gauge("nights", "Nights that the last run did.", len(nights))
    gauge("findings", "What the checks of the books found in the last run.", findings)
    gauge("expired_minor_units", "Credits that the last run expired.", sum(one.expiry.amount for one in nights))
    gauge("notices", "Notices that credits end, of the last run.", sum(one.notices for one in nights))
    gauge("lines", "Lines of the files of the last run.", sum(one.lines for one in nights))
    gauge("reductions_pence", "What those lines take off bills.", sum(one.reductions for one in nights))
    gauge("answers_refused", "Answers that the last run could not take in.", sum(len(one.refused) for one in nights))
    rejected = sum(len(one.rejecting) for one in nights)
    gauge("files_rejected", "Files that the revenues system refused whole, by the answers of the last run.", rejected)
    undelivered = any(one.undelivered for one in nights)
    gauge("undelivered", "Whether a released file could not be delivered by the last run.", undelivered)
    gauge("due", "Business dates that are due and not done.", len(dates_due(engine, now=now)))
    gauge("last_good_timestamp_seconds", "Noon of the newest business date that is done.", _last_good(engine))
    outcomes = Gauge("tallystick_night_outcome", "How the last run ended.", ["outcome"], registry=registry)
    for one in OUTCOMES:
        outcomes.labels(one).set(one == outcome)
    steps = Gauge("tallystick_night_step_seconds", "How long a step took in the last run.", ["step"], registry=registry)
    for step, took in seconds.items():
        steps.labels(step).set(took)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lasting(path, generate_latest(registry), mode=FOR_THE_NODE_EXPORTER)


def _last_good(engine: Engine) -> float:
    """Noon of the newest business date that is done, so that no summer time matters; 0 before the first."""
    with reading(engine) as session:
        last = last_done(session)
    return 0.0 if last is None else datetime.combine(last.business_date, time(12), tzinfo=UTC).timestamp()
