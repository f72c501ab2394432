"""No amount field of a JSON route or a form takes a hostile amount: 4xx, words that help, no row changed (AM-01)."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ledger.identifiers import to_text
from ledger.money import MOST_FROM_PEOPLE
from ledger.schema import metadata
from shared_web.fields import NOT_AN_AMOUNT
from shared_web.problems import API_SENTENCES, PROBLEM_JSON
from tests import amount_fields
from tests.book.rows import contents
from tests.databases import POSTGRESQL_WHEN_LONG
from tests.drawn import Few, few
from tests.harness.amount_askers import Askers
from tests.hostile_amounts import JSON_AMOUNTS, TYPED_AMOUNTS
from tests.merchant_portal.deli import Deli
from tests.web_town import Visitor, WebTown, text_of

pytestmark = pytest.mark.slow

BY_HAND = {
    "/code": "most",
    "/council-tax/apply": "amount",
    "/council-tax/apply/check": "amount",
    "/merchant/till/type": "amount",
    "/merchant/till/unlock": "amount",
}
"""Where a view reads an amount itself, and the name of the field."""
ONLY_CARRIED = {("/merchant/till/unlock", "amount")}
"""An amount that waits while somebody unlocks the till; a bad one is left out of the way back, see below."""
KEEPS_ITS_REFUSAL = {("/council-tax/apply/check", "amount")}
"""What moves value under a key keeps a final refusal under it: a row in each of KEPT_IN, and nowhere else, is added."""
KEPT_IN = {"requests", "audit_rows"}
OF_A_PROGRAMME = {"one penny too many", "a million", "seven digits"}
"""What is too much for anybody but a whole programme."""
TAKES_TOO = {
    ("/code", "most"): {"nothing"},
    ("/office/programmes/new", "ceiling"): {"nothing", "a space"} | OF_A_PROGRAMME,
    ("/office/programmes/<text>/ceiling", "amount"): OF_A_PROGRAMME,
}
"""Where nothing typed is no limit, or more is an amount."""
TOLD_AT_A_FIELD = re.compile(r'id="([\w-]+)-error" class="govuk-error-message">\s*<span[^>]*>Error:</span>([^<]*)<')
SAYS_HOW_MUCH = re.compile(r"Enter an amount|Enter [0-9.,]+ or|More than this till|You have|may be used|is left")
HOSTILE = TYPED_AMOUNTS | {"nothing": b"", "one penny too many for a programme": b"10000000.01"}


__all__ = ["few"]


@pytest.fixture
def askers(web_town: WebTown) -> Askers:
    return Askers(town=web_town)


def rows_of(town: WebTown) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {table.name: contents(town.engine, table) for table in metadata().sorted_tables}


def rows_kept(town: WebTown) -> dict[str, int]:
    """How many rows there are in the tables where refusals are kept."""
    with town.engine.connect() as connection:
        counts = {name: select(func.count()).select_from(metadata().tables[name]) for name in KEPT_IN}
        return {name: connection.scalar(query) for name, query in counts.items()}


def changed(town: WebTown, before: dict[str, list[tuple[Any, ...]]]) -> set[str]:
    """The tables that are not as they were."""
    after = rows_of(town)
    return {name for name, rows in before.items() if rows != after[name]}


def wrongly_answered(
    send: Callable[[str, bytes], TestResponse],
    name: str,
    amounts: dict[str, bytes],
    helps: Callable[[TestResponse, str], bool],
) -> Iterator[str]:
    """What of these amounts is answered otherwise than by a refusal that helps."""
    for what, amount in amounts.items():
        answer = send(name, amount)
        if not (400 <= answer.status_code < 500 and helps(answer, name)):
            yield f"{what}: {answer.status_code} {answer.text[:300]}"


def helps_a_program(answer: TestResponse, name: str) -> bool:
    """A problem with its stable code that says which field and what may stand there, or what the body must be."""
    told = answer.get_json() if answer.content_type == PROBLEM_JSON else {}
    of_the_field = told.get("code") == "invalid" and told.get("field") == name and told["detail"] == NOT_AN_AMOUNT
    of_the_body = told.get("code") == "malformed" and told["detail"] == API_SENTENCES[400]
    return answer.status_code == (422 if of_the_field else 400) and (of_the_field or of_the_body)


def helps_a_person(answer: TestResponse, name: str) -> bool:
    """Words at this field alone that say what to enter, or how much may be; an address of no amount is no page."""
    if answer.status_code != 422:
        return "We cannot find that page" in text_of(answer)
    told = TOLD_AT_A_FIELD.findall(answer.text) or [(name, text_of(answer))]
    return all(at == name and SAYS_HOW_MUCH.search(words) for at, words in told)


def test_there_are_amounts_enough() -> None:
    assert len(set(JSON_AMOUNTS.values())) == len(JSON_AMOUNTS) >= 80
    assert len(set(TYPED_AMOUNTS.values())) == len(TYPED_AMOUNTS) >= 80


def test_every_amount_field_is_among_those_that_are_tried(askers: Askers) -> None:
    app = askers.town.app
    typed = amount_fields.amounts_of_forms(app) | set(BY_HAND.items())

    assert amount_fields.amounts_of_json(app) == set(askers.json)
    assert amount_fields.read_by_hand(app) == set(BY_HAND)
    assert typed - ONLY_CARRIED == set(askers.forms)


def test_no_view_reads_json_without_a_schema_and_no_amount_is_out_of_sight(askers: Askers) -> None:
    app = askers.town.app
    used = amount_fields.used(app)

    assert amount_fields.without_schema(app) == []
    assert amount_fields.schemas_with_amounts() <= used
    assert amount_fields.forms_with_amounts() <= used


def test_no_amount_field_of_the_api_takes_a_hostile_amount(askers: Askers) -> None:
    before = rows_of(askers.town)
    found = {
        named: wrong
        for named, asked in askers.json.items()
        if (wrong := list(wrongly_answered(asked.send_json, named[1], JSON_AMOUNTS, helps_a_program)))
    }

    assert found == {}
    assert changed(askers.town, before) == set()


@POSTGRESQL_WHEN_LONG
def test_no_amount_field_of_a_form_takes_a_hostile_amount(askers: Askers, few: Few) -> None:
    before, found = rows_of(askers.town), {}
    for named, asked in askers.forms.items():
        amounts = {what: HOSTILE[what] for what in few(sorted(HOSTILE.keys() - TAKES_TOO.get(named, set())), 20)}
        kept = rows_kept(askers.town)
        if wrong := list(wrongly_answered(asked.send_form, named[1], amounts, helps_a_person)):
            found[named] = wrong
        added = len(amounts) if named in KEEPS_ITS_REFUSAL else 0
        assert rows_kept(askers.town) == {name: rows + added for name, rows in kept.items()}, named

    assert found == {}
    assert changed(askers.town, before) == KEPT_IN


def test_good_amounts_in_the_same_places_are_taken(askers: Askers) -> None:
    """So it was the amount alone that was refused. Each takes what the one before it left, the codes' own last."""
    order = sorted(askers.forms, key=lambda named: (named[0].startswith("/code"), named[0].endswith("/take")))
    taken = askers.json["/merchant/api/v1/redemptions", "amount"].send_json("amount", b"100")
    answers = {named: askers.forms[named].send_form(named[1], askers.forms[named].good.encode()) for named in order}
    issued = askers.json["/api/v1/codes", "cap"].send_json("cap", b"100")

    assert (taken.status_code, issued.status_code) == (201, 201)
    assert {named: answer.status_code for named, answer in answers.items()} == dict.fromkeys(order, 303)


