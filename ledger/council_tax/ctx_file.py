"""The canonical file CTX 1, byte for byte: header, one line an item, trailer (council_tax_file.md, The files)."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter

from ledger.clock import financial_year
from ledger.council_tax.errors import FieldNotCanonical
from ledger.council_tax.rules import ItemCode, Reason
from ledger.money import Amount

HASH_MODULUS = 10**12
MOST_PENCE = 9_999_999
MOST_LINES = 999_999
_CROCKFORD = "[0-9A-HJKMNP-TV-Z]{26}"
_SHAPES = {
    field: re.compile(shape, re.ASCII)
    for field, shape in {
        "authority": "[A-Z][0-9]{8}",
        "environment": "[PT]",
        "scheme": "[A-Z0-9]{1,12}",
        "producer": "[A-Za-z0-9./_-]{1,20}",
        "txn_id": _CROCKFORD,
        "orig_txn_id": f"(?:{_CROCKFORD})?",
        "account_ref": "[0-9]{1,20}",
        "check_character": "(?:[0-9]{1,2}|X)?",
        "uprn": "(?:[0-9]{1,12})?",
    }.items()
}
"""What each text of the file may be: nothing that these let through has a comma, a quote or other than ASCII."""
_TEXTS = ("txn_id", "orig_txn_id", "account_ref", "check_character", "uprn")
_TEXTS_OF = attrgetter(*_TEXTS)
_SHAPE = re.compile(",".join(_SHAPES[field].pattern for field in _TEXTS), re.ASCII)
"""The texts of a line together, so that a line which is as it should be is looked at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Whose file, which in the sequence, made when, for which London day."""

    authority: str
    environment: str
    sequence: int
    created: datetime
    business_date: date
    scheme: str
    producer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item: pence, always positive; the code says which way. Ids are 26 characters, `uprn` empty where unknown."""

    code: ItemCode
    txn_id: str
    orig_txn_id: str = ""
    account_ref: str
    check_character: str
    uprn: str = ""
    effective_from: date
    effective_to: date
    amount: Amount
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the trailer controls: lines, pence off, pence put back, and the hash total over the references."""

    lines: int
    reductions: Amount
    reversals: Amount
    hash_total: str

    @property
    def net(self) -> Amount:
        """Pence off less pence put back; may be below 0."""
        return self.reductions - self.reversals


def file_name(*, authority: str, environment: str, sequence: int, business_date: date) -> str:
    """The file's name: CTX_E09000022_P_000147_20261122.csv."""
    return f"CTX_{authority}_{environment}_{sequence:06d}_{business_date:%Y%m%d}.csv"


def totals_of(lines: Iterable[Line]) -> Totals:
    """The control totals of a file's lines."""
    count = reductions = reversals = hashed = 0
    for line in lines:
        count += 1
        hashed += _hashed(line)
        if line.code == ItemCode.REDUCTION:
            reductions += line.amount
        else:
            reversals += line.amount
    hash_total = f"{hashed % HASH_MODULUS:012d}"
    return Totals(lines=count, reductions=reductions, reversals=reversals, hash_total=hash_total)


def _hashed(line: Line) -> int:
    check = line.check_character if line.check_character.isdigit() else ""
    return int(line.account_ref + check)


def render(header: Header, lines: Iterable[Line]) -> tuple[bytes, Totals]:
    """The whole file, ASCII and CRLF, and its totals: a pure function of its values, each line read once.

    Raises FieldNotCanonical.
    """
    body = bytearray(_row(_header(header)))
    totals = totals_of(_written(lines, body))
    _within("lines", totals.lines, most=MOST_LINES, least=0)
    pence = (str(totals.reductions), str(totals.reversals), str(totals.net))
    trailer = ("T", f"{totals.lines:06d}", *pence, totals.hash_total, hashlib.sha256(body).hexdigest())
    body += _row(trailer)
    return bytes(body), totals


def _written(lines: Iterable[Line], body: bytearray) -> Iterator[Line]:
    """The lines, each written into the body before it is passed on."""
    for number, line in enumerate(lines, start=1):
        body += _row(_detail(number, line))
        yield line


def _row(fields: Sequence[str]) -> bytes:
    return ",".join(fields).encode("ascii") + b"\r\n"


def _header(header: Header) -> tuple[str, ...]:
    _within("sequence", header.sequence, most=MOST_LINES)
    for field in ("authority", "environment", "scheme", "producer"):
        _shaped(field, getattr(header, field))
    created = header.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    sequence = (f"{header.sequence:06d}", f"{header.sequence - 1:06d}")
    start = ("H", "CTX", "1", header.authority, header.environment)
    return (*start, *sequence, created, header.business_date.isoformat(), header.scheme, header.producer)


def _detail(number: int, line: Line) -> tuple[str, ...]:
    if not _SHAPE.fullmatch(",".join(_TEXTS_OF(line))):
        for field in _TEXTS:
            _shaped(field, getattr(line, field))
    _within("amount", line.amount, most=MOST_PENCE)
    year = financial_year(line.effective_from)
    _check(line.effective_from <= line.effective_to <= date(year + 1, 3, 31), "effective_to", line.effective_to)
    _check((line.code == ItemCode.REDUCTION) == (not line.orig_txn_id), "orig_txn_id", line.orig_txn_id)
    what = ("D", f"{number:06d}", line.code.value, line.txn_id, line.orig_txn_id)
    whose = (line.account_ref, line.check_character, line.uprn)
    days = (str(year), line.effective_from.isoformat(), line.effective_to.isoformat())
    return (*what, *whose, *days, str(line.amount), line.reason.value)


def _shaped(field: str, value: str) -> None:
    _check(_SHAPES[field].fullmatch(value) is not None, field, value)


def _within(field: str, value: int, *, most: int, least: int = 1) -> None:
    _check(least <= value <= most, field, value)


def _check(holds: bool, field: str, value: object) -> None:
    if not holds:
        raise FieldNotCanonical(field, value)
