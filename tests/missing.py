"""What a test does on a machine that lacks something: fail under CI=true, else skip and say what to install."""

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """End the test: the machine lacks what `reason` names, in a sentence that says how to get it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
