"""The first page: home for a resident who is in, a welcome for a stranger, the three doors in the demo."""

from flask import Blueprint, g, render_template

from shared_web.core import settings
from shared_web.demo_town import TOWN_FILE, DemoTown, read_demo_town
from wallet_api.pages.home import show_home

pages = Blueprint("front", __name__)


@pages.get("/")
def show() -> str:
    """Whichever of the three it is."""
    if g.signed_in:
        return show_home()
    town = demo_town()
    if town is None:
        return render_template("wallet_api/welcome.html")
    return render_template("wallet_api/front.html", town=town)


def demo_town() -> DemoTown | None:
    """The demo's town; None on a real deployment, or where it was not built."""
    built = settings().demo and (settings().data / TOWN_FILE).exists()
    return read_demo_town(settings().data) if built else None
