#!/usr/bin/env python3
"""Audit the books by SQL alone: a second opinion on `tallystick check-books` that shares no code with it.

    scripts/auditor.py [--json] DATABASE_URL

Prints one line for each invariant, with the first row that breaks it; status 0 where all hold, 1 where one is broken,
2 where the database cannot be read. It needs psycopg for PostgreSQL and nothing else, and can write nothing.
"""

import argparse
import hashlib
import json
import re
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg

Row = tuple[Any, ...]
WORDS = {
    "LONDON_DAY": (r"london_day(\1)", r"CAST(\1 AT TIME ZONE 'Europe/London' AS DATE)"),
    "FORTNIGHT_AFTER": (r"fortnight_after(\1)", r"(\1 + INTERVAL '336 hours')"),
    "NOT_WHOLE": (r"(typeof(\1) <> 'integer')", r"(pg_typeof(\1)::text <> 'bigint')"),
    "NAMED": (r"named(\1)", r"(CAST(convert_from(\1, 'UTF8') AS JSONB) ->> 'reference')"),
    "PLACE": (r"\1.seq", r"(CAST(CAST(\1.xid AS TEXT) AS BIGINT) + 1)"),
}
"""What the two databases say differently: SQLite first, then PostgreSQL."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FINAL = {409, 410, 422}
SUMS = "SHA256SUMS"
DECIDED = (
    "decision_reference",
    "decided_on",
    "class_wording",
    "account_cap",
    "resident_cap",
    "first_year",
    "last_year",
    "signed_by",
)
"""What a decision on council tax says, in the order in which auditor.sql reads it."""
SET = ("name", "value", "starts_on", "decision_reference")
"""What a setting of the scheme says, in the order in which auditor.sql reads it."""
QUERIES = Path(__file__).with_suffix(".sql")


class Check(NamedTuple):
    """An invariant's id, a rule of it, and a query for the rows that break it: what kind of thing, which, and facts.

    With `is_right` the query gives every row, and that decides which break the rule.
    """

    id: str
    rule: str
    query: str
    is_right: Callable[[Row], bool] | None = None


class Broken(NamedTuple):
    """The first row that breaks a rule."""

    id: str
    subject: str
    message: str


def file_is_right(row: Row) -> bool:
    """Whether a CTX 1 file has the digest, the lines and the totals its batch says, and its trailer says so too."""
    content, digest, *said = row[2:]
    if content is None or digest is None or hashlib.sha256(content).digest() != bytes(digest):
        return False
    try:
        lines = [line.split(",") for line in bytes(content).decode("ascii").split("\r\n")]
        details, trailer = lines[1:-2], lines[-2]
        off = sum(int(line[11]) for line in details if line[2] == "RED")
        back = sum(int(line[11]) for line in details) - off
        references = sum(int(line[5] + (line[6] if line[6].isdigit() else "")) for line in details)
    except (ValueError, IndexError):
        return False
    counted = [len(details), off, back, f"{references % 10**12:012d}"]
    body = hashlib.sha256(bytes(content)[: bytes(content).rindex(b"T,")]).hexdigest()
    return counted == said and trailer == [
        "T",
        f"{counted[0]:06d}",
        f"{off}",
        f"{back}",
        f"{off - back}",
        said[3],
        body,
    ]


def content_is_right(row: Row) -> bool:
    """Whether a proposal's digest is that of its kind and content as canonical JSON."""
    text = json.dumps([row[2], json.loads(row[3])], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest() == bytes(row[4])


def decision_is_as_approved(row: Row) -> bool:
    """Whether what stands of a decision is what its proposal says, of the right kind and used."""
    kind, state, content, *stands = row[2:]
    if (kind, state) != ("reduction_scheme", "used"):
        return False
    said = json.loads(content)
    return len(said) == len(DECIDED) and [said.get(name) for name in DECIDED] == stands


def setting_is_as_approved(row: Row) -> bool:
    """Whether a setting of the scheme is what its proposal says, of the right kind, used, made and checked by two."""
    kind, state, maker, checker, content, *stands = row[2:]
    if (kind, state) != ("scheme_setting", "used") or maker is None or checker is None or maker == checker:
        return False
    said = json.loads(content)
    return len(said) == len(SET) and [said.get(name) for name in SET] == stands


def file_of_pack_is_right(row: Row) -> bool:
    """Whether a file kept for a month has its digest, and a line of the month's sums unless it is these."""
    _kind, _key, name, content, digest, sums = row
    found = hashlib.sha256(bytes(content))
    line = f"{found.hexdigest()}  {name}".encode()
    return found.digest() == bytes(digest) and (name == SUMS or line in bytes(sums or b"").split(b"\n"))


def sums_name_as_many(row: Row) -> bool:
    """Whether the sums of a month's pack name as many files as were kept with them."""
    _kind, _key, content, files = row
    return bytes(content).count(b"\n") == files


def answer_is_final(row: Row) -> bool:
    """Whether a request kept the hash of what was asked, and a final answer."""
    _kind, _key, digest, status, body = row
    return len(digest) == 32 and len(body) > 0 and (200 <= status < 400 or status in FINAL)


def answer_names_what_was_done(row: Row) -> bool:
    """Whether the redemption that an answer names is the one that stands, and named by this key alone."""
    _kind, _key, body, reference, amount, keys = row
    said = json.loads(bytes(body))
    return (said.get("reference"), said.get("amount")) == (reference, amount) and keys == 1


FUNCTIONS = {
    function.__name__: function
    for function in (
        file_is_right,
        content_is_right,
        decision_is_as_approved,
        setting_is_as_approved,
        file_of_pack_is_right,
        sums_name_as_many,
        answer_is_final,
        answer_names_what_was_done,
    )
}


def checks() -> Iterator[Check]:
    """The checks of auditor.sql, in its order; what it opens with is put before each query."""
    _opening, shared, *rest = re.split(
        r"^-- (?=shared|I-\d\d)", QUERIES.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    shared = shared.removeprefix("shared")
    for text in rest:
        head, query = text.split("\n", 1)
        found = re.fullmatch(r"(I-\d\d)(?: \[(\w+)\])?: (.+)", head)
        assert found, f"auditor.sql has no such check: {head}"
        yield Check(found[1], found[3], shared + query, FUNCTIONS[found[2]] if found[2] else None)


def in_words_of(query: str, dialect: int) -> str:
    """The query as SQLite (0) or PostgreSQL (1) says it."""
    for word, said in WORDS.items():
        query = re.sub(rf"\b{word}\(([\w.]+)\)", said[dialect], query)
    return query


def instant(text: str) -> datetime:
    """An instant as SQLite holds it."""
    return datetime.fromisoformat(text).astimezone(UTC)


def london_day(text: str) -> str:
    """The London day of an instant."""
    return instant(text).astimezone(ZoneInfo("Europe/London")).date().isoformat()


def fortnight_after(text: str) -> str:
    """The instant fourteen days later."""
    return (instant(text) + timedelta(days=14)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def named(body: bytes) -> str | None:
    """The reference an answer names."""
    reference: str | None = json.loads(body).get("reference")
    return reference


def connect(url: str) -> tuple[Any, int]:
    """A connection that reads one snapshot and cannot write, and which database it is: SQLite (0) or PostgreSQL (1)."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///")).resolve()
        reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        for function in (london_day, fortnight_after, named):
            reader.create_function(function.__name__, 1, function, deterministic=True)
        reader.execute("BEGIN")
        return reader, 0
    # Rows joined in pairs would take for ever. Forbidden, they cost so much on paper that all is compiled: jit=off.
    options = "-c timezone=UTC -c datestyle=ISO -c enable_nestloop=off -c jit=off"
    connection = psycopg.connect(re.sub(r"^postgresql\+\w+:", "postgresql:", url), options=options)
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection, 1


def subject(kind: str, key: object) -> str:
    """A row as people name it; an id in the 26 characters it has in addresses and files."""
    if kind == "batch":
        return f"batch {key:06d}"
    if isinstance(key, str) and re.fullmatch(r"[0-9a-f-]{36}", key):
        value = uuid.UUID(key).int
        key = "".join(ALPHABET[value >> 5 * place & 31] for place in range(25, -1, -1))
    return f"{kind} {key}"


def first_broken(connection: Any, dialect: int, check: Check) -> Broken | None:
    """The first row that breaks a check's rule, if one does."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(in_words_of(check.query, dialect))
        for row in cursor:
            if check.is_right is None or not check.is_right(row):
                columns = [column[0] for column in cursor.description]
                facts = [f"{name} {value}" for name, value in list(zip(columns, row, strict=True))[2:]]
                said = "" if check.is_right or not facts else f" ({', '.join(facts)})"
                return Broken(check.id, subject(row[0], row[1]), f"not so: {check.rule}{said}")
    return None


def audit(url: str) -> dict[str, list[Broken]]:
    """Each invariant, with what breaks it: the first row for each of its rules that is broken."""
    found: dict[str, list[Broken]] = {}
    connection, dialect = connect(url)
    with closing(connection):
        for check in checks():
            broken = first_broken(connection, dialect, check)
            found.setdefault(check.id, []).extend([broken] if broken else [])
    return found


def main(arguments: list[str]) -> int:
    """Audit the database of a URL, say so, and return the status."""
    parser = argparse.ArgumentParser(description="Audit the books by SQL alone.")
    parser.add_argument("database_url", metavar="DATABASE_URL")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    try:
        found = audit(asked.database_url)
    except (sqlite3.Error, psycopg.Error) as error:
        print(f"The books cannot be read: {error}", file=sys.stderr)
        return 2
    whole = not any(found.values())
    if asked.json:
        findings = [broken._asdict() for rows in found.values() for broken in rows]
        print(json.dumps({"whole": whole, "invariants": list(found), "findings": findings}))
        return 0 if whole else 1
    for name, rows in found.items():
        more = f" (and {len(rows) - 1} more of its rules)" if len(rows) > 1 else ""
        print(f"{name} {rows[0].subject}: {rows[0].message}{more}" if rows else f"{name} holds")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
