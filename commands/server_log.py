"""The lines of gunicorn itself, through the log of every process."""

import logging
from typing import Any

from gunicorn.glogging import Logger


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Hands gunicorn's lines to the root logger, and writes no access log: requests are logged by the application."""

    def setup(self, cfg: Any) -> None:
        """Leave every line to the root logger's handler."""
        self.cfg = cfg
        self.error_log.setLevel(logging.INFO)
        self.error_log.propagate = True

    def access(self, *_arguments: Any) -> None:
        """Nothing: the application logs each request by its route."""
