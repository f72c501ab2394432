"""Goes through a page by Tab as somebody without a mouse does, and says what cannot be reached, seen or followed."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 400

CONTROLS = """() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const chosen = one => one.type !== "radio" || one.checked || ![...document.getElementsByName(one.name)].some(
    other => other.checked || (other !== one && other.compareDocumentPosition(one) & 4));
  window.controls = [...document.querySelectorAll(wanted)].filter(
    one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0 && chosen(one));
  document.querySelector(".govuk-skip-link").focus();
  return window.controls.map(one => one.outerHTML.slice(0, 100));
}"""
"""What should be reached, in the order of the document; of radio buttons Tab reaches one."""

FOCUSED = """() => {
  const one = document.activeElement;
  const seen = (element, part) => {
    const style = element && getComputedStyle(element, part);
    const outlined = style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return Boolean(outlined || (style && style.boxShadow !== "none"));
  };
  const box = one.getBoundingClientRect();
  return {
    place: window.controls.indexOf(one),
    html: one.outerHTML.slice(0, 100),
    seen: seen(one) || seen(one, "::after") || seen(one.nextElementSibling, "::before"),
    left: box.left + scrollX, right: box.right + scrollX, top: box.top + scrollY, bottom: box.bottom + scrollY,
  };
}"""


def tab_faults(page: Page) -> Iterator[str]:
    """A line for each control that Tab misses, reaches against the order that is seen, or shows no focus on."""
    controls = page.evaluate(CONTROLS)
    stops = list(_stops(page))
    reached = {stop["place"] for stop in stops}
    yield from (f"no Tab leads to {html}" for place, html in enumerate(controls) if place and place not in reached)
    yield from (f"focus is not seen on {stop['html']}" for stop in stops if not stop["seen"])
    for before, after in pairwise(stops):
        if _goes_back(before, after):
            yield f"Tab goes back from {before['html']} to {after['html']}"


def _stops(page: Page) -> Iterator[Mapping[str, Any]]:
    """Where Tab stops after the skip link, until it leaves the page."""
    seen: set[int] = set()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["place"] < 0 or stop["place"] in seen or stop["place"] == 0:
            return
        seen.add(stop["place"])
        yield stop


def _goes_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a stop stands above the one before it and is no column to its right, or to the left on its line."""
    above = after["bottom"] <= before["top"] and after["left"] < before["right"]
    middle = (after["top"] + after["bottom"]) / 2
    on_its_line = before["top"] < middle < before["bottom"] and after["bottom"] - after["top"] < 60
    return bool(above or (on_its_line and after["right"] <= before["left"]))
