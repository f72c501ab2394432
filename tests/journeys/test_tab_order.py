"""The walk by Tab finds what it is there to find; the pages themselves are walked with `problems_of_pages`."""

import pytest
from playwright.sync_api import Browser

from tests.journeys.tab_order import tab_faults

PAGE = """<!doctype html><html lang="en"><title>x</title>
<style>:focus {{ outline: 3px solid }} .govuk-skip-link {{ position: absolute }} {style}</style>
<a class="govuk-skip-link" href="#main">Skip</a>{body}"""
TWO = '<p><a href="/one">One</a></p><p><a href="/two">Two</a></p>'


@pytest.mark.parametrize(
    ("body", "style", "fault"),
    [
        (TWO, "", ""),
        ('<p><a href="/one" tabindex="2">One</a></p><p><a href="/two" tabindex="1">Two</a></p>', "", "no Tab leads to"),
        (TWO, "a:focus { outline: none }", "focus is not seen"),
        (TWO, "p:last-child { position: absolute; top: 0 }", "goes back"),
        ('<div inert><button>One</button></div><a href="/two">Two</a>', "", "no Tab leads to"),
        ('<input type="radio" name="a" id="b"><input type="radio" name="a" checked>', "", ""),
    ],
)
def test_a_page_that_cannot_be_walked_is_told(chromium: Browser, body: str, style: str, fault: str) -> None:
    with chromium.new_context(viewport={"width": 800, "height": 600}) as context:
        page = context.new_page()
        page.set_content(PAGE.format(body=f'<div style="margin-top: 60px">{body}</div>', style=style))
        found = list(tab_faults(page))
    assert any(fault in one for one in found) if fault else found == []
