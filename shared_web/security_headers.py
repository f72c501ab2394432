"""What every answer tells the browser: load nothing but ours, show us in no frame, keep no copy."""

from collections.abc import Mapping

from flask import Flask, Response, g

from ledger.settings import Settings
from shared_web.core import settings

CONTENT_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
NO_DEVICES = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
A_YEAR = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    """Put the headers on every answer, refusals and failures included."""
    app.after_request(_protect)


def allow_camera() -> None:
    """Let the page that is being answered use the camera and our decoder: the till's scan page alone."""
    g.camera = True


def headers_for(made_with: Settings, *, camera: bool = False) -> Mapping[str, str]:
    """The headers of an answer that do not depend on who is signed in."""
    policy = {**CONTENT_POLICY, "script-src": "'self' 'wasm-unsafe-eval'"} if camera else CONTENT_POLICY
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": NO_DEVICES.replace("camera=()", "camera=(self)") if camera else NO_DEVICES,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if made_with.secure:
        headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    return headers


def _protect(response: Response) -> Response:
    response.headers.update(headers_for(settings(), camera=g.get("camera", False)))
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