def test_a_hostile_amount_that_waits_while_a_till_is_unlocked_is_left_behind(web_town: WebTown, few: Few) -> None:
    deli = Deli(town=web_town)
    till: Visitor = deli.till(unlocked=False)
    for amount in few(list(TYPED_AMOUNTS.values()), 20):
        target, filled = till.filled("/merchant/till", "/merchant/till/unlock")
        sent = filled | {"operator": to_text(deli.rosa_id), "pin": "735190"}
        pairs = urlencode({name: value for name, value in sent.items() if name != "amount"})
        answer = till.client.post(
            target,
            data=f"{pairs}&amount={quote_from_bytes(amount, safe='')}",
            content_type="application/x-www-form-urlencoded",
        )
        assert (answer.status_code, answer.location) == (303, "/merchant/till"), amount
        till.fill("/merchant/menu", "/merchant/till/lock")


def is_an_amount(value: Any) -> bool:
    """Whether a field must take this value."""
    return type(value) is int and 1 <= value <= MOST_FROM_PEOPLE


IN_RANGE = st.integers(1, MOST_FROM_PEOPLE)
NEAR_MISSES = st.floats(1, MOST_FROM_PEOPLE) | IN_RANGE.map(str) | IN_RANGE.map(float) | IN_RANGE.map(lambda one: [one])
NUMBERS = st.integers() | st.integers(MOST_FROM_PEOPLE + 1) | st.integers(max_value=0) | st.floats()
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec=None), max_size=40)
NESTED = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)
ANY_JSON = st.one_of(NEAR_MISSES, LEAVES, NESTED)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(value=ANY_JSON.filter(lambda value: not is_an_amount(value)), place=st.integers(0, 1))
def test_every_json_value_that_is_no_amount_is_refused(askers: Askers, value: Any, place: int) -> None:
    (_, name), asked = sorted(askers.json.items(), key=lambda one: one[0])[place]

    answer = asked.send_json(name, json.dumps(value).encode())

    assert helps_a_program(answer, name), answer.text
