"""Checks of answered requests: each key keeps what was asked and a final answer, and names what was done once."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.book.models import Request
from ledger.check_books.findings import Finding, each
from ledger.redemption.models import Redemption

FINAL_REFUSALS = frozenset({409, 410, 422})
SHA256_BYTES = 32
TAKE, TAKEN = "POST /v1/redemptions", 201


def answers_are_final(session: Session) -> Iterator[Finding]:
    """I-11: a key keeps the hash of what was asked, and an answer that may be given for ever."""
    query = select(Request.key, Request.digest, Request.status, Request.body).order_by(Request.principal, Request.key)
    for row in each(session, query):
        final = 200 <= row.status < 400 or row.status in FINAL_REFUSALS
        if len(row.digest) != SHA256_BYTES or not row.body or not final:
            message = f"keeps no hash of what was asked, or no final answer (status {row.status})"
            yield Finding(id="I-11", subject=f"request {row.key}", message=message)
            return


def answers_name_what_was_done(session: Session) -> Iterator[Finding]:
    """I-11: an answer that says credits were taken names a redemption that stands, and no other answer names it."""
    taken = select(Redemption.reference, Redemption.amount)
    redemptions = {row.reference: row.amount for row in each(session, taken)}
    query = select(Request.key, Request.body).where(Request.route == TAKE, Request.status == TAKEN)
    for row in each(session, query.order_by(Request.principal, Request.key)):
        said: Any = json.loads(bytes(row.body))
        if redemptions.pop(said.get("reference"), None) != said.get("amount"):
            message = "answers with a redemption that does not stand so, or that another key's answer names"
            yield Finding(id="I-11", subject=f"request {row.key}", message=message)
            return
