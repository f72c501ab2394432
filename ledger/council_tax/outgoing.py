"""A batch's file in the service's own folder: written while nobody can send it back, told as whole by its `.done`."""

from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ledger.council_tax.files import write_file
from ledger.council_tax.models import CouncilTaxBatch
from ledger.council_tax.queries import batch_file
from ledger.council_tax.register import Registered, register
from ledger.council_tax.views import BatchFile
from ledger.store import run


def write_batch(engine: Engine, *, sequence: int, folder: Path, register_at: Path) -> BatchFile:
    """Write a batch's file from its stored bytes, where it is missing, once it stands in the register.

    In place of one that was sent back goes the empty one. Whoever sends it back meanwhile waits, or was first: what is
    written is what the books say when it is. Raises NotFound, SequencePublished, FileDiffers, OSError.
    """

    def work(session: Session) -> BatchFile:
        this = CouncilTaxBatch.sequence == sequence
        session.connection().execute(select(CouncilTaxBatch.id).where(this).with_for_update(read=True)).all()
        file = batch_file(session, sequence=sequence)
        registered = Registered(sequence=sequence, sha256=file.sha256, file_name=file.name)
        register(register_at, registered, replaces=file.replaces)
        write_file(file, folder)
        return file

    return run(engine, work)
