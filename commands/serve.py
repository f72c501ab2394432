"""`tallystick serve`: the service, by gunicorn, two processes of four threads each."""

from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from app import create_app
from commands.environment import current_engine, takes_settings
from ledger.settings import Settings

WORKERS, THREADS = 2, 4


class _Service(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with settings of ours, and no command line of its own."""

    def __init__(self, application: Flask, options: dict[str, Any]) -> None:
        self.application, self.options = application, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.application


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@takes_settings
def command(settings: Settings, host: str, port: int) -> None:
    """Serve the scheme until stopped."""
    with current_engine(settings):
        click.echo(f"Serving {settings.scheme.name} at {settings.base_url}, on {host} port {port}.", err=True)
    serve(settings, host=host, port=port)


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Run the application; each process makes its own engine after it was forked."""
    _Service(create_app(settings), options(host, port)).run()


def options(host: str, port: int) -> dict[str, Any]:
    """gunicorn's settings: no log of addresses, no word of a proxy that the settings do not count."""
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": WORKERS,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 30,
        "graceful_timeout": 10,
        "keepalive": 5,
        "accesslog": None,
        "logger_class": "commands.server_log.ServerLog",
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "limit_request_line": 4094,
    }
