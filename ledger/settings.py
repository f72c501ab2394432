"""Settings: one frozen value, read from the environment once; a bad or missing one stops the start, all listed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

from environs import Env, EnvValidationError

from ledger import setting_texts as texts
from ledger.errors import LedgerError
from ledger.money import Amount
from ledger.rule_settings import RULE_SETTINGS

Value = TypeVar("Value")

_NOTHING: Mapping[str, str] = MappingProxyType({})


class SettingsRefused(LedgerError):
    """Some settings are missing or bad; `problems` has a sentence for each."""

    code = "settings_refused"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeRules:
    """The rules that protect people (scheme.md), with their defaults. Amounts in minor units.

    A blackout is its first and last London day; a last posting is the last day on which its financial year takes items.
    `council_tax_ceiling` is what a financial year's reductions are meant to stay under, None without one.
    """

    expiry_months: int = 18
    minutes_a_day: int = 8 * 60
    earned_a_week: Amount = 4000
    earned_a_year: Amount = 20000
    allotment_alone: Amount = 50000
    file_people_alone: int = 20
    file_credits_alone: Amount = 20000
    redemption_limit: Amount = 2000
    reversal_alone: Amount = 20000
    dispute_working_days: int = 20
    council_tax_minimum: Amount = 500
    council_tax_a_year: Amount = 10000
    council_tax_items_a_month: int = 1
    council_tax_cut: time = time(18, 0)
    fresh_minutes: int = 15
    council_tax_blackouts: tuple[tuple[date, date], ...] = ()
    council_tax_last_postings: tuple[date, ...] = ()
    council_tax_ceiling: Amount | None = None
    council_tax_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFormat:
    """What a council-tax account reference looks like here (scheme.md, What an account reference is).

    `mask` is an example people see, such as "2000 1234 5"; `check` is none, mod10:<weights>, mod11:<weights> or mod97.
    """

    mask: str = "2000 1234 5"
    regex: str = "[0-9]{8}[0-9X]"
    check: str = "mod11:12345678"
    send: str = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """What the scheme is called and how it looks and answers the telephone."""

    name: str
    code: str
    authority: str
    environment: str
    phone: str
    desk_hours: str
    colour: str
    hover_colour: str
    hint_place: str = "at the top right of your bill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where released files go: a folder, or "sftp://name@host:22/folder" with the one host key that may answer there.

    `private_key` is OpenSSH's text. Where `recipient` is set (age1…) files leave encrypted for it.
    """

    target: str
    host_key: str = ""
    private_key: str = field(default="", repr=False)
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between deployments. `data` is the folder of files and, by default, the database."""

    database_url: str
    base_url: str
    data: Path
    secret_key: str = field(repr=False)
    field_keys: tuple[str, ...] = field(repr=False)
    code_key: bytes = field(repr=False)
    scheme: Scheme
    rules: SchemeRules = SchemeRules()
    account_format: AccountFormat = AccountFormat()
    delivery: Delivery | None = None
    notices: str = "log"
    demo: bool = False
    trusted_proxies: int = 0
    night_metrics: Path | None = None
    file_register: Path | None = None
    metrics_token: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Whether people come by https, so that cookies may say so."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, beside: Mapping[str, str] = MappingProxyType({})
    ) -> "Settings":
        """The settings of an environment, and of a file `beside` it for what it leaves open.

        Raises SettingsRefused with every problem at once.
        """
        env = _MappedEnv({**beside, **environ})
        values = _values(env)
        try:
            env.seal()
        except EnvValidationError as error:
            raise SettingsRefused(_sentences(cast("Mapping[str, list[str]]", error.error_messages))) from None
        return cls(**values)


class _MappedEnv(Env):
    """Reads a mapping in place of the process's environment; NAME_FILE names the file that holds NAME's value."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._mapping = mapping

    def _get_value(self, env_key: str, default: Any) -> Any:
        path = self._mapping.get(f"{env_key}_FILE")
        if not path:
            return self._mapping.get(env_key) or default
        try:
            return Path(path).read_text(encoding="utf-8").strip() or default
        except (OSError, UnicodeDecodeError):
            self._errors[f"{env_key}_FILE"].append("names a file that cannot be read.")
            return "" if default is Ellipsis else default


def _sentences(problems: Mapping[str, list[str]]) -> list[str]:
    unread = {name.removesuffix("_FILE") for name in problems if name.endswith("_FILE")}
    missing = "Environment variable not set."
    return [
        f"{name} {'is missing.' if text == missing else text}"
        for name, said in sorted(problems.items())
        if name not in unread
        for text in said
    ]


