"""What nights left in the audit, held against what they did: one row for each thing that was done."""

from collections import Counter
from typing import Any

from sqlalchemy import Engine, func, select

from ledger.audit.models import AuditRow
from ledger.book.models import Transaction, Transfer
from ledger.council_tax.delivery.models import DeliveryAttempt
from ledger.council_tax.exchange_models import CouncilTaxAnswer
from ledger.council_tax.models import CouncilTaxBatch
from ledger.store import reading
from ledger.wallets.ending_models import ExpiryNotice
from ledger.wallets.queries import EXPIRE
from tests.audit.units import rows


def by_night(engine: Engine) -> list[AuditRow]:
    """The rows that nights left, the oldest first."""
    return [row for row in rows(engine) if row.action == "command.nightly"]


def details(found: list[AuditRow], name: str) -> list[dict[str, Any]]:
    """What the rows say that say this."""
    return [dict(row.details or {}) for row in found if name in (row.details or {})]


def assert_audited_once(engine: Engine) -> None:
    """Each thing that the nights did has one row: purses, tellings, answers, batches, and tries to deliver a file."""
    found = by_night(engine)
    assert {row.actor for row in found} == {"nightly"}
    with reading(engine) as session:
        expired = session.execute(
            select(func.count(Transaction.id), func.coalesce(func.sum(Transfer.amount), 0))
            .join(Transfer, Transfer.transaction_id == Transaction.id)
            .where(Transaction.kind == EXPIRE)
        ).one()
        told = session.execute(select(func.count(ExpiryNotice.notice_id))).scalar_one()
        sequences = {
            row.file_name: str(row.sequence)
            for row in session.execute(select(CouncilTaxBatch.file_name, CouncilTaxBatch.sequence))
        }
        tries = session.execute(select(DeliveryAttempt.file_name, DeliveryAttempt.outcome)).all()
        answers = session.execute(select(CouncilTaxAnswer.kind, CouncilTaxAnswer.sequence)).all()
    purses = details(found, "purses")
    assert (sum(one["purses"] for one in purses), sum(one["amount"] for one in purses)) == tuple(expired)
    assert sum(one["notices"] for one in details(found, "notices")) == told
    assert subjects(found, "council-tax", "outcome") == Counter(
        (sequences[one.file_name], one.outcome) for one in tries
    )
    built = Counter(sequence for sequence, _lines in subjects(found, "council-tax", "lines").elements())
    assert built == Counter(sequences.values())
    taken = Counter(subject for subject, _lines in subjects(found, "council-tax-answer", "lines").elements())
    assert taken == Counter(f"{one.kind} {one.sequence:06d}" for one in answers)
    each = [(row.subject_id, name) for row in found for name in ("purses", "notices") if name in (row.details or {})]
    assert len(each) == len(set(each)), "what few residents have is done in one unit of work of a night"


def subjects(found: list[AuditRow], kind: str, name: str) -> Counter[tuple[str, Any]]:
    """How many rows of a kind say this, by what they are of and what they say."""
    told = [row for row in found if row.subject_kind == kind and name in (row.details or {})]
    return Counter((str(row.subject_id), dict(row.details or {})[name]) for row in told)
