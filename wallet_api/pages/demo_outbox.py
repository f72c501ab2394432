"""The demo's messages: what a real scheme would have sent, and the digits that an officer's app would show."""

from datetime import datetime
from typing import Any

import pyotp
from flask import Blueprint, render_template
from flask.sansio.blueprints import BlueprintSetupState

from ledger.notices.backends import outbox_path, read_file_outbox
from shared_web.core import EXTENSION, settings
from shared_web.days import clock_to_the_second
from shared_web.db import occasion
from shared_web.demo_town import DemoTown
from wallet_api.pages.front import demo_town
from wallet_api.wording import when

pages = Blueprint("demo_outbox", __name__)

MOST = 20


@pages.record
def exists_in_the_demo_only(state: BlueprintSetupState) -> None:
    """A real deployment has no such route."""
    if state.app.extensions[EXTENSION].settings.demo:
        state.add_url_rule("/demo/outbox", "show", show)


def show() -> str:
    """The latest messages, newest first."""
    town = demo_town()
    messages = read_file_outbox(outbox_path(settings().data), MOST)
    return render_template(
        "wallet_api/demo_outbox.html",
        messages=[shown(message, town) for message in reversed(messages)],
        apps=app_digits(town) if town else [],
        pins=[door for door in town.doors if door.pin] if town else [],
        at=clock_to_the_second(occasion().now),
    )


def shown(message: dict[str, Any], town: DemoTown | None) -> dict[str, Any]:
    """A message with the person it went to."""
    names = {door.email: door.name for door in town.doors} if town else {}
    now = occasion()
    at = when(datetime.fromisoformat(message["at"]), today=now.today)
    name = names.get(message["to"])
    to = f"{name}, {message['to']}" if name else message["to"]
    return {"subject": message["subject"], "to": to, "at": at, "paragraphs": message["text"].split("\n\n")}


def app_digits(town: DemoTown) -> list[tuple[str, str]]:
    """Each officer, and the six digits their app shows now (RFC 6238)."""
    now = occasion().now
    return [(door.name, pyotp.TOTP(door.totp_secret).at(now)) for door in town.doors if door.totp_secret]
