"""Goes through a page by Tab as somebody without a mouse does, and says what cannot be reached, seen or followed."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, repeat
from typing import Any

from playwright.sync_api import Page

TAB = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
"""A press as the browser is told of it: one message, where the driver's own `press` takes four."""
STRIDE = 5
MOST_STRIDES = 100

CONTROLS = """() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const chosen = one => one.type !== "radio" || one.checked || ![...document.getElementsByName(one.name)].some(
    other => other.checked || (other !== one && other.compareDocumentPosition(one) & 4));
  const controls = [...document.querySelectorAll(wanted)].filter(
    one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0 && chosen(one));
  const seen = (element, part) => {
    const style = element && getComputedStyle(element, part);
    const outlined = style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return Boolean(outlined || (style && style.boxShadow !== "none"));
  };
  const stop = one => {
    const box = one.getBoundingClientRect();
    return {
      place: controls.indexOf(one),
      html: one.outerHTML.slice(0, 100),
      seen: seen(one) || seen(one, "::after") || seen(one.nextElementSibling, "::before")
        || seen(one.closest(".govuk-input__wrapper")),
      left: box.left + scrollX, right: box.right + scrollX, top: box.top + scrollY, bottom: box.bottom + scrollY,
    };
  };
  document.querySelector(".govuk-skip-link").focus();
  window.walk?.abort();
  const {signal} = window.walk = new AbortController();
  window.stops = [];
  addEventListener("focusin", event => window.stops.push(stop(event.target)), {signal});
  addEventListener("focusout", event => event.relatedTarget || window.stops.push({place: 0}), {signal});
  return controls.map(one => one.outerHTML.slice(0, 100));
}"""
"""What should be reached, in the order of the document (of radio buttons Tab reaches one); each stop is kept by the
page itself, so that many presses need one question. To leave the page is kept as a stop at the skip link. A page may
be gone through again: what listened before listens no more."""

LEFT_OFF = "count => window.stops.length === count || window.stops.slice(count).some(stop => stop.place === 0)"
"""Whether the focus has left the page or rested since there were `count` stops."""


def tab_faults(page: Page) -> Iterator[str]:
    """A line for each control that Tab misses, reaches against the order that is seen, or shows no focus on."""
    controls = page.evaluate(CONTROLS)
    stops = list(_stops(page, len(controls)))
    reached = {stop["place"] for stop in stops}
    yield from (f"no Tab leads to {html}" for place, html in enumerate(controls) if place and place not in reached)
    yield from (f"focus is not seen on {stop['html']}" for stop in stops if not stop["seen"])
    for before, after in pairwise(stops):
        if _goes_back(before, after):
            yield f"Tab goes back from {before['html']} to {after['html']}"


def _stops(page: Page, controls: int) -> Iterator[Mapping[str, Any]]:
    """Where Tab stops after the skip link, until it leaves the page or comes to where it has been."""
    _walk(page, controls)
    seen: set[int] = set()
    for stop in page.evaluate("() => window.stops"):
        if stop["place"] == 0 or stop["place"] in seen:
            return
        seen |= {stop["place"]} - {-1}
        yield stop


def _walk(page: Page, controls: int) -> None:
    """Press Tab once for each control, which leaves most pages, then on until the walk is over.

    A stride goes far enough for a field that takes several presses.
    """
    keyboard = page.context.new_cdp_session(page)
    for presses in (controls, *repeat(STRIDE, MOST_STRIDES)):
        before = page.evaluate("() => window.stops.length")
        for _ in range(presses):
            keyboard.send("Input.dispatchKeyEvent", TAB)
        if page.evaluate(LEFT_OFF, before):
            return
    raise AssertionError(f"Tab finds no end on {page.url}")


def _goes_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a stop stands above the one before it and is no column to its right, or to the left on its line."""
    above = after["bottom"] <= before["top"] and after["left"] < before["right"]
    middle = (after["top"] + after["bottom"]) / 2
    on_its_line = before["top"] < middle < before["bottom"] and after["bottom"] - after["top"] < 60
    return bool(above or (on_its_line and after["right"] <= before["left"]))
