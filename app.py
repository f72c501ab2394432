"""The application: the only module that knows every face."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from secrets import token_bytes as draw_bytes

from flask import Flask
from jinja2 import ChainableUndefined, ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from council_office.blueprints import blueprints as office
from ledger import clock
from ledger.identifiers import TokenBytes
from ledger.settings import Settings
from merchant_portal.blueprints import blueprints as merchants
from shared_web import (
    context,
    filters,
    forgery,
    health,
    in_time,
    logs,
    metrics,
    problems,
    scheme_colours,
    security_headers,
)
from shared_web.core import EXTENSION, Core
from wallet_api.blueprints import blueprints as residents

STATIC = Path(__file__).parent / "shared_web" / "static"
LAYOUTS = {
    "/organise/": "wallet_api/organise_layout.html",
    "/merchant/": "merchant_portal/layout.html",
    "/office/": "council_office/layout.html",
    "/": "wallet_api/layout.html",
}
"""The layout of each face by the beginning of its paths, the longest first."""


class _App(Flask):
    jinja_options = {"undefined": ChainableUndefined, "trim_blocks": True, "lstrip_blocks": True}  # noqa: RUF012 (Flask's own name, read once)


def create_app(
    settings: Settings, *, now: Callable[[], datetime] = clock.now, token_bytes: TokenBytes = draw_bytes
) -> Flask:
    """The web application of one scheme; tests pass their own clock and randomness."""
    app = _App("shared_web", static_folder=STATIC)
    app.extensions[EXTENSION] = Core(settings=settings, now=now, token_bytes=token_bytes, layouts=LAYOUTS)
    _configure(app, settings)
    _find_templates(app)
    for part in (in_time, logs, forgery, security_headers, problems, filters, context, health, metrics, scheme_colours):
        part.init_app(app)
    for blueprint in (*residents(), *merchants(), *office()):
        app.register_blueprint(blueprint)
    _serve_static(app, settings)
    _trust_proxies(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    """The browser's own signed cookie: for a sign-in on its way, and the token against forged requests."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"{'__Host-' if settings.secure else ''}tallystick-browser",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    app.url_map.strict_slashes = False


def _find_templates(app: Flask) -> None:
    """Ours by their face's folder, GOV.UK's components by their package's name."""
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([FileSystemLoader(STATIC.parent / "templates"), components])  # type: ignore[assignment]  # Flask reads any loader


def _serve_static(app: Flask, settings: Settings) -> None:
    """Style and scripts straight from memory; what is vendored has its release's name and never changes."""

    def protect(headers: dict[str, str], _path: str, _url: str) -> None:
        for name, value in security_headers.headers_for(settings).items():
            headers[name] = value

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # as Flask asks of a middleware
        app.wsgi_app,
        root=STATIC,
        prefix="static/",
        max_age=600,
        immutable_file_test=lambda _path, url: "/vendor/" in url,
        add_headers_function=protect,
        allow_all_origins=False,
    )


def _trust_proxies(app: Flask, settings: Settings) -> None:
    """Believe as many proxies as the settings count about the caller's address, https and name, and no more."""
    if count := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # as Flask asks of a middleware
