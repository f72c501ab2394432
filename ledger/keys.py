"""The keys of a deployment: drawn once, each in a file of its own that nobody else may read, and rotated there."""

import base64
from pathlib import Path

from ledger.errors import LedgerError
from ledger.identifiers import TokenBytes
from ledger.lasting import write_lasting

FIELD_KEYS = "TALLYSTICK_FIELD_KEYS"
KEY_SETTINGS = {
    "SECRET_KEY": "secret_key",
    FIELD_KEYS: "field_keys",
    "TALLYSTICK_CODE_KEY": "code_key",
}
"""Which setting each file is for; a setting names its file as `<setting>_FILE`."""


class KeyExists(LedgerError):
    """A key stands in the folder already; a lost key cannot be made again, so none is written over."""

    code = "key_exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists already, and a key is never written over")
        self.path = path


class NoSuchKey(LedgerError):
    """There is no key of this name to rotate."""

    code = "no_such_key"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not there: `tallystick keys new` draws the keys of a new deployment")
        self.path = path


class KeysInUse(LedgerError):
    """Something is sealed with an earlier field key, or the service is given another newest one than the folder has."""

    code = "keys_in_use"


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


def rotate_key(folder: Path, name: str, token_bytes: TokenBytes) -> Path:
    """Draw one of the keys of a folder anew, in the same file, absent or complete; the file.

    A new field key goes in front of those that stand there, which go on opening what they sealed; the other two are
    replaced. Raises NoSuchKey where there is none to rotate.
    """
    path = folder / name
    try:
        standing = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise NoSuchKey(path) from error
    setting = next(setting for setting, file in KEY_SETTINGS.items() if file == name)
    drawn = f"{_text(setting, token_bytes(32))}\n"
    write_lasting(path, (drawn + standing if setting == FIELD_KEYS else drawn).encode("ascii"))
    return path


def earlier_field_keys(folder: Path, *, newest: str) -> int:
    """How many field keys stand in a folder behind the newest, which the settings have too.

    Raises NoSuchKey where there are none, KeysInUse where another is the newest.
    """
    path = folder / KEY_SETTINGS[FIELD_KEYS]
    try:
        first, *earlier = path.read_text(encoding="ascii").replace(",", " ").split()
    except (FileNotFoundError, ValueError) as error:
        raise NoSuchKey(path) from error
    if first != newest:
        raise KeysInUse("The newest field key of this folder is not the one in the settings.")
    return len(earlier)


def retire_field_keys(folder: Path, *, newest: str) -> None:
    """Leave the newest field key alone in its file, absent or complete; what it does not open is lost with the others.

    Raises as `earlier_field_keys`.
    """
    earlier_field_keys(folder, newest=newest)
    write_lasting(folder / KEY_SETTINGS[FIELD_KEYS], f"{newest}\n".encode("ascii"))


def _text(setting: str, key: bytes) -> str:
    """A Fernet key is url-safe base 64 of its 32 bytes; the others are read as hexadecimal digits."""
    return base64.urlsafe_b64encode(key).decode() if setting == FIELD_KEYS else key.hex()
