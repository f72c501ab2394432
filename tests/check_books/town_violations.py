"""Violations of what people and shops did, each written straight into the tables, with what must then be found."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ledger.audit.models import AuditRow
from ledger.book.models import Request
from ledger.earning.models import ActivitySession, Award, ProgrammeCeiling
from ledger.identifiers import to_text
from ledger.people.models import Officer, Operator, PermissionGrant, Proposal, Resident
from ledger.redemption.models import Code, Redemption
from tests import factories
from tests.book.town import NOON, new_id
from tests.check_books.books import Books, Violation


def a_redemption_without_takings(session: Session, books: Books) -> tuple[str, str]:
    merchant_id = new_id()
    _redemption(session, books, merchant_id=merchant_id, code_id=new_id())
    return "I-09", f"merchant {to_text(merchant_id)}"


def a_redeemed_code_without_redemption(session: Session, books: Books) -> tuple[str, str]:
    code_id = _code(session, books, state="redeemed")
    return "I-10", f"code {to_text(code_id)}"


def a_redemption_over_its_cap(session: Session, books: Books) -> tuple[str, str]:
    code_id = _code(session, books, state="redeemed", cap=100)
    _redemption(session, books, merchant_id=new_id(), code_id=code_id)
    return "I-10", f"code {to_text(code_id)}"


def a_redemption_of_a_code_that_is_still_live(session: Session, books: Books) -> tuple[str, str]:
    code_id = _code(session, books, state="issued")
    _redemption(session, books, merchant_id=new_id(), code_id=code_id)
    return "I-10", f"code {to_text(code_id)}"


def a_programme_funded_past_its_ceiling(session: Session, _books: Books) -> tuple[str, str]:
    programme_id = factories.programme(session, budget=50_000)
    ceiling = {"programme_id": programme_id, "number": 1, "amount": 49_999, "decision_reference": "OMD-1"}
    session.execute(insert(ProgrammeCeiling).values(**ceiling, set_at=NOON, set_by="test"))
    return "I-41", f"programme {to_text(programme_id)}"


def a_proposal_decided_by_its_maker(session: Session, books: Books) -> tuple[str, str]:
    officer = new_id()
    return "I-25", _proposal(session, maker_id=officer, checker_id=officer)


def a_proposal_decided_by_somebody_who_might_not(session: Session, books: Books) -> tuple[str, str]:
    return "I-25", _proposal(session, maker_id=new_id(), checker_id=new_id())


def a_proposal_that_was_changed_after_approval(session: Session, books: Books) -> tuple[str, str]:
    checker = new_id()
    grant = {"id": new_id(), "officer_id": checker, "permission": "approve", "granted_at": NOON, "granted_by": "test"}
    session.execute(insert(PermissionGrant).values(**grant))
    return "I-25", _proposal(session, maker_id=new_id(), checker_id=checker, digest=b"another")


def a_proposal_decided_by_its_maker_under_another_name(session: Session, books: Books) -> tuple[str, str]:
    maker, checker = (_officer(session, name=name, totp_digest=b"one app") for name in ("Grace", "Grace Two"))
    grant = {"id": new_id(), "officer_id": checker, "permission": "approve", "granted_at": NOON, "granted_by": "test"}
    session.execute(insert(PermissionGrant).values(**grant))
    return "I-25", _proposal(session, maker_id=maker, checker_id=checker)


def a_proposal_decided_by_whoever_made_it_for_an_organiser(session: Session, books: Books) -> tuple[str, str]:
    checker = _officer(session, name="Grace", totp_digest=b"one app")
    email = session.execute(select(Officer.email).where(Officer.id == checker)).scalar_one()
    acting = factories.organiser(session, owner_email=email).owner_id
    grant = {"id": new_id(), "officer_id": checker, "permission": "approve", "granted_at": NOON, "granted_by": "test"}
    session.execute(insert(PermissionGrant).values(**grant))
    return "I-25", _proposal(session, maker_id=None, operator_id=acting, checker_id=checker)


def an_award_to_oneself(session: Session, books: Books) -> tuple[str, str]:
    email = session.execute(select(Resident.email).where(Resident.id == books.resident_id)).scalar_one()
    return "I-26", _award(session, books, email=email.upper(), after=timedelta(hours=1))


def an_award_before_its_session(session: Session, books: Books) -> tuple[str, str]:
    return "I-26", _award(session, books, email="other@example.org", after=-timedelta(seconds=1))


def an_award_long_after_its_session(session: Session, books: Books) -> tuple[str, str]:
    return "I-26", _award(session, books, email="other@example.org", after=timedelta(days=14, hours=2, seconds=1))


def a_request_that_no_audit_row_tells_of(session: Session, books: Books) -> tuple[str, str]:
    _audit_row(session, at=NOON - timedelta(days=1))
    key = to_text(new_id())
    asked = {"principal": "office:test", "key": key, "route": "POST /office", "digest": bytes(32), "at": NOON}
    session.execute(insert(Request).values(**asked, status=303, content_type="text/uri-list", body=b"/office"))
    return "I-34", f"request {key}"


def an_audit_row_from_a_device_that_never_signed_in(session: Session, books: Books) -> tuple[str, str]:
    return "I-34", f"audit row {to_text(_audit_row(session, at=NOON, sign_in_id=new_id()))}"


VIOLATIONS: tuple[Violation, ...] = tuple(
    value for name, value in list(globals().items()) if name.startswith(("a_", "an_", "more_"))
)


def _code(session: Session, books: Books, *, state: str, cap: int = 1000) -> UUID:
    code_id = new_id()
    row = {"id": code_id, "resident_id": books.resident_id, "cap": cap, "state": state, "issued_at": NOON}
    session.execute(insert(Code).values(**row, ended_at=None))
    return code_id


def _redemption(session: Session, books: Books, *, merchant_id: UUID, code_id: UUID) -> None:
    ids = {name: new_id() for name in ("id", "till_id", "operator_id", "transaction_id")}
    row = {"reference": "7K2M-9QF", "amount": 500, "at": NOON, "returned": 0, "voided_at": None}
    whose = {"code_id": code_id, "resident_id": books.resident_id, "merchant_id": merchant_id}
    session.execute(insert(Redemption).values(**ids, **row, **whose))


def _officer(session: Session, *, name: str, totp_digest: bytes) -> UUID:
    row = {"id": new_id(), "name": name, "email": f"{name}@example.org", "totp_secret": b"", "totp_step": 0}
    session.execute(insert(Officer).values(**row, joined_at=NOON, totp_digest=totp_digest))
    return row["id"]  # type: ignore[return-value]  # the row is of several types


def _proposal(
    session: Session,
    *,
    maker_id: UUID | None,
    checker_id: UUID,
    operator_id: UUID | None = None,
    digest: bytes | None = None,
) -> str:
    proposal_id = new_id()
    right = hashlib.sha256(b'["allotment",{"amount":60000}]').digest()
    row = {"id": proposal_id, "reference": "7K2M-9QF", "kind": "allotment", "content": {"amount": 60000}}
    makers = {"maker_id": maker_id, "operator_id": operator_id}
    decided = {**makers, "state": "approved", "made_at": NOON, "checker_id": checker_id}
    session.execute(insert(Proposal).values(**row, **decided, decided_at=NOON, digest=digest or right))
    return f"proposal {to_text(proposal_id)}"


def _audit_row(session: Session, *, at: datetime, sign_in_id: UUID | None = None) -> UUID:
    row = {"id": new_id(), "at": at, "actor": "office:test", "sign_in_id": sign_in_id}
    session.execute(insert(AuditRow).values(**row, action="office.approvals.decide", request_id="test"))
    return row["id"]  # type: ignore[return-value]  # the row is of several types


def _award(session: Session, books: Books, *, email: str, after: timedelta) -> str:
    session_id, operator_id, award_id = new_id(), new_id(), new_id()
    starts_at, ends_at = NOON, NOON + timedelta(hours=2)
    times = {"starts_at": starts_at, "ends_at": ends_at, "places": 5, "taken": 1, "state": "open"}
    session.execute(insert(ActivitySession).values(id=session_id, activity_id=new_id(), **times))
    who = {"organisation_id": new_id(), "name": "Joy", "email": email, "role": "owner", "joined_at": NOON}
    session.execute(insert(Operator).values(id=operator_id, **who))
    ids = {"session_id": session_id, "resident_id": books.resident_id, "awarded_by": operator_id}
    what = {"amount": 500, "minutes": 120, "at": NOON + after, "returned": 0}
    rest = {"organiser_id": new_id(), "transaction_id": new_id()}
    session.execute(insert(Award).values(id=award_id, **ids, **what, **rest))
    return f"award {to_text(award_id)}"
