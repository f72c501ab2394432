"""How to come in by each door of the demo, read from the file that building it wrote last."""

import json
from dataclasses import dataclass
from pathlib import Path

TOWN_FILE = "demo.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A person whom a visitor of the demo may be. An officer has the secret of their authenticator app."""

    realm: str
    name: str
    email: str
    organisation: str | None = None
    pin: str | None = None
    totp_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTown:
    """The demo as it was built: its doors, and what is in it."""

    doors: tuple[Door, ...]
    residents: int
    merchants: int

    def door(self, realm: str) -> Door:
        """The first door into a realm."""
        return next(door for door in self.doors if door.realm == realm)


def read_demo_town(data: Path) -> DemoTown:
    """The town whose data folder this is."""
    facts = json.loads((data / TOWN_FILE).read_text(encoding="utf-8"))
    doors = tuple(Door(**door) for door in facts["doors"])
    return DemoTown(doors=doors, residents=facts["residents"], merchants=facts["merchants"])
