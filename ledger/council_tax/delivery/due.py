"""Deliver what is released and did not arrive yet, in sequence: a file that cannot go holds up the later ones."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ledger.council_tax.delivery.deliver import deliver_batch
from ledger.council_tax.delivery.models import DeliveryAttempt
from ledger.council_tax.delivery.rules import ARRIVED
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.rules import BatchState
from ledger.nights.queries import check_whole
from ledger.occasion import Occasion
from ledger.settings import Delivery
from ledger.store import reading


def undelivered(session: Session) -> list[int]:
    """The batches that are released and whose file did not arrive yet, by their sequence, the oldest first.

    One that was answered arrived, by whatever way: nothing is sent again where deliveries begin late.
    """
    arrived = select(DeliveryAttempt.id).where(
        DeliveryAttempt.digest == CouncilTaxBatch.digest, DeliveryAttempt.outcome.in_(ARRIVED)
    )
    released = CouncilTaxBatch.state == BatchState.RELEASED
    query = select(CouncilTaxBatch.sequence).where(released, ~arrived.exists())
    return list(session.execute(query.order_by(CouncilTaxBatch.sequence)).scalars())


def deliver_released(
    engine: Engine, *, delivery: Delivery, register: Path, command: str, occasion: Occasion
) -> Iterator[int]:
    """Deliver each file that waits, telling its sequence when it has arrived; by a command, which is audited.

    Raises NightNotWhole; DeliveryDiffers, DeliveryFailed, ExtraMissing at the first that does not arrive: the later
    ones wait behind.
    """
    with reading(engine) as session:
        check_whole(session)
        waiting = undelivered(session)
    for sequence in waiting:
        deliver_batch(
            engine, sequence=sequence, delivery=delivery, register=register, command=command, occasion=occasion
        )
        yield sequence
