"""The whole schema in one place: importing this module makes every table known to `Base.metadata`."""

from sqlalchemy import MetaData

from ledger.audit import models as audit
from ledger.book import models as book
from ledger.book import period_models as periods
from ledger.corrections import models as corrections
from ledger.council_tax import exchange_models as exchange
from ledger.council_tax import models as council_tax
from ledger.council_tax import reduction_scheme_models as reduction_schemes
from ledger.council_tax.delivery import models as delivery
from ledger.earning import models as earning
from ledger.nights import models as nights
from ledger.notices import models as notices
from ledger.people import models as people
from ledger.redemption import models as redemption
from ledger.scheme import models as scheme
from ledger.tables import Base
from ledger.wallets import ending_models as endings
from ledger.wallets import models as wallets

FEATURES = (
    book,
    periods,
    people,
    wallets,
    earning,
    redemption,
    council_tax,
    notices,
    audit,
    nights,
    endings,
    exchange,
    reduction_schemes,
    delivery,
    corrections,
    scheme,
)
"""In the order in which migrations make them: nothing refers to a later one."""


def metadata() -> MetaData:
    """Every table of the schema."""
    return Base.metadata
