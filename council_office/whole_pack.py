"""A month's pack as one file: unpacked, its files have the names that their digests are told by."""

from io import BytesIO
from zipfile import ZipFile, ZipInfo

from ledger.book.packs import pack_bytes, pack_files
from ledger.book.periods import Closing
from ledger.clock import LONDON
from ledger.errors import NotFound
from shared_web.db import Session

WHOLE = "pack.zip"


def whole_pack(session: Session, closing: Closing) -> bytes:
    """Every file of a closing's pack in a ZIP, the same bytes each time. Raises NotFound where none was kept."""
    connection, content = session.connection(), BytesIO()
    files = pack_files(connection, closing_id=closing.id)
    if not files:
        raise NotFound("month-end pack")
    closed_at = closing.closed_at.astimezone(LONDON).timetuple()[:6]
    with ZipFile(content, "w") as packed:
        for file in files:
            entry = ZipInfo(file.name, date_time=closed_at)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, pack_bytes(connection, closing_id=closing.id, name=file.name))
    return content.getvalue()
