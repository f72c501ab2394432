"""The resident's side: ask for a code, have it drawn again, end it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.people.models import Resident
from ledger.people.rules import ResidentStatus
from ledger.redemption.errors import ResidentFrozen
from ledger.redemption.models import Code, Presentation
from ledger.redemption.rules import LIVES, CodeState, PresentationKind, choose_cap, refusal_of, state_at
from ledger.redemption.short_code import new_short_code, shown
from ledger.redemption.tokens import Presented, new_token, presentation_digest
from ledger.settings import SchemeRules
from ledger.store import insert_once
from ledger.wallets.queries import wallet_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """A code as drawn for its resident, and the only time its secrets are known: the QR's token, the short form.

    `cap` in minor units; a presentation is good before its `…_expires_at`, not at it.
    """

    code_id: UUID
    cap: Amount
    token: str = field(repr=False)
    qr_expires_at: datetime
    short_code: str = field(repr=False)
    short_expires_at: datetime


def issue_code(
    session: Session,
    *,
    resident_id: UUID,
    cap: Amount | None = None,
    rules: SchemeRules,
    code_key: bytes,
    occasion: Occasion,
) -> ShownCode:
    """A new code, drawn; the one before it ends at once: a resident has one live code.

    Raises NotFound, ResidentFrozen, NothingToSpend, InvalidField for a cap out of range, InsufficientCredits.
    """
    _lock_open_resident(session, resident_id)
    available = wallet_of(session, resident_id=resident_id, now=occasion.now).available
    cap = choose_cap(cap, available=available, limit=rules.redemption_limit)
    _end_live_code(session, resident_id=resident_id, state=CodeState.SUPERSEDED, at=occasion.now)
    code_id = occasion.new_id()
    row = {
        "id": code_id,
        "resident_id": resident_id,
        "cap": cap,
        "state": CodeState.ISSUED,
        "issued_at": occasion.now,
        "ended_at": None,
    }
    session.connection().execute(insert(Code), row)
    return _draw(session, code_id=code_id, cap=cap, code_key=code_key, occasion=occasion)


def draw_again(session: Session, *, code_id: UUID, resident_id: UUID, code_key: bytes, occasion: Occasion) -> ShownCode:
    """A new QR and short form of the same live code; the earlier ones stay good to their own ends.

    Raises NotFound, ResidentFrozen, and for a code that has ended CodeAlreadyRedeemed, CodeSuperseded, CodeRevoked or
    CodeExpired: it ends with its last presentation.
    """
    _lock_open_resident(session, resident_id)
    own = (Code.id == code_id, Code.resident_id == resident_id)
    query = select(Code.cap, Code.state).where(*own).with_for_update(key_share=True)
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFound("code")
    state = state_at(CodeState(row.state), ends_at=ends_at(session, code_id), now=occasion.now)
    if state != CodeState.ISSUED:
        raise refusal_of(state)
    return _draw(session, code_id=code_id, cap=row.cap, code_key=code_key, occasion=occasion)


def end_code(session: Session, *, code_id: UUID, resident_id: UUID, occasion: Occasion) -> None:
    """The resident says "not me": nothing more can be taken, by this code or by one after it. Raises NotFound."""
    own = select(Code.id).where(Code.id == code_id, Code.resident_id == resident_id)
    if session.execute(own).one_or_none() is None:
        raise NotFound("code")
    end_codes_of(session, resident_id=resident_id, occasion=occasion)


def end_codes_of(session: Session, *, resident_id: UUID, occasion: Occasion) -> None:
    """End whatever code the resident has live, as signing out does; quiet where there is none."""
    _end_live_code(session, resident_id=resident_id, state=CodeState.REVOKED, at=occasion.now)


def ends_at(session: Session, code_id: UUID) -> datetime:
    """When a code ends by itself: the end of the last presentation drawn of it."""
    query = select(func.max(Presentation.expires_at)).where(Presentation.code_id == code_id)
    return session.execute(query).scalar_one()


def _lock_open_resident(session: Session, resident_id: UUID) -> None:
    """Two requests for a code of one resident go one after the other; foreign keys to the resident do not wait."""
    query = select(Resident.status).where(Resident.id == resident_id).with_for_update(key_share=True)
    status = session.execute(query).scalar_one_or_none()
    if status is None:
        raise NotFound("resident")
    if status != ResidentStatus.OPEN:
        raise ResidentFrozen


def _end_live_code(session: Session, *, resident_id: UUID, state: CodeState, at: datetime) -> None:
    """Move the live code to `state`, or to `expired` where its last presentation has ended already."""
    live = (Code.resident_id == resident_id, Code.state == CodeState.ISSUED)
    still_shown = select(Presentation.id).where(Presentation.code_id == Code.id, Presentation.expires_at > at).exists()
    connection = session.connection()
    connection.execute(update(Code).where(*live, ~still_shown).values(state=CodeState.EXPIRED, ended_at=at))
    connection.execute(update(Code).where(*live).values(state=state, ended_at=at))


def _draw(session: Session, *, code_id: UUID, cap: Amount, code_key: bytes, occasion: Occasion) -> ShownCode:
    token = new_token(occasion.token_bytes)
    qr = Presented(kind=PresentationKind.QR, secret=token)
    drawn = _present(session, qr, code_id=code_id, code_key=code_key, occasion=occasion)
    assert drawn, "128 random bits came twice"
    short = _new_short(occasion)
    while not _present(session, short, code_id=code_id, code_key=code_key, occasion=occasion):
        short = _new_short(occasion)
    return ShownCode(
        code_id=code_id,
        cap=cap,
        token=token,
        qr_expires_at=occasion.now + LIVES[PresentationKind.QR],
        short_code=shown(short.secret),
        short_expires_at=occasion.now + LIVES[PresentationKind.SHORT],
    )


def _new_short(occasion: Occasion) -> Presented:
    return Presented(kind=PresentationKind.SHORT, secret=new_short_code(occasion.token_bytes))


def _present(session: Session, presented: Presented, *, code_id: UUID, code_key: bytes, occasion: Occasion) -> bool:
    """Store one drawing; False where this very secret was drawn before, as 31⁸ short codes will one day be."""
    digest = presentation_digest(presented, code_key=code_key)
    row = {
        "id": occasion.new_id(),
        "code_id": code_id,
        "kind": presented.kind,
        "token_digest": digest,
        "drawn_at": occasion.now,
        "expires_at": occasion.now + LIVES[presented.kind],
    }
    return insert_once(session.connection(), Presentation, row, taken=Presentation.token_digest == digest)
