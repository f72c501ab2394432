"""What a supervisor and a load balancer ask: does the process live, can it serve, which version is it."""

from functools import cache

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from ledger import __version__
from ledger.full_disk import full_disk
from ledger.migrations.upgrade import head, revision_of
from shared_web.core import core
from shared_web.db import reading

newest_revision = cache(head)


def init_app(app: Flask) -> None:
    """Serve /healthz, /readyz and /version."""
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/version", "version", version)


def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(state="alive")


def readyz() -> ResponseReturnValue:
    """The database answers and stands at the schema this release was written for; 503 otherwise.

    Where its disk is full this process still serves who only looks, so that it is said and is no reason to go round it.
    """
    try:
        with reading() as session:
            revision = revision_of(session.connection())
    except Exception:
        return jsonify(state="no database"), 503
    if revision != newest_revision():
        return jsonify(state="database at another revision", revision=revision, wanted=newest_revision()), 503
    return jsonify(state="storage_full" if full_disk(core().engine()).is_full else "ready", revision=revision)


def version() -> ResponseReturnValue:
    """The release that runs here."""
    return jsonify(version=__version__)
