"""The whole schema in one place: importing this module makes every table known to `Base.metadata`."""

from sqlalchemy import MetaData

from ledger.book import models as book
from ledger.book import period_models as periods
from ledger.corrections import models as corrections
from ledger.council_tax import models as council_tax
from ledger.earning import models as earning
from ledger.notices import models as notices
from ledger.people import models as people
from ledger.redemption import models as redemption
from ledger.tables import Base
from ledger.wallets import models as wallets

FEATURES = (book, periods, people, wallets, earning, redemption, council_tax, notices, corrections)
"""In the order in which migrations make them: nothing refers to a later one."""


def metadata() -> MetaData:
    """Every table of the schema."""
    return Base.metadata
