"""Sign-ins: rows that let a person or a till in, can be listed, and end when their time or somebody says so."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from ledger.errors import NotFound
from ledger.occasion import Occasion
from ledger.people.digests import draw_token, token_digest
from ledger.people.errors import CodeEnded, OrganisationNotChosen, TotpOwed
from ledger.people.models import OneTimeCode, SignIn
from ledger.people.one_time_codes import Confirmed, confirmed
from ledger.people.queries import Choice
from ledger.people.rules import LIVES, TILL_LOCKS_AFTER, Realm, SignInKind, is_live
from ledger.people.signed_in import SignedIn, who

__all__ = [
    "NewSignIn",
    "SignInLine",
    "SignedIn",
    "begin",
    "end_own_sign_in",
    "end_sign_in",
    "end_sign_ins",
    "end_sign_ins_of",
    "live_sign_ins",
    "sign_in",
    "sign_ins_of",
    "touch",
    "who",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignIn:
    """A sign-in that begins: the token for its cookie is known now and never again."""

    token: str = field(repr=False)
    sign_in_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLine:
    """A sign-in as its person sees it in a list; a till has a name."""

    id: UUID
    kind: SignInKind
    till_name: str | None
    signed_in_at: datetime
    active_at: datetime
    expires_at: datetime


def sign_in(
    session: Session, *, request_id: UUID, organisation_id: UUID | None = None, code_key: bytes, occasion: Occasion
) -> NewSignIn:
    """A new sign-in for whoever confirmed this request, which is used up; each is a row and a token of its own.

    Raises CodeEnded, TotpOwed (an officer before their app's digits), OrganisationNotChosen.
    """
    who_asked = confirmed(session, request_id=request_id, now=occasion.now)
    choice = _choose(who_asked, organisation_id)
    _use_up(session, request_id=request_id, realm=who_asked.realm, occasion=occasion)
    return begin(
        session,
        realm=who_asked.realm,
        kind=SignInKind.PERSON,
        person_id=who_asked.person_id if choice is None else choice.operator_id,
        organisation_id=None if choice is None else choice.organisation_id,
        code_key=code_key,
        occasion=occasion,
    )


def _choose(who_asked: Confirmed, organisation_id: UUID | None) -> Choice | None:
    if who_asked.realm in (Realm.RESIDENT, Realm.OFFICE):
        return None
    named: Collection[Choice] = who_asked.choices
    if organisation_id is not None:
        named = [choice for choice in named if choice.organisation_id == organisation_id]
    if len(named) != 1:
        raise OrganisationNotChosen
    return next(iter(named))


def _use_up(session: Session, *, request_id: UUID, realm: Realm, occasion: Occasion) -> None:
    request = select(OneTimeCode.totp_at).where(OneTimeCode.id == request_id)
    if realm == Realm.OFFICE and session.execute(request).scalar_one() is None:
        raise TotpOwed
    once = update(OneTimeCode).where(OneTimeCode.id == request_id, OneTimeCode.used_at.is_(None))
    if not session.connection().execute(once.values(used_at=occasion.now)).rowcount:
        raise CodeEnded


def begin(
    session: Session,
    *,
    realm: Realm,
    kind: SignInKind,
    person_id: UUID,
    organisation_id: UUID | None,
    till_name: str | None = None,
    code_key: bytes,
    occasion: Occasion,
) -> NewSignIn:
    """Write a sign-in down. Whoever calls this has made sure who it is for."""
    token = draw_token(occasion.token_bytes)
    begun = NewSignIn(token=token, sign_in_id=occasion.new_id(), expires_at=occasion.now + LIVES[realm, kind].lasts)
    row = {
        "id": begun.sign_in_id,
        "realm": realm,
        "kind": kind,
        "person_id": person_id,
        "organisation_id": organisation_id,
        "token_digest": token_digest(token, realm, code_key),
        "till_name": till_name,
        "operator_id": None,
        "signed_in_at": occasion.now,
        "active_at": occasion.now,
        "expires_at": begun.expires_at,
        "ended_at": None,
    }
    session.connection().execute(insert(SignIn), row)
    return begun


def touch(session: Session, *, sign_in_id: UUID, occasion: Occasion) -> None:
    """Note that a sign-in is in use; a till that has locked itself by then stays locked, its operator gone."""
    connection = session.connection()
    mine = (SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
    lapsed = update(SignIn).where(*mine, SignIn.active_at <= occasion.now - TILL_LOCKS_AFTER)
    connection.execute(lapsed.where(SignIn.kind == SignInKind.TILL).values(operator_id=None))
    connection.execute(update(SignIn).where(*mine, SignIn.active_at < occasion.now).values(active_at=occasion.now))


def end_sign_in(session: Session, *, sign_in_id: UUID, occasion: Occasion) -> None:
    """End a sign-in from the next request on; nothing changes if it has ended."""
    live = update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
    session.connection().execute(live.values(ended_at=occasion.now))


def live_sign_ins(session: Session, *, realms: Collection[Realm]) -> int:
    """How many sign-ins of these realms nobody has ended."""
    live = (SignIn.realm.in_(realms), SignIn.ended_at.is_(None))
    return session.execute(select(func.count()).select_from(SignIn).where(*live)).scalar_one()


def end_sign_ins(session: Session, *, realms: Collection[Realm], occasion: Occasion) -> int:
    """End every sign-in of these realms from the next request on; how many that were."""
    live = update(SignIn).where(SignIn.realm.in_(realms), SignIn.ended_at.is_(None))
    return session.connection().execute(live.values(ended_at=occasion.now)).rowcount


def end_sign_ins_of(session: Session, *, realm: Realm, person_id: UUID, occasion: Occasion) -> int:
    """End every sign-in of one person from the next request on; how many that were."""
    live = update(SignIn).where(SignIn.realm == realm, SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    return session.connection().execute(live.values(ended_at=occasion.now)).rowcount


def sign_ins_of(session: Session, *, realm: Realm, person_id: UUID, now: datetime | None = None) -> list[SignInLine]:
    """A person's sign-ins that nobody has ended, the one used last first; with `now`, those still good then."""
    query = select(
        SignIn.id, SignIn.kind, SignIn.till_name, SignIn.signed_in_at, SignIn.active_at, SignIn.expires_at
    ).where(SignIn.realm == realm, SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    lines = [
        SignInLine(**{**row._mapping, "kind": SignInKind(row.kind)})
        for row in session.execute(query.order_by(SignIn.active_at.desc(), SignIn.id.desc()))
    ]
    return [line for line in lines if now is None or _is_live_line(line, realm, now)]


def _is_live_line(line: SignInLine, realm: Realm, now: datetime) -> bool:
    return is_live(realm, line.kind, active_at=line.active_at, expires_at=line.expires_at, now=now)


def end_own_sign_in(session: Session, *, sign_in_id: UUID, person_id: UUID, realm: Realm, occasion: Occasion) -> None:
    """End one of a person's own sign-ins. Raises NotFound for anybody else's."""
    own = (SignIn.id == sign_in_id, SignIn.person_id == person_id, SignIn.realm == realm)
    if session.execute(select(SignIn.id).where(*own)).first() is None:
        raise NotFound("sign-in")
    end_sign_in(session, sign_in_id=sign_in_id, occasion=occasion)
