"""Requests that change something come from our own pages: by their token, and by where the browser says it is."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import Forbidden

from shared_web.core import settings
from shared_web.room import LARGEST_BODY, make_room

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


def init_app(app: Flask) -> None:
    """Refuse what another site sends, what has no token of ours, and what is too large."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_keep_body)
    app.before_request(_refuse_other_sites)
    CSRFProtect(app)


def _keep_body() -> None:
    """Read the body once, before a form is parsed from it: what a key is bound to is its bytes."""
    if request.method not in _SAFE_METHODS:
        make_room()
        request.get_data(cache=True)


def _refuse_other_sites() -> None:
    """A browser says where a request comes from; what comes from elsewhere is refused, whatever token it has."""
    if request.method in _SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden
    origin = request.headers.get("Origin", "null")
    if origin != "null" and origin not in (settings().base_url, _own_origin()):
        raise Forbidden


def _own_origin() -> str:
    parts = urlsplit(request.host_url)
    return f"{parts.scheme}://{parts.netloc}"
