"""The layouts that come with the ledger, and the lines of a stored file, by which every other is written."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

from ledger.council_tax.ctx_file import Header, Line
from ledger.council_tax.layouts.reader import Row, read
from ledger.council_tax.layouts.spec import LayoutSpec
from ledger.council_tax.layouts.toml_text import read_layout
from ledger.council_tax.rules import ItemCode, Reason
from ledger.errors import NotFound

SHIPPED = ("ctx1", "local_discount_csv")

SAMPLE_HEADER = Header(
    authority="E09000022",
    environment="T",
    sequence=147,
    created=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    business_date=date(2026, 11, 22),
    scheme="LCC",
    producer="TALLYSTICK/1.0",
)


@cache
def shipped(name: str) -> LayoutSpec:
    """The layout of this name. Raises NotFound."""
    if name not in SHIPPED:
        raise NotFound("layout")
    return read_layout(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def read_ctx1(content: bytes) -> tuple[Header, list[Line]]:
    """The header and lines of a stored file. Raises NotOfTheLayout."""
    found = read(shipped("ctx1"), content)
    facts = {name: value for name, value in found.header.items() if name != "previous_sequence"}
    return Header(**facts), [_line(row) for row in found.lines]  # type: ignore[arg-type]  # each is of its source's kind


def _line(row: Row) -> Line:
    facts = {name: value for name, value in row.items() if name not in ("line", "financial_year")}
    return Line(**{**facts, "code": ItemCode(str(row["code"])), "reason": Reason(str(row["reason"]))})  # type: ignore[arg-type]


def sample_lines() -> Sequence[Line]:
    """Lines of every code and of the widest and narrowest values, to look at a layout by; nobody's."""
    first, last = date(2026, 11, 22), date(2027, 3, 31)
    red, original = "01M81C123GENQV94TQRBCJ3950", "01M661ASERF5BTD0S4BFQ5QYCC"

    def line(code: ItemCode, reason: Reason, amount: int, *, base: str, check: str, uprn: str = "") -> Line:
        return Line(
            code=code,
            txn_id=red,
            orig_txn_id="" if code == ItemCode.REDUCTION else original,
            account_ref=base,
            check_character=check,
            uprn=uprn,
            effective_from=first,
            effective_to=last,
            amount=amount,
            reason=reason,
        )

    return (
        line(ItemCode.REDUCTION, Reason.VOLUNTARY, 2500, base="20001234", check="5", uprn="100021887001"),
        line(ItemCode.REDUCTION, Reason.GIFT, 1, base="00000001", check="X"),
        line(ItemCode.REDUCTION, Reason.VOLUNTARY, 9_999_999, base="20004567", check="8"),
        line(ItemCode.REVERSAL, Reason.ORGANISER_ERROR, 1000, base="20003210", check="4", uprn="1"),
        line(ItemCode.PARTIAL_REVERSAL, Reason.FRAUD, 250, base="20007890", check="1"),
    )
