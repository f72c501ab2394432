"""Reads one setting's text each, and says in a sentence what is wrong with it."""

import re
from collections.abc import Callable
from datetime import date, time
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from environs import ValidationError

from ledger.money import Amount, NotAnAmount, parse_amount, parse_plain

DEFAULT_COLOUR, DEFAULT_HOVER_COLOUR = "#4a1d4f", "#331237"
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_SPAN = re.compile(r"[0-9-]{10}\.\.[0-9-]{10}", re.ASCII)
_HOST_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2}( .*)?", re.ASCII)
_CHECK_RULE = re.compile(r"none|mod10:[1-9]{4,14}|mod11:[1-9]{4,14}|mod97", re.ASCII)


def amount(text: str) -> Amount:
    """Minor units of an amount of credits like "40.00"."""
    try:
        return parse_amount(text)
    except NotAnAmount:
        raise ValidationError("must be an amount of credits like 40.00.") from None


def amount_above_nothing(text: str) -> Amount:
    """As `amount`, of what would stop the scheme if it were 0.00."""
    found = amount(text)
    if not found:
        raise ValidationError("must be more than 0.00.")
    return found


def large_amount(text: str) -> Amount:
    """Minor units of an amount of pounds or credits like "25000.00", as large as the scheme's own may be."""
    try:
        return parse_plain(text)
    except NotAnAmount:
        raise ValidationError("must be an amount like 25000.00, without commas.") from None


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A reader of a whole number within its range."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValidationError(f"must be a whole number from {least} to {most}.")
        return int(text)

    return read


def time_of_day(text: str) -> time:
    """A time like "18:00"."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValidationError("must be a time of day like 18:00.")
    return time.fromisoformat(text)


def days(text: str) -> tuple[date, ...]:
    """Days like "2027-03-24", with commas or spaces between them."""
    try:
        found = sorted(date.fromisoformat(one) for one in text.replace(",", " ").split())
    except ValueError:
        raise ValidationError("must hold days like 2027-03-24.") from None
    if found and not _FIRST_DAY <= found[0] <= found[-1] <= _LAST_DAY:
        raise ValidationError("must hold days from 2000-01-01 to 2199-12-31.")
    return tuple(found)


def spans(text: str) -> tuple[tuple[date, date], ...]:
    """First and last days like "2027-02-15..2027-03-15", with commas or spaces between them."""
    found = [days(one.replace("..", " ")) for one in text.replace(",", " ").split() if _SPAN.fullmatch(one)]
    if len(found) != len(text.replace(",", " ").split()):
        raise ValidationError("must hold first and last days like 2027-02-15..2027-03-15.")
    return tuple(sorted((first, last) for first, last in found))


def yes_or_no(text: str) -> bool:
    """True for yes, False for no."""
    if text not in ("yes", "no"):
        raise ValidationError("must be yes or no.")
    return text == "yes"


def regular_expression(text: str) -> str:
    """The text itself, if it is a regular expression."""
    try:
        re.compile(text)
    except re.error:
        raise ValidationError("is not a regular expression.") from None
    return text


def check_rule(text: str) -> str:
    """The text itself, if it names a rule for check digits."""
    if not _CHECK_RULE.fullmatch(text):
        raise ValidationError("must be none, mod10:<weights>, mod11:<weights> or mod97.")
    return text


def field_keys(text: str) -> tuple[str, ...]:
    """Fernet keys with commas or spaces between them, the newest first."""
    keys = tuple(text.replace(",", " ").split())
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        keys = ()
    if not keys:
        raise ValidationError("must hold Fernet keys, the newest first. `tallystick keys new` makes one.")
    return keys


def code_key(text: str) -> bytes:
    """The 32 bytes of 64 hexadecimal digits."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValidationError("must be 64 hexadecimal digits. `tallystick keys new` makes them.")
    return bytes.fromhex(text)


def long_enough(text: str) -> None:
    """Refuses a key that could be guessed."""
    if len(text) < 32:
        raise ValidationError("must have at least 32 characters. `tallystick keys new` makes one.")


def empty_or_long_enough(text: str) -> None:
    """Refuses a token that could be guessed; none at all is no token."""
    if text:
        long_enough(text)


def database_url(text: str) -> None:
    """Refuses a database that is neither SQLite nor PostgreSQL through psycopg."""
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValidationError("must begin with sqlite:/// or postgresql+psycopg://.")


def base_url(text: str) -> None:
    """Refuses what is not the bare address of a site."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValidationError("must be an address like https://credits.example.org, with nothing after the name.")


def delivery_target(text: str) -> None:
    """Refuses what is neither a folder by its whole path nor the address of one at an SFTP server."""
    parts = urlsplit(text)
    by_sftp = parts.scheme == "sftp" and parts.username and parts.hostname and not parts.password
    folder = text.startswith("/") or bool(by_sftp and parts.path.startswith("/"))
    if text and (not folder or ".." in parts.path.split("/") or "\0" in text):
        raise ValidationError("must be a folder like /srv/outbox, or sftp://name@host:22/folder without a password.")


def host_key(text: str) -> None:
    """Refuses what is not a server's key, as it stands in known_hosts after the name."""
    if text and not _HOST_KEY.fullmatch(text):
        raise ValidationError("must be the server's key, like ssh-ed25519 AAAAC3….")


def private_key(text: str) -> None:
    """Refuses what could not be the key by which we sign in to the server."""
    if text and not text.startswith("-----BEGIN "):
        raise ValidationError("must be a private key in OpenSSH's form; with _FILE, the file that holds it.")


def age_recipient(text: str) -> None:
    """Refuses what is not the public half of an age key."""
    if text and not re.fullmatch("age1[02-9ac-hj-np-z]{58}", text, re.ASCII):
        raise ValidationError("must be a recipient of age, like age1….")


def one_of(*allowed: str) -> Callable[[str], None]:
    """A check that a text is one of these words."""

    def check(text: str) -> None:
        if text not in allowed:
            raise ValidationError(f"must be {' or '.join(allowed)}.")

    return check


def matching(pattern: str, example: str) -> Callable[[str], None]:
    """A check that a text has a pattern; `example` is what the problem shows."""

    def check(text: str) -> None:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValidationError(f"must look like {example}.")

    return check


def dark_colour(text: str) -> None:
    """Refuses what is not a colour like #4a1d4f on which white words can be read (WCAG 2.2, 1.4.3)."""
    if not re.fullmatch("#[0-9a-f]{6}", text):
        raise ValidationError("must be a colour like #4a1d4f.")
    if contrast_with_white(text) < 4.5:
        raise ValidationError("is too light: white words on it need a contrast of 4.5 to 1.")


def contrast_with_white(colour: str) -> float:
    """The contrast of white words on a colour, 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def darker(colour: str | None) -> str:
    """The colour of what the pointer is over, two thirds as light."""
    if colour in (None, DEFAULT_COLOUR):
        return DEFAULT_HOVER_COLOUR
    parts = (int(colour[place : place + 2], 16) * 2 // 3 for place in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)
