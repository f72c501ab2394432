"""A list of who came is read whole or refused whole, each problem told by its line and column."""

import pytest

from ledger.earning.errors import RosterFileRefused
from ledger.earning.roster_file import MOST_BYTES, as_text, hours_of, read_roster_file

TWO_HOURS = 120


def told(data: bytes, *, minutes: int = TWO_HOURS) -> list[tuple[int, str]]:
    """Where the problems of this file are."""
    with pytest.raises(RosterFileRefused) as refused:
        read_roster_file(data, minutes=minutes)
    assert all(one.words for one in refused.value.problems)
    return [(one.line, one.field) for one in refused.value.problems]


def test_a_list_names_people_and_their_hours() -> None:
    data = b"\xef\xbb\xbfEmail , HOURS\r\nAda@Example.org,1.5\r\n\r\nbola@example.org,\r\ncleo@example.org,2\r\n"
    lines = read_roster_file(data, minutes=TWO_HOURS)
    assert [(one.line, one.email, one.minutes) for one in lines] == [
        (2, "ada@example.org", 90),
        (4, "bola@example.org", 120),
        (5, "cleo@example.org", 120),
    ]


def test_a_list_of_addresses_alone_is_of_the_whole_session() -> None:
    (line,) = read_roster_file(b"email\nada@example.org", minutes=45)
    assert (line.email, line.minutes) == ("ada@example.org", 45)


def test_every_length_of_a_session_reads_back_as_the_same_minutes() -> None:
    for minutes in range(1, 24 * 60 + 1):
        (line,) = read_roster_file(f"email,hours\na@example.org,{hours_of(minutes)}\n".encode(), minutes=24 * 60)
        assert line.minutes == minutes
    lines = read_roster_file(b'email,hours\n"a@example.org","0.5"\nb@example.org,\n', minutes=80)
    again = read_roster_file(as_text(lines).encode(), minutes=80)
    assert [(one.email, one.minutes) for one in again] == [("a@example.org", 30), ("b@example.org", 80)]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", (1, "file")),
        (b"\n \n", (1, "file")),
        (b"email,hours\n", (2, "file")),
        (b"name,hours\nada@example.org,1\n", (1, "header")),
        (b"email;hours\nada@example.org;1\n", (1, "header")),
        (b"email,hours,amount\nada@example.org,1,500\n", (1, "header")),
        (b"email,hours\nada@example.org,1\nb\xe9a@example.org,1\n", (3, "file")),
        ("email\nada@example.org\n".encode("utf-16"), (1, "file")),
        (b"email,hours\nada@example.org,1\nb\0ola@example.org,1\n", (3, "file")),
        (b'email,hours\n"ada@example.org,1\n', (2, "file")),
        (b'email,hours\n"ada"@example.org,1\n', (2, "file")),
        (b"email,hours\nada,1\n", (2, "email")),
        (b"email,hours\n,1\n", (2, "email")),
        (b"email,hours\nada@example.org,1\nADA@example.org,2\n", (3, "email")),
        (b"email,hours\n=ada@example.org,1\n", (2, "email")),
        (b"email,hours\n+ada@example.org,1\n", (2, "email")),
        (b"email,hours\n\tada@example.org,1\n", (2, "email")),
        ("email,hours\n＝ada@example.org,1\n".encode(), (2, "email")),
        (b"email,hours\nada@example.org,=1+1\n", (2, "hours")),
        (b"email,hours\nada@example.org,-1\n", (2, "hours")),
        (b"email,hours\nada@example.org,two\n", (2, "hours")),
        (b"email,hours\nada@example.org,1e1\n", (2, "hours")),
        (b"email,hours\nada@example.org,1.555\n", (2, "hours")),
        (b"email,hours\nada@example.org,NaN\n", (2, "hours")),
        ("email,hours\nada@example.org,١\n".encode(), (2, "hours")),
        (b"email,hours\nada@example.org,0\n", (2, "hours")),
        (b"email,hours\nada@example.org,0.00\n", (2, "hours")),
        (b"email,hours\nada@example.org,2.02\n", (2, "hours")),
        (b"email,hours\nada@example.org,1,500\n", (2, "file")),
        (b"email\nada@example.org,1\n", (2, "hours")),
    ],
)
def test_what_cannot_be_read_is_told_by_line_and_column(data: bytes, where: tuple[int, str]) -> None:
    assert told(data) == [where]


def test_every_problem_of_a_list_is_told_up_to_twenty() -> None:
    data = b"email,hours\nada,1\nbola@example.org,x\ncleo@example.org,1\n"
    assert told(data) == [(2, "email"), (3, "hours")]
    assert len(told(b"email\n" + b"".join(b"ada%d\n" % number for number in range(90)))) == 20


def test_ex_05_a_list_without_end_is_refused_before_it_is_read() -> None:
    assert told(b"email\n" + b"".join(b"%d@example.org\n" % number for number in range(1_000_000))) == [(1, "file")]
    short = b"email\n" + b"".join(b"%d@a.uk\n" % number for number in range(101))
    assert len(short) < MOST_BYTES
    assert told(short) == [(102, "file")]
