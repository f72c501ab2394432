"""What stops a delivery."""

from pathlib import PurePath

from ledger.errors import LedgerError


class DeliveryDiffers(LedgerError):
    """Where the file goes, something else has its name: nothing is sent until somebody has looked."""

    code = "delivery_differs"

    def __init__(self, path: PurePath) -> None:
        super().__init__(f"{path} is there already and is not what we send: find out who wrote it before sending more")
        self.path = path


class DeliveryFailed(LedgerError):
    """The file could not be put where it goes, or not shown to stand there whole; `problem` says why. Try again."""

    code = "delivery_failed"

    def __init__(self, problem: str) -> None:
        super().__init__(f"the file was not delivered: {problem}")
        self.problem = problem


class ExtraMissing(LedgerError):
    """What this delivery needs is not installed; `extra` is its name."""

    code = "extra_missing"

    def __init__(self, extra: str) -> None:
        super().__init__(f"this needs tallystick[{extra}]: pip install 'tallystick[{extra}]'")
        self.extra = extra
