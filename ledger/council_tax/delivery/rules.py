"""How a delivery ends, and what a name that leaves the building may be."""

import re
from enum import StrEnum

from ledger.errors import InvalidField

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(?:\.[A-Za-z0-9]{1,8}){1,4}", re.ASCII)


class Outcome(StrEnum):
    """How one try ended; after `differs` somebody must look before anything more is sent."""

    DELIVERED = "delivered"
    THERE_ALREADY = "there_already"
    DIFFERS = "differs"
    FAILED = "failed"


ARRIVED = (Outcome.DELIVERED, Outcome.THERE_ALREADY)
"""Outcomes after which the file stands where it goes."""


def check_name(name: str) -> str:
    """The name itself, if it can only be a file of the folder it is put into. Raises InvalidField."""
    if not _NAME.fullmatch(name):
        raise InvalidField("file name", "letters, digits, - and _, then an ending")
    return name
