"""What nights of a test are run with: settings, and a town with a clock that the test sets."""

import secrets
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, update

from ledger.book.models import Balance
from ledger.nightly import NightResult, Runner, run_due
from ledger.nights.queries import nights
from ledger.nights.rules import NightState
from ledger.settings import Delivery, Settings
from ledger.store import reading, unit_of_work
from tests.council_tax.town import SCHEME
from tests.service import KEYS


def settings_of(database_url: str, data: Path) -> Settings:
    """Settings of the town of council tax, whose files go to a test's own folder."""
    return Settings(
        database_url=database_url,
        base_url="http://localhost",
        data=data,
        secret_key="only-for-tests-" * 4,
        field_keys=(KEYS["TALLYSTICK_FIELD_KEYS"],),
        code_key=b"only-for-tests",
        scheme=SCHEME,
    )


class Town:
    """A database, its folder, and a clock that a test sets."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.settings = settings_of(engine.url.render_as_string(hide_password=False), folder / "data")
        self.now = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)

    def runner(self, **changes: object) -> Runner:
        """Who runs nights here."""
        made = Runner(settings=self.settings, now=lambda: self.now, token_bytes=secrets.token_bytes)
        return replace(made, **changes)  # type: ignore[arg-type]  # fields of a runner by name

    def run(self, through: date | None = None, **changes: object) -> list[NightResult]:
        """Run what is due."""
        return list(run_due(self.engine, self.runner(**changes), through=through))

    def deliver_into(self, folder: Path) -> Path:
        """Let files that are released go into a folder, which is made."""
        folder.mkdir()
        self.settings = replace(self.settings, delivery=Delivery(target=str(folder)))
        return folder

    def states(self) -> dict[date, NightState]:
        """Each night that was begun."""
        with reading(self.engine) as session:
            return {night.business_date: night.state for night in reversed(nights(session))}

    def files(self, day: date | None = None) -> dict[str, bytes]:
        """What stands in the folder of files, of one business date or of all."""
        of_day = f"*_{day:%Y%m%d}.csv*" if day else "*"
        paths = sorted((self.settings.data / "council-tax").glob(of_day))
        return {path.name: path.read_bytes() for path in paths if path.is_file()}


def raise_balances(engine: Engine, *, by: int) -> None:
    """Put on every balance what no transfer brought, or take it off again."""
    with unit_of_work(engine) as session:
        session.execute(update(Balance).values(credited=Balance.credited + by))
