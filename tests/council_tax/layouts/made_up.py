"""Lines, headers and layouts that nobody wrote, for hypothesis to draw."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from ledger.clock import financial_year
from ledger.council_tax.ctx_file import Header, Line
from ledger.council_tax.layouts.spec import AMOUNT_FORMATS, DAY_FORMATS
from ledger.council_tax.rules import ItemCode, Reason

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

digits = st.text("0123456789", min_size=1, max_size=20)
crockford = st.text(CROCKFORD, min_size=26, max_size=26)
days = st.dates(date(2013, 4, 1), date(2068, 3, 31))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """A line that CTX 1 can carry."""
    code, first = draw(st.sampled_from(ItemCode)), draw(days)
    last = draw(st.dates(first, date(financial_year(first) + 1, 3, 31)))
    return Line(
        code=code,
        txn_id=draw(crockford),
        orig_txn_id="" if code == ItemCode.REDUCTION else draw(crockford),
        account_ref=draw(digits),
        check_character=draw(st.sampled_from(["", "0", "7", "X", "42"])),
        uprn=draw(st.just("") | st.text("0123456789", min_size=1, max_size=12)),
        effective_from=first,
        effective_to=last,
        amount=draw(st.integers(1, 9_999_999)),
        reason=draw(st.sampled_from(Reason)),
    )


headers = st.builds(
    Header,
    authority=st.just("E09000022"),
    environment=st.sampled_from("PT"),
    sequence=st.integers(1, 999_999),
    created=st.datetimes(datetime(2013, 4, 1), datetime(2068, 1, 1)).map(  # noqa: DTZ001 (made aware below)
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
    business_date=days,
    scheme=st.just("LCC"),
    producer=st.just("TALLYSTICK/1.0"),
)


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A layout of one's own, as TOML: any sources, any way of writing them, fixed or with a delimiter."""
    fixed = draw(st.booleans())
    top = [
        'name = "made_up"',
        f'kind = "{"fixed" if fixed else "delimited"}"',
        'file_name = "M_{sequence}.txt"',
        f'line_ending = "{draw(st.sampled_from(["crlf", "lf"]))}"',
    ]
    if not fixed:
        top.append(f'delimiter = "{draw(st.sampled_from([",", ";", "|"]))}"')
    texts = ("code", "txn_id", "orig_txn_id", "account", "account_ref", "check_character", "uprn", "reason")
    chosen = draw(st.lists(st.sampled_from([*texts, "line", "financial_year"]), max_size=6, unique=True))
    rows = [[f'source = "{name}"', *_width(draw, fixed, 26)] for name in chosen]
    for name in draw(st.lists(st.sampled_from(["effective_from", "effective_to"]), unique=True)):
        form = draw(st.sampled_from(DAY_FORMATS))
        rows.append([f'source = "{name}"', f'format = "{form}"', *_width(draw, fixed, 11)])
    rows.append(_amount_row(draw, fixed))
    details = ["[[detail]]\n" + "\n".join(row) for row in rows]
    if draw(st.booleans()):
        details.append("[[trailer]]\n" + "\n".join(['source = "count"', *_width(draw, fixed, 8)]))
        details.append("[[trailer]]\n" + "\n".join(['source = "sha256"', *_width(draw, fixed, 64)]))
    return "\n\n".join(["\n".join(top), *details])


def _width(draw: st.DrawFn, fixed: bool, least: int) -> list[str]:
    if not fixed and draw(st.booleans()):
        return []
    return [f"width = {draw(st.integers(least, 70))}", f'justify = "{draw(st.sampled_from(["left", "right"]))}"']


def _amount_row(draw: st.DrawFn, fixed: bool) -> list[str]:
    row = [
        'source = "amount"',
        f'format = "{draw(st.sampled_from(AMOUNT_FORMATS))}"',
        f'sign = "{draw(st.sampled_from(["none", "leading", "trailing", "CR"]))}"',
        f'minus = "{draw(st.sampled_from(["reversals", "reductions"]))}"',
    ]
    if draw(st.booleans()):
        return [*row, f"width = {draw(st.integers(12, 30))}", 'pad = "0"', 'justify = "right"']
    return [*row, *_width(draw, fixed, 12)]


@st.composite
def answer_layouts_made_up(draw: st.DrawFn) -> str:
    """A layout of answers of one's own, as TOML: lines known by id or by account and amount, told in any way."""
    fixed = draw(st.booleans())
    top = [
        'name = "made_up"',
        f'kind = "{"fixed" if fixed else "delimited"}"',
        f'line_ending = "{draw(st.sampled_from(["crlf", "lf"]))}"',
        f'encoding = "{draw(st.sampled_from(["ascii", "utf-8", "windows-1252"]))}"',
    ]
    if not fixed:
        top.append(f'delimiter = "{draw(st.sampled_from([",", ";", "|"]))}"')
        top.append(f"quotes = {str(draw(st.booleans())).lower()}")
    by_id = draw(st.booleans())
    known = ["txn_id"] if by_id else [draw(st.sampled_from(["account", "account_ref"]))]
    known += draw(st.lists(st.sampled_from(["uprn", "reason", "financial_year", "line", "code"]), unique=True))
    rows = [[f'source = "{name}"', *_width(draw, fixed, 30)] for name in [*known, "result", "ignored"]]
    amounts = draw(st.sampled_from([["applied"], ["returned"], ["applied", "returned"]])) + ["amount"] * (not by_id)
    rows += [_amount_of_an_answer(draw, fixed, name) for name in amounts]
    for name in ("posted_on", "retry_on"):
        form = draw(st.sampled_from(DAY_FORMATS))
        rows.append([f'source = "{name}"', f'format = "{form}"', *_width(draw, fixed, 11)])
    pieces = ["\n".join(top), *("[[detail]]\n" + "\n".join(row) for row in draw(st.permutations(rows)))]
    for name in draw(st.lists(st.sampled_from(["count", "reductions", "hash_total", "sha256"]), unique=True)):
        pieces.append("[[trailer]]\n" + "\n".join([f'source = "{name}"', *_width(draw, fixed, 64)]))
    outcomes = draw(st.lists(st.sampled_from(OUTCOMES), min_size=1, unique=True))
    for number, (outcome, code) in enumerate([("A", "D00"), ("R", "D01"), *outcomes]):
        pieces.append(f'[[outcome]]\ntheirs = "word {number}"\noutcome = "{outcome}"\ncode = "{code}"')
    return "\n\n".join(pieces)


OUTCOMES = [("A", "D08"), ("P", "D21"), ("P", "D12"), ("R", "D05"), ("R", "D10"), ("D", "D20"), ("D", "D22")]


def _amount_of_an_answer(draw: st.DrawFn, fixed: bool, name: str) -> list[str]:
    row = _amount_row(draw, fixed)
    return [f'source = "{name}"', *row[1:]]
