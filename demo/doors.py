"""The people whom a visitor may be: how each comes in, said on the front page and nowhere secret."""

from dataclasses import dataclass

from ledger.people.rules import Permission

RESIDENT_EMAIL = "amina@example.org"
MERCHANT_EMAIL = "rosa@example.org"
ORGANISER_EMAIL = "olu@example.org"
MERCHANT_PIN = "480261"
FIRST_SHOP = "Santos Deli"
ORGANISER = "Myatts Fields Park Greenhouses"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerDoor:
    """An officer of the demo and what they may do."""

    name: str
    email: str
    permissions: tuple[Permission, ...]


SCHEME_OFFICER = OfficerDoor(
    name="Priya Nair",
    email="priya@example.org",
    permissions=(Permission.AWARD, Permission.SEE_PEOPLE, Permission.ADMINISTER),
)
FINANCE_OFFICER = OfficerDoor(
    name="Grace Adeyemi",
    email="grace@example.org",
    permissions=(Permission.APPROVE, Permission.EXPORT, Permission.SETTLE, Permission.SEE_AUDIT),
)
SECOND_FINANCE_OFFICER = OfficerDoor(
    name="Daniel Okoro",
    email="daniel@example.org",
    permissions=(
        Permission.APPROVE,
        Permission.EXPORT,
        Permission.REVERSE,
        Permission.SEE_AUDIT,
        Permission.ADMINISTER,
    ),
)
OFFICERS = (FINANCE_OFFICER, SCHEME_OFFICER, SECOND_FINANCE_OFFICER)
"""The first is whom the front page offers."""
