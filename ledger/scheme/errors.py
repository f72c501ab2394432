"""What the scheme's settings refuse."""

from ledger.errors import LedgerError


class SettingTooLate(LedgerError):
    """The day from which a proposed setting was to hold has come before anybody approved it."""

    code = "setting_too_late"
