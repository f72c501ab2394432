"""The keys of a deployment: drawn once, each in a file of its own that nobody else may read."""

import base64
from pathlib import Path

from ledger.errors import LedgerError
from ledger.identifiers import TokenBytes
from ledger.lasting import write_lasting

KEY_SETTINGS = {
    "SECRET_KEY": "secret_key",
    "TALLYSTICK_FIELD_KEYS": "field_keys",
    "TALLYSTICK_CODE_KEY": "code_key",
}
"""Which setting each file is for; a setting names its file as `<setting>_FILE`."""


class KeyExists(LedgerError):
    """A key stands in the folder already; a lost key cannot be made again, so none is written over."""

    code = "key_exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists already, and a key is never written over")
        self.path = path


def new_keys(folder: Path, token_bytes: TokenBytes) -> dict[str, Path]:
    """Draw three keys of 32 bytes into `folder` (files 0600, folder 0700); the file of each `…_FILE` setting.

    Raises KeyExists, before anything is written, where one of the files is there.
    """
    files = {setting: folder / name for setting, name in KEY_SETTINGS.items()}
    for path in files.values():
        if path.exists():
            raise KeyExists(path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for setting, path in files.items():
        write_lasting(path, f"{_text(setting, token_bytes(32))}\n".encode("ascii"))
    return {f"{setting}_FILE": path for setting, path in files.items()}


def _text(setting: str, key: bytes) -> str:
    """A Fernet key is url-safe base 64 of its 32 bytes; the others are read as hexadecimal digits."""
    return base64.urlsafe_b64encode(key).decode() if setting == "TALLYSTICK_FIELD_KEYS" else key.hex()
