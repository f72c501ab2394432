"""What stops a wind-down: then nothing stands under the name of its folder."""

from pathlib import Path

from ledger.errors import LedgerError


class FolderTaken(LedgerError):
    """Something has the folder's name already; nobody's files are written over."""

    code = "folder_taken"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is there already: name a folder that is not, so that nothing is written over")
        self.folder = folder


class BalancesDiffer(LedgerError):
    """What residents or shops have together is not what the trial balance says; run check-books."""

    code = "balances_differ"

    def __init__(self, *, kind: str, unit: str) -> None:
        super().__init__(f"files of {kind} in {unit} do not come to what the books say: run `tallystick check-books`")
        self.kind = kind
        self.unit = unit
