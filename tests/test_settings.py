"""Settings are read once; a start with missing or bad ones lists them all."""

import re
from datetime import date, time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from dotenv import dotenv_values

from ledger.settings import Settings, SettingsRefused

ROOT = Path(__file__).parents[1]
FIELD_KEY = Fernet.generate_key().decode()
ENOUGH = {
    "DATABASE_URL": "sqlite:///data/tallystick.sqlite",
    "SECRET_KEY": "s" * 32,
    "TALLYSTICK_BASE_URL": "https://credits.example.org",
    "TALLYSTICK_FIELD_KEYS": FIELD_KEY,
    "TALLYSTICK_CODE_KEY": "0a" * 32,
    "TALLYSTICK_SCHEME_NAME": "Lambeth Credits",
    "TALLYSTICK_SCHEME_CODE": "LCC",
    "TALLYSTICK_AUTHORITY": "E09000022",
    "TALLYSTICK_ENVIRONMENT": "T",
    "TALLYSTICK_SCHEME_PHONE": "020 7946 0123",
    "TALLYSTICK_SCHEME_DESK_HOURS": "Monday to Friday, 9am to 5pm",
}


def problems(**changed: str) -> list[str]:
    """What a start with these changes says."""
    with pytest.raises(SettingsRefused) as refusal:
        Settings.from_environ({**ENOUGH, **changed})
    return refusal.value.problems


def test_a_scheme_starts_with_what_has_no_default() -> None:
    settings = Settings.from_environ(ENOUGH)
    assert settings.secure
    assert settings.code_key == b"\x0a" * 32
    assert settings.field_keys == (FIELD_KEY,)
    assert settings.rules.earned_a_week == 4000
    assert settings.scheme.hover_colour == "#331237"
    assert settings.notices == "log"
    assert not settings.demo


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsRefused) as refusal:
        Settings.from_environ({})
    assert refusal.value.problems == [f"{name} is missing." for name in sorted(ENOUGH)]


def test_an_empty_setting_is_a_missing_one() -> None:
    assert problems(SECRET_KEY="") == ["SECRET_KEY is missing."]


def test_a_missing_and_a_bad_setting_are_told_together() -> None:
    told = problems(SECRET_KEY="short", TALLYSTICK_BASE_URL="ftp://x", TALLYSTICK_SCHEME_NAME="")
    assert [line.split()[0] for line in told] == ["SECRET_KEY", "TALLYSTICK_BASE_URL", "TALLYSTICK_SCHEME_NAME"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "postgresql://x"),
        ("SECRET_KEY", "s" * 31),
        ("TALLYSTICK_BASE_URL", "https://credits.example.org/path"),
        ("TALLYSTICK_BASE_URL", "credits.example.org"),
        ("TALLYSTICK_FIELD_KEYS", "not a key"),
        ("TALLYSTICK_FIELD_KEYS", ","),
        ("TALLYSTICK_CODE_KEY", "0a" * 31),
        ("TALLYSTICK_CODE_KEY", "zz" * 32),
        ("TALLYSTICK_SCHEME_CODE", "far too long a code"),
        ("TALLYSTICK_AUTHORITY", "Lambeth"),
        ("TALLYSTICK_ENVIRONMENT", "production"),
        ("TALLYSTICK_SCHEME_COLOUR", "damson"),
        ("TALLYSTICK_SCHEME_COLOUR", "#e5a93c"),
        ("TALLYSTICK_SCHEME_HOVER_COLOUR", "#ffffff"),
        ("TALLYSTICK_ACCOUNT_REGEX", "[0-9"),
        ("TALLYSTICK_ACCOUNT_CHECK", "mod7"),
        ("TALLYSTICK_ACCOUNT_SEND", "some"),
        ("TALLYSTICK_EARNED_A_WEEK", "forty"),
        ("TALLYSTICK_EXPIRY_MONTHS", "0"),
        ("TALLYSTICK_EXPIRY_MONTHS", "１８"),
        ("TALLYSTICK_COUNCIL_TAX_CUT", "6pm"),
        ("TALLYSTICK_NOTICES", "smtp"),
        ("TALLYSTICK_DEMO", "maybe"),
        ("TALLYSTICK_TRUSTED_PROXIES", "-1"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence_that_names_the_setting(name: str, value: str) -> None:
    assert [line.split()[0] for line in problems(**{name: value})] == [name]


def test_no_problem_repeats_a_secret() -> None:
    secret = "only-this-text-must-not-show"
    told = problems(SECRET_KEY=secret[:20], TALLYSTICK_FIELD_KEYS=secret, TALLYSTICK_CODE_KEY=secret)
    assert not [line for line in told if secret[:20] in line]
    assert secret not in repr(Settings.from_environ({**ENOUGH, "SECRET_KEY": secret + "x" * 9}))


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("t" * 40 + "\n")
    given = {**ENOUGH, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "secret_key")}
    assert Settings.from_environ(given).secret_key == "t" * 40


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    told = problems(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "none"))
    assert told == ["SECRET_KEY_FILE names a file that cannot be read."]


