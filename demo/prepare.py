"""Make a data folder that the demo can serve: keys, settings, a migrated database, the believable scheme."""

import json
import os
import shutil
from datetime import date
from pathlib import Path

from demo import doors
from demo.build import Progress, build
from demo.town import Town
from ledger.migrations.upgrade import upgrade
from ledger.settings import Settings
from ledger.store import FOR_COMMANDS, make_engine

TOWN_FILE = "demo.json"


def is_prepared(data: Path) -> bool:
    """Whether the folder holds a whole demo: its last file is written when all else stands."""
    return (data / TOWN_FILE).exists()


def prepare(settings: Settings, *, today: date, progress: Progress) -> Town:
    """The scheme, built in `settings.data`; what an interrupted build left there of the database is begun anew."""
    database = settings.data / "tallystick.sqlite"
    for leftover in settings.data.glob(f"{database.name}*"):
        leftover.unlink()
    shutil.rmtree(settings.data / "council-tax", ignore_errors=True)
    upgrade(settings.database_url)
    engine = make_engine(settings.database_url, patience=FOR_COMMANDS)
    try:
        town = build(engine, settings=settings, today=today, progress=progress)
    finally:
        engine.dispose()
    _write_town(settings.data / TOWN_FILE, town)
    return town


def _write_town(path: Path, town: Town) -> None:
    """How to come in by each door, for the front page and the demo's own messages page."""
    facts = {
        "built_on": town.today.isoformat(),
        "residents": len(town.residents),
        "merchants": len(town.tills),
        "doors": [
            {"realm": "resident", "name": "Amina", "email": doors.RESIDENT_EMAIL},
            {"realm": "organiser", "name": "Olu", "email": doors.ORGANISER_EMAIL, "organisation": doors.ORGANISER},
            {
                "realm": "merchant",
                "name": "Rosa",
                "email": doors.MERCHANT_EMAIL,
                "organisation": doors.FIRST_SHOP,
                "pin": doors.MERCHANT_PIN,
            },
            *(
                {
                    "realm": "office",
                    "name": door.name,
                    "email": door.email,
                    "totp_secret": town.totp_secrets[door.email],
                }
                for door in doors.OFFICERS
            ),
        ],
    }
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(facts, indent=2), encoding="utf-8")
    os.chmod(partial, 0o600)
    partial.rename(path)
