"""Read a CTX 1 file by its published rules alone: shares no code with the product that writes it."""

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CtxFile:
    """What a receiver makes of a file once it has checked all it can."""

    header: list[str]
    details: list[list[str]]
    sha256: str
    reductions: int
    reversals: int


def read_ctx(path: Path) -> CtxFile:
    """The file at `path`, every control of its trailer recomputed (council_tax_file.md, The files)."""
    content = path.read_bytes()
    assert all(byte in b"\r\n" or 0x20 <= byte <= 0x7E for byte in content)
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert b'"' not in content
    records = list(csv.reader(io.StringIO(content.decode("ascii"), newline="")))
    header, details, trailer = records[0], records[1:-1], records[-1]
    assert (header[:3], len(header)) == (["H", "CTX", "1"], 11)
    assert int(header[6]) == int(header[5]) - 1
    assert [record[1] for record in details] == [f"{number:06d}" for number in range(1, len(details) + 1)]
    assert {len(record) for record in details} <= {13}
    reductions = sum(int(record[11]) for record in details if record[2] == "RED")
    reversals = sum(int(record[11]) for record in details if record[2] in ("REV", "PRV"))
    before_trailer = content[: content.rindex(b"\r\nT,") + 2]
    assert trailer == [
        "T",
        f"{len(details):06d}",
        str(reductions),
        str(reversals),
        str(reductions - reversals),
        f"{sum(_as_number(record[5] + record[6]) for record in details) % 10**12:012d}",
        hashlib.sha256(before_trailer).hexdigest(),
    ]
    sha256 = hashlib.sha256(content).hexdigest()
    return CtxFile(header=header, details=details, sha256=sha256, reductions=reductions, reversals=reversals)


def _as_number(reference: str) -> int:
    return int("".join(symbol for symbol in reference if symbol.isdigit()))
