"""Fields of ours are drawn as GOV.UK components, with what people typed kept and what is wrong said twice."""

from datetime import date

import html5lib
import pytest
from flask import Flask, render_template_string
from jinja2 import ChainableUndefined, ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from shared_web.date_parts import DatePartsField
from shared_web.forms import TallystickForm


class LinkForm(TallystickForm):
    account = StringField(
        "Account number", description="9 digits", validators=[InputRequired("Enter your account number")]
    )
    on_bill = RadioField(
        "Is your name on the bill?",
        choices=[SelectChoice("yes", "Yes"), SelectChoice("no", "No")],
        validators=[InputRequired("Say whether your name is on the bill")],
    )
    agree = BooleanField("This is right")
    starts_on = DatePartsField("Which day?")
    idempotency_key = HiddenField(default="key-1")


PAGE = """{% import "shared_web/forms.html" as forms with context %}{{ forms.error_summary(form) }}
{{ forms.form_open(form, "/link") }}{{ forms.digits(form.account) }}{{ forms.radios(form.on_bill) }}
{{ forms.tick(form.agree) }}{{ forms.date(form.starts_on) }}{{ forms.button("Continue") }}{{ forms.form_close() }}"""


@pytest.fixture
def application():
    application = Flask(__name__)
    application.jinja_options = {"undefined": ChainableUndefined, "trim_blocks": True, "lstrip_blocks": True}
    application.config.update(SECRET_KEY="for this test only", WTF_CSRF_ENABLED=False)
    application.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(f"{application.root_path}/../../shared_web/templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    return application


def drawn(application, typed):
    """The form as sent with `typed`: the form, and the page it is drawn on as a tree."""
    with application.test_request_context(method="POST", data=typed):
        form = LinkForm()
        form.validate()
        page = f"<!DOCTYPE html><title>t</title>{render_template_string(PAGE, form=form)}"
        return form, html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def test_the_summary_lists_every_problem_and_links_to_its_field(application):
    _form, page = drawn(application, {})
    links = page.findall(".//*[@class='govuk-list govuk-error-summary__list']//a")

    assert [(link.get("href"), link.text) for link in links] == [
        ("#account", "Enter your account number"),
        ("#on_bill", "Say whether your name is on the bill"),
    ]
    assert all(page.find(f".//*[@id='{link.get('href')[1:]}']") is not None for link in links)


def test_what_was_typed_is_kept(application):
    _form, page = drawn(application, {"account": "2000 1243 5", "agree": "y", "starts_on-day": "31"})

    assert page.find(".//*[@id='account']").get("value") == "2000 1243 5"
    assert page.find(".//*[@id='agree']").get("checked") is not None
    assert page.find(".//*[@id='starts_on-day']").get("value") == "31"


def test_every_hidden_field_is_drawn_once_and_without_an_id(application):
    _form, page = drawn(application, {"idempotency_key": "key-7"})
    hidden = page.findall(".//input[@type='hidden']")

    assert [(field.get("name"), field.get("value"), field.get("id")) for field in hidden] == [
        ("idempotency_key", "key-7", None)
    ]


def test_the_hint_and_the_error_are_read_with_the_field(application):
    _form, page = drawn(application, {})

    assert page.find(".//*[@id='account']").get("aria-describedby") == "account-hint account-error"


@pytest.mark.parametrize(
    ("day", "month", "year", "expected"),
    [
        ("30", "11", "2026", date(2026, 11, 30)),
        (" 3 ", "02", "2027", date(2027, 2, 3)),
        ("31", "11", "2026", None),
        ("", "11", "2026", None),
        ("²", "11", "2026", None),
    ],
)
def test_a_date_is_read_from_its_three_parts(application, day, month, year, expected):
    form, _page = drawn(application, {"starts_on-day": day, "starts_on-month": month, "starts_on-year": year})

    assert form.starts_on.data == expected
    assert form.starts_on.errors == ([] if expected else ["Enter a date like 30 11 2026"])


def test_a_wrong_date_is_linked_to_its_day(application):
    form, _page = drawn(application, {"account": "1", "on_bill": "yes", "starts_on-day": "31", "starts_on-month": "2"})

    assert [(problem.text, problem.href) for problem in form.problems()] == [
        ("Enter a date like 30 11 2026", "#starts_on-day")
    ]