def _values(env: Env) -> dict[str, Any]:
    return {
        "database_url": env.str("DATABASE_URL", validate=texts.database_url),
        "base_url": env.str("TALLYSTICK_BASE_URL", validate=texts.base_url),
        "data": env.path("TALLYSTICK_DATA", Path("data")),
        "secret_key": env.str("SECRET_KEY", validate=texts.long_enough),
        "field_keys": _read(env, "TALLYSTICK_FIELD_KEYS", texts.field_keys),
        "code_key": _read(env, "TALLYSTICK_CODE_KEY", texts.code_key),
        "scheme": _scheme(env),
        "rules": _rules(env),
        "account_format": _account_format(env),
        "delivery": _delivery(env),
        "notices": env.str("TALLYSTICK_NOTICES", "log", validate=texts.one_of("log", "file")),
        "demo": _read(env, "TALLYSTICK_DEMO", texts.yes_or_no, False),
        "trusted_proxies": _number(env, "TALLYSTICK_TRUSTED_PROXIES", 0, most=9),
        "night_metrics": env.path("TALLYSTICK_NIGHT_METRICS", None),
        "file_register": env.path("TALLYSTICK_FILE_REGISTER", None),
        "metrics_token": env.str("TALLYSTICK_METRICS_TOKEN", "", validate=texts.empty_or_long_enough),
    }


def _scheme(env: Env) -> Scheme:
    colour = env.str("TALLYSTICK_SCHEME_COLOUR", texts.DEFAULT_COLOUR, validate=texts.dark_colour)
    return Scheme(
        name=env.str("TALLYSTICK_SCHEME_NAME"),
        code=env.str("TALLYSTICK_SCHEME_CODE", validate=texts.matching("[A-Z0-9]{1,12}", "LCC")),
        authority=env.str("TALLYSTICK_AUTHORITY", validate=texts.matching("[A-Z][0-9]{8}", "E09000022")),
        environment=env.str("TALLYSTICK_ENVIRONMENT", validate=texts.one_of("P", "T")),
        phone=env.str("TALLYSTICK_SCHEME_PHONE"),
        desk_hours=env.str("TALLYSTICK_SCHEME_DESK_HOURS"),
        colour=colour,
        hover_colour=env.str("TALLYSTICK_SCHEME_HOVER_COLOUR", texts.darker(colour), validate=texts.dark_colour),
        hint_place=env.str("TALLYSTICK_ACCOUNT_HINT_PLACE", "at the top right of your bill"),
    )


def _rules(env: Env) -> SchemeRules:
    usual = SchemeRules()
    values = {one.name: _read(env, one.variable, one.read, getattr(usual, one.name)) for one in RULE_SETTINGS}
    return SchemeRules(**values)


def _delivery(env: Env) -> Delivery | None:
    target = env.str("TALLYSTICK_DELIVERY", "", validate=texts.delivery_target) or ""
    unless_folder = {} if target.startswith("sftp://") else {"default": ""}
    delivery = Delivery(
        target=target,
        host_key=env.str("TALLYSTICK_DELIVERY_HOST_KEY", **unless_folder, validate=texts.host_key),
        private_key=env.str("TALLYSTICK_DELIVERY_KEY", **unless_folder, validate=texts.private_key),
        recipient=env.str("TALLYSTICK_DELIVERY_RECIPIENT", "", validate=texts.age_recipient),
    )
    return delivery if target else None


def _account_format(env: Env) -> AccountFormat:
    usual = AccountFormat()
    return AccountFormat(
        mask=env.str("TALLYSTICK_ACCOUNT_MASK", usual.mask),
        regex=_read(env, "TALLYSTICK_ACCOUNT_REGEX", texts.regular_expression, usual.regex),
        check=_read(env, "TALLYSTICK_ACCOUNT_CHECK", texts.check_rule, usual.check),
        send=env.str("TALLYSTICK_ACCOUNT_SEND", usual.send, validate=texts.one_of("full", "base")),
    )


def _read(env: Env, name: str, reader: Callable[[str], Value], default: Any = ...) -> Value:
    """What `reader` makes of a setting's text; its ValidationError becomes one of the problems."""
    optional = default is not ...
    text = env.str(name, None, validate=reader) if optional else env.str(name, validate=reader)
    return default if text is None else reader(text)


def _number(env: Env, name: str, default: int, *, least: int = 0, most: int) -> int:
    return _read(env, name, texts.whole_number(least, most), default)