def test_rules_are_read_in_credits_and_times_of_day() -> None:
    changed = {"TALLYSTICK_EARNED_A_WEEK": "12.50", "TALLYSTICK_COUNCIL_TAX_CUT": "17:30", "TALLYSTICK_DEMO": "yes"}
    settings = Settings.from_environ({**ENOUGH, **changed})
    assert settings.rules.earned_a_week == 1250
    assert settings.rules.council_tax_cut == time(17, 30)
    assert settings.demo


def test_a_years_council_tax_may_have_a_ceiling_as_large_as_it_needs_to_be() -> None:
    settings = Settings.from_environ({**ENOUGH, "TALLYSTICK_COUNCIL_TAX_CEILING": "250000.00"})
    assert settings.rules.council_tax_ceiling == 25_000_000
    assert Settings.from_environ(ENOUGH).rules.council_tax_ceiling is None
    for text in ("250,000.00", "250000", "-1.00", "0.00", "much"):
        with pytest.raises(SettingsRefused, match=r"must be an amount like 25000\.00, without commas"):
            Settings.from_environ({**ENOUGH, "TALLYSTICK_COUNCIL_TAX_CEILING": text})


def test_the_colour_under_the_pointer_is_darker_than_the_schemes() -> None:
    settings = Settings.from_environ({**ENOUGH, "TALLYSTICK_SCHEME_COLOUR": "#12613f"})
    assert settings.scheme.hover_colour == "#0c402a"


def test_the_example_names_every_setting_and_starts(tmp_path: Path) -> None:
    example = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    files = ("settings", "setting_texts", "rule_settings")
    read = {name for file in files for name in names_in(ROOT / "ledger" / f"{file}.py")}
    assert {name.removesuffix("_FILE") for name in example} == read
    secrets = {"secret_key": "s" * 40, "field_keys": FIELD_KEY, "code_key": "0a" * 32}
    for name, value in secrets.items():
        (tmp_path / name).write_text(value)
    placed = {name: value.replace("keys/", f"{tmp_path}/") for name, value in example.items()}
    usual = Settings.from_environ(ENOUGH)
    settings = Settings.from_environ(placed)
    assert (settings.rules, settings.account_format, settings.scheme.colour) == (
        usual.rules,
        usual.account_format,
        usual.scheme.colour,
    )


def names_in(path: Path) -> set[str]:
    """The settings a module reads."""
    return set(re.findall(r'"(DATABASE_URL|SECRET_KEY|TALLYSTICK_[A-Z_]+)"', path.read_text()))


SFTP = {
    "TALLYSTICK_DELIVERY": "sftp://tallystick@revenues.example.org/in",
    "TALLYSTICK_DELIVERY_HOST_KEY": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpbmdlcnByaW50",
    "TALLYSTICK_DELIVERY_KEY": "-----BEGIN OPENSSH PRIVATE KEY-----",
}


@pytest.mark.parametrize("missing", ["TALLYSTICK_DELIVERY_HOST_KEY", "TALLYSTICK_DELIVERY_KEY"])
def test_a_server_is_not_delivered_to_without_its_key_and_ours(missing: str) -> None:
    assert Settings.from_environ({**ENOUGH, **SFTP}).delivery is not None
    with pytest.raises(SettingsRefused, match=missing):
        Settings.from_environ({**ENOUGH, **SFTP, missing: ""})


@pytest.mark.parametrize(
    "target",
    [
        "outbox",
        "sftp://revenues.example.org/in",
        "sftp://a:secret@b/in",
        "sftp://a@b/../etc",
        "ftp://a@b/in",
        "/a/../b",
    ],
)
def test_a_place_to_deliver_to_is_whole_and_holds_no_password(target: str) -> None:
    with pytest.raises(SettingsRefused, match="TALLYSTICK_DELIVERY"):
        Settings.from_environ({**ENOUGH, **SFTP, "TALLYSTICK_DELIVERY": target})


def test_the_days_of_council_tax_are_read() -> None:
    days = {
        "TALLYSTICK_COUNCIL_TAX_BLACKOUTS": "2027-02-15..2027-03-15, 2026-12-24..2026-12-27",
        "TALLYSTICK_COUNCIL_TAX_LAST_POSTINGS": "2027-03-24",
        "TALLYSTICK_COUNCIL_TAX_CEILING": "250000.00",
        "TALLYSTICK_COUNCIL_TAX_PAUSED": "yes",
    }
    rules = Settings.from_environ({**ENOUGH, **days}).rules
    assert rules.council_tax_blackouts == (
        (date(2026, 12, 24), date(2026, 12, 27)),
        (date(2027, 2, 15), date(2027, 3, 15)),
    )
    assert rules.council_tax_last_postings == (date(2027, 3, 24),)
    assert (rules.council_tax_ceiling, rules.council_tax_paused) == (25_000_000, True)


@pytest.mark.parametrize("text", ["2027-02-15", "2027-02-15..2027-02-30", "2027-02-15..", "soon"])
def test_a_blackout_has_a_first_and_a_last_day(text: str) -> None:
    with pytest.raises(SettingsRefused, match="TALLYSTICK_COUNCIL_TAX_BLACKOUTS"):
        Settings.from_environ({**ENOUGH, "TALLYSTICK_COUNCIL_TAX_BLACKOUTS": text})
