"""Write a file's lines in a layout: a pure function of its values, as files with names that lead nowhere."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.clock import financial_year
from ledger.council_tax.ctx_file import Header, Line, totals_of
from ledger.council_tax.delivery.rules import check_name
from ledger.council_tax.layouts.spec import Field, LayoutSpec, Section
from ledger.council_tax.layouts.texts import Value, text_of
from ledger.council_tax.rules import ItemCode


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file as other systems take it."""

    name: str
    content: bytes


def write(spec: LayoutSpec, header: Header, lines: Sequence[Line]) -> list[WrittenFile]:
    """The files of a layout: one, or one for each part it is split into, in the order of the parts' names.

    A layout that is not split gives a file without lines too. Raises ValueDoesNotFit, InvalidField for a name.
    """
    parts: dict[str, list[Line]] = {} if spec.split_by else {"": list(lines)}
    for line in lines if spec.split_by else ():
        parts.setdefault("-".join(str(values_of(line, 0)[name]) for name in spec.split_by), []).append(line)
    return [_file(spec, header, part, parts[part]) for part in sorted(parts)]


def of_the_file(header: Header) -> dict[str, Value]:
    """What a row may say of the file itself."""
    return {
        "authority": header.authority,
        "environment": header.environment,
        "sequence": header.sequence,
        "previous_sequence": header.sequence - 1,
        "created": header.created,
        "business_date": header.business_date,
        "scheme": header.scheme,
        "producer": header.producer,
    }


def values_of(line: Line, number: int) -> dict[str, Value]:
    """What a row may say of a line."""
    return {
        "line": number,
        "code": line.code.value,
        "txn_id": line.txn_id,
        "orig_txn_id": line.orig_txn_id,
        "account": line.account_ref + line.check_character,
        "account_ref": line.account_ref,
        "check_character": line.check_character,
        "uprn": line.uprn,
        "financial_year": financial_year(line.effective_from),
        "effective_from": line.effective_from,
        "effective_to": line.effective_to,
        "amount": line.amount,
        "reason": line.reason.value,
    }


def totals_values(lines: Sequence[Line]) -> dict[str, Value]:
    """What a trailer may say of the lines."""
    totals = totals_of(lines)
    return {
        "count": totals.lines,
        "reductions": totals.reductions,
        "reversals": totals.reversals,
        "net": totals.net,
        "hash_total": totals.hash_total,
    }


def signed(field: Field, values: Mapping[str, Value]) -> Value:
    """A source's value as its field writes it: a line's amount below nothing where the field marks its direction."""
    value = values[field.source]
    if field.source != "amount" or field.sign == "none":
        return value
    assert isinstance(value, int), "an amount is pence"
    reduces = values["code"] == ItemCode.REDUCTION
    return -value if reduces == (field.minus == "reductions") else value


def _file(spec: LayoutSpec, header: Header, part: str, lines: Sequence[Line]) -> WrittenFile:
    known = of_the_file(header)
    rows = [_row(spec, Section.HEADER, known)] if spec.fields[Section.HEADER] else []
    numbered = enumerate(lines, start=1)
    rows += [_row(spec, Section.DETAIL, known | values_of(line, number)) for number, line in numbered]
    body = "".join(rows).encode(spec.encoding)
    if spec.fields[Section.TRAILER]:
        totals = totals_values(lines) | {"sha256": hashlib.sha256(body).hexdigest()}
        body += _row(spec, Section.TRAILER, known | totals).encode(spec.encoding)
    name = spec.file_name.format(**known, part=part)
    return WrittenFile(name=check_name(name), content=body)


def _row(spec: LayoutSpec, section: Section, values: Mapping[str, Value]) -> str:
    fields = (
        text_of(field, signed(field, values) if field.source else field.const, delimiter=spec.delimiter)
        for field in spec.fields[section]
    )
    return spec.delimiter.join(fields) + spec.line_ending
