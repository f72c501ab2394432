"""WB-05: every field in which somebody may write words is sent a text that would be a program in a careless page."""

import random
from pathlib import Path

import pytest

from tests import amount_fields
from tests.amount_fields import Named
from tests.drawn import SEED
from tests.journeys.hostile_faces import journeys_of
from tests.journeys.test_hostile_pages import FITTING, demo
from tests.text_fields import forms_with_texts, seen_to_be_sent, texts_of_forms
from tests.web_town import WebTown

pytestmark = pytest.mark.slow
__all__ = ["demo"]

WITHOUT = Path(__file__).parent / "fields_without_texts.txt"
BY_NO_VIEW = {
    "FreshForm": "the base of other forms",
    "NearForm": "asked by an address, which hostile_faces.py opens with a text",
    "SearchForm": "asked by an address, which hostile_office.py opens with a text",
    "LookUpSearchForm": "asked by an address, which hostile_office.py opens with a text",
    "EmailForm": "a door's own: takes an e-mail address",
    "DigitsForm": "a door's own: takes six digits",
    "AppForm": "a door's own: takes six digits",
}
"""Forms with text fields that no view which is sent to names, and why."""


def without_texts() -> dict[tuple[str, str], str]:
    """The fields that are sent no text, as a second person reviewed them, and what each takes."""
    lines = [line.split(maxsplit=2) for line in WITHOUT.read_text(encoding="utf-8").splitlines()]
    return {(line[0], line[1]): line[2] for line in lines if line and line[0] != "#"}


def test_wb_05_every_text_field_is_sent_a_text_or_reviewed_as_one_that_takes_none(demo: WebTown) -> None:
    texts = random.Random(f"{SEED} fields").sample(FITTING, len(FITTING))

    with seen_to_be_sent(demo.app, frozenset(texts)) as (taken, refused):
        journeys_of(demo, texts)

    fields, reviewed = texts_of_forms(demo.app), set(without_texts())
    assert len(fields) > 50
    assert told(fields - taken - reviewed) == [], "send a text in these, or write down what else they take"
    assert told(reviewed - fields) == [], "these are no fields any more"
    assert told(reviewed & taken) == [], "these are sent one"
    assert told(refused) == [], "a text that was refused is on no page"


def test_no_form_with_a_text_field_is_out_of_sight(demo: WebTown) -> None:
    named = {one for _rule, found in amount_fields.sending(demo.app) for one in found}

    assert {form.__name__ for form in forms_with_texts() - named} == set(BY_NO_VIEW)


def test_a_field_without_texts_says_what_it_takes() -> None:
    assert [field for field, what in without_texts().items() if len(what.split()) < 2] == []


def told(fields: Named) -> list[str]:
    """Fields as a failing test lists them."""
    return sorted(" ".join(one) for one in fields)
