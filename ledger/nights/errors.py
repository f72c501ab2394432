"""What a night refuses."""

from datetime import date

from ledger.errors import LedgerError


class AlreadyRunning(LedgerError):
    """Somebody else is running this night, and was heard of a moment ago."""

    code = "already_running"

    def __init__(self, *, business_date: date) -> None:
        super().__init__(f"The night of {business_date.isoformat()} is already running.")
        self.business_date = business_date


class NightNotWhole(LedgerError):
    """The checks of this night found the books not whole: until they are, nothing leaves."""

    code = "night_not_whole"

    def __init__(self, *, business_date: date) -> None:
        super().__init__(f"The books were not whole on the night of {business_date.isoformat()}: nothing leaves yet.")
        self.business_date = business_date


class NightLost(LedgerError):
    """This runner was silent for so long that another took its night over: it must not go on."""

    code = "night_lost"

    def __init__(self, *, business_date: date) -> None:
        super().__init__(f"Another runner took over the night of {business_date.isoformat()}.")
        self.business_date = business_date
