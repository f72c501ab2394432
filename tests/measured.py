"""When and where a page of figures came about, as it says of itself."""

import os
import platform
import subprocess
from datetime import UTC, datetime

from tests import postgresql_server


def when() -> str:
    """The day, and the commit that was measured: "28 November 2026, commit c5c0652"."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return f"{datetime.now(UTC):%-d %B %Y}, commit {commit.stdout.strip() or 'unknown'}"


def where() -> str:
    """The machine: its cores, its Python, its PostgreSQL."""
    server = postgresql_server.describe().split(",")[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {server}"
