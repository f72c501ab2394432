"""Every request is answered in time: what it still asks of the database when its time is over is cut: 503."""

from collections.abc import Iterable
from typing import Any

from flask import Flask

from ledger.connections import answering_within

SECONDS = 2.7
"""Of the three within which a request is answered (faults_and_invariants F6); the rest is for the answer itself."""


def init_app(app: Flask) -> None:
    """Give each request its time, from before it is looked at."""
    answer = app.wsgi_app

    def answer_in_time(*request: Any) -> Iterable[bytes]:
        with answering_within(SECONDS):
            return answer(*request)

    app.wsgi_app = answer_in_time  # type: ignore[method-assign]  # as Flask asks of a middleware
