"""Somebody who has a keyboard and a browser that runs no scripts, and nothing else."""

from dataclasses import dataclass

from playwright.sync_api import Page

MOST_STOPS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """Moves by Tab, acts by Enter and Space, and knows where it is by what a screen reader would say."""

    page: Page

    def open(self, url: str) -> None:
        """Type an address."""
        self.page.goto(url)

    def where(self) -> str:
        """The focused element's role and name, such as `button "Continue"`; "" where nothing is focused."""
        focused = self.page.locator("*:focus")
        return focused.aria_snapshot().removeprefix("- ") if focused.count() else ""

    def reach(self, name: str) -> None:
        """Press Tab until the focus is on something whose role and name hold `name`."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            if name in self.where():
                return
        raise AssertionError(f"no Tab leads to {name} on {self.page.url}")

    def type(self, name: str, text: str) -> None:
        """Type into a field."""
        self.reach(name)
        self.page.keyboard.type(text)

    def choose(self, name: str) -> None:
        """Tick a box or choose among radio buttons."""
        self.reach(name)
        self.page.keyboard.press("Space")

    def press(self, name: str) -> None:
        """Press a button or follow a link, and wait for the page it leads to."""
        self.reach(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
