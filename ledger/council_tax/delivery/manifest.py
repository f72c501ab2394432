"""What a delivered file is checked by: a small JSON file written last, so that nobody takes half a file."""

import hashlib
import json

from ledger.council_tax.views import BatchFile, BatchView

ENDING = ".done"


def manifest(*, name: str, content: bytes, file: BatchFile, batch: BatchView) -> bytes:
    """The manifest of a file as it leaves under this name: its digest, count, control totals (pence) and sequence.

    `built` is the file as the books have it; the two digests differ only where it leaves encrypted.
    """
    facts = {
        "file": name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "built": {"file": file.name, "sha256": file.sha256},
        "sequence": batch.sequence,
        "business_date": batch.business_date.isoformat(),
        "lines": batch.lines,
        "reductions": batch.reductions,
        "reversals": batch.reversals,
        "net": batch.net,
        "hash_total": batch.hash_total,
    }
    return json.dumps(facts, indent=2).encode("ascii") + b"\n"
