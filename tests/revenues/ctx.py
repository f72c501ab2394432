"""The receiving side's own reading of CTX 1, by the page that describes it: a file code, or header and lines."""

import hashlib
import re
from dataclasses import dataclass

SHAPES = (
    "D",
    "[0-9]{6}",
    "RED|REV|PRV",
    "[0-9A-HJKMNP-TV-Z]{26}",
    "(?:[0-9A-HJKMNP-TV-Z]{26})?",
    "[0-9]{1,20}",
    "(?:[0-9]{1,2}|X)?",
    "(?:[0-9]{1,12})?",
    "[0-9]{4}",
    "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "[1-9][0-9]{0,6}",
    "VOL|GIF|ORG|RES|FRD|COR",
)


class FileRefused(Exception):
    """The whole file is refused, with this F code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Detail:
    """One D line."""

    line: int
    code: str
    txn_id: str
    orig_txn_id: str
    ref: str
    check: str
    uprn: str
    year: int
    effective_from: str
    effective_to: str
    amount: int
    reason: str


@dataclass(frozen=True)
class File:
    """A file whose records are well formed; whether its sums are right is asked later."""

    header: list[str]
    details: list[Detail]
    trailer: list[str]

    @property
    def sequence(self) -> int:
        """Its number."""
        return int(self.header[5])


def read(content: bytes) -> File:
    """The records of a file that is whole by its own SHA-256. Raises FileRefused with F08, F09 or F13."""
    if not content.endswith(b"\r\n") or b"\r\nT," not in content:
        raise FileRefused("F08")
    body, _, last = content[:-2].rpartition(b"\r\n")
    body += b"\r\n"
    trailer = last.decode("latin-1").split(",")
    if trailer[0] != "T" or trailer[-1] != hashlib.sha256(body).hexdigest():
        raise FileRefused("F08")
    if re.fullmatch(rb"(?:[\x20-\x7e]*\r\n)*", content) is None:
        raise FileRefused("F13")
    first, *rest = (line.split(",") for line in body[:-2].decode("ascii").split("\r\n"))
    if first[:2] != ["H", "CTX"] or len(first) != 11 or len(trailer) != 7:
        raise FileRefused("F13")
    if first[2] != "1":
        raise FileRefused("F09")
    return File(header=first, details=[_detail(fields) for fields in rest], trailer=trailer)


def _detail(fields: list[str]) -> Detail:
    if len(fields) != 13 or not all(map(re.fullmatch, SHAPES, fields)):
        raise FileRefused("F13")
    _, line, code, txn_id, orig, ref, check, uprn, year, first, last, amount, reason = fields
    if (code == "RED") != (orig == ""):
        raise FileRefused("F13")
    days = (f"{year}-04-01", first, last, f"{int(year) + 1}-03-31")
    if list(days) != sorted(days):
        raise FileRefused("F13")
    return Detail(
        line=int(line),
        code=code,
        txn_id=txn_id,
        orig_txn_id=orig,
        ref=ref,
        check=check,
        uprn=uprn,
        year=int(year),
        effective_from=first,
        effective_to=last,
        amount=int(amount),
        reason=reason,
    )


def check_sums(file: File) -> None:
    """Raises FileRefused with F05, F06, F07 or F12."""
    details, trailer = file.details, file.trailer
    if int(trailer[1]) != len(details) or [one.line for one in details] != list(range(1, len(details) + 1)):
        raise FileRefused("F05")
    reductions = sum(one.amount for one in details if one.code == "RED")
    reversals = sum(one.amount for one in details if one.code != "RED")
    if list(map(int, trailer[2:5])) != [reductions, reversals, reductions - reversals]:
        raise FileRefused("F06")
    hashed = sum(int(one.ref + (one.check if one.check.isdigit() else "")) for one in details)
    if trailer[5] != f"{hashed % 10**12:012d}":
        raise FileRefused("F07")
    if len({one.txn_id for one in details}) != len(details):
        raise FileRefused("F12")
