"""The till's redemption as one statement, on PostgreSQL: it takes the amount and keeps the answer, or writes nothing.

`redeem_at_once` tries; where it says no, the portable `redemptions.redeem` decides and says why. It takes what is taken
on most days: a live code, an open resident, purses that hold enough, a shop that has takings already. All else is rare
and is left to the one place that tells the refusals apart.

The answer is made before the books are written, so it names the instant of the request: a purse that was posted to
after that, by another machine's clock or by whoever was waited for, is left to the portable path too.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Engine, Select, exists, literal_column, select, true, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from ledger.audit.operations import recorded_with
from ledger.book.drawing import DrawingPlan, Purses, always, given, insert_from, plan_drawing, post_drawing
from ledger.book.models import Account
from ledger.book.requests import Answer, Asked, answer_values, is_first, keep_answer
from ledger.book.rules import Unit
from ledger.identifiers import reference, to_text
from ledger.money import Amount
from ledger.occasion import Occasion
from ledger.outages import Undone, Unreachable
from ledger.people.models import Resident, TryCounter
from ledger.people.rules import ResidentStatus
from ledger.prepared import Prepared
from ledger.redemption.misses import subject_of
from ledger.redemption.models import Code, Presentation, Redemption
from ledger.redemption.redemptions import TAKINGS, Redeemed
from ledger.redemption.rules import CodeState, PresentationKind, check_till_amount
from ledger.redemption.tokens import presentation_digest, read_presented
from ledger.settings import SchemeRules
from ledger.store import statements
from ledger.wallets.queries import PURSE, REDEEM

REDEMPTION = "redemption"
"""What the audit calls what was done here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """A redemption that is asked for: what will have been `redeemed`, and what its code is looked up by."""

    redeemed: Redeemed
    kind: PresentationKind
    digest: bytes
    occasion: Occasion


def prepare(
    *,
    presented: str,
    amount: Amount,
    merchant_id: UUID,
    till_id: UUID,
    operator_id: UUID,
    rules: SchemeRules,
    code_key: bytes,
    occasion: Occasion,
) -> Taking:
    """What a till asks for, its ids and its reference drawn; no database is looked at.

    Raises InvalidField, OverTillLimit, CodeInvalid, as `redeem` does before it looks anything up.
    """
    check_till_amount(amount, limit=rules.redemption_limit)
    shown = read_presented(presented)
    redeemed = Redeemed(
        id=occasion.new_id(),
        reference=reference(occasion.token_bytes),
        amount=amount,
        at=occasion.now,
        merchant_id=merchant_id,
        till_id=till_id,
        operator_id=operator_id,
        transaction_id=occasion.new_id(),
    )
    digest = presentation_digest(shown, code_key=code_key)
    return Taking(redeemed=redeemed, kind=shown.kind, digest=digest, occasion=occasion)


def redeem_at_once(engine: Engine, taking: Taking, *, asked: Asked, answer: Answer) -> bool:
    """Whether the amount was taken and its answer kept, whole; if not, nothing was written and `redeem` says why.

    Always no on SQLite. Raises as `store.statements`: Busy where another held a row for too long, above all.
    """
    if engine.dialect.name != "postgresql":
        return False
    try:
        with statements(engine) as connection:
            return take(connection, taking, asked=asked, answer=answer)
    except (IntegrityError, Undone, Unreachable):
        return False


def take(connection: Connection, taking: Taking, *, asked: Asked, answer: Answer) -> bool:
    """As `redeem_at_once`, on a connection of PostgreSQL whose every statement is a unit of work of its own.

    A unique key that is taken (of the request, above all) is raised as IntegrityError.
    """
    values = values_of(taking) | answer_values(asked, answer)
    return _STATEMENTS[taking.kind](connection, values).first() is not None


def values_of(taking: Taking) -> dict[str, Any]:
    """The values that a statement of `redemption_parts` is executed with, beside those of the kept answer."""
    redeemed = taking.redeemed
    return {
        "token_digest": taking.digest,
        "redemption_id": redeemed.id,
        "audit_id": taking.occasion.new_id(),
        "reference": redeemed.reference,
        "merchant_id": redeemed.merchant_id,
        "till_id": redeemed.till_id,
        "operator_id": redeemed.operator_id,
        "guesses": subject_of(redeemed.till_id),
        "amount": redeemed.amount,
        "today": taking.occasion.today,
        "transaction_id": redeemed.transaction_id,
        "at": redeemed.at,
        "actor": taking.occasion.actor,
        "details": {"redemption": to_text(redeemed.id)},
    }


def _by_qr() -> Select[Any]:
    posted, *rest = redemption_parts()
    return select(posted.c.posted_at).add_cte(*rest)


def _by_short_code() -> Select[Any]:
    """As by a QR; and since the code was no guess, its count is given back, as `give_back_miss` does."""
    posted, *rest = redemption_parts()
    counted = (TryCounter.subject == given("guesses"), TryCounter.used > literal_column("0"))
    given_back = update(TryCounter).where(*counted, exists().select_from(posted))
    one_less = given_back.values(used=TryCounter.used - literal_column("1"))
    return select(posted.c.posted_at).add_cte(*rest, one_less.cte("given_back"))


def redemption_parts() -> tuple[CTE, ...]:
    """Lock the code, lock the purses and plan, claim the code, post, record, audit, keep the answer: locks so ordered.

    The first has a row (posted_at) where all of it is written; what else must commit with it hangs on that row.
    """
    code = _code()
    owner = select(code.c.resident_id).scalar_subquery()
    plan = plan_drawing(owner=owner, purses=Purses(kind=PURSE, unit=Unit.CR), credited=_are_takings())
    claimed = _claimed(code, plan)
    posted, *rest = post_drawing(plan, kind=REDEEM, claim=claimed)
    return posted, *rest, _recorded(claimed, posted), recorded_with(posted, kind=REDEMPTION), keep_answer(posted)


def _code() -> CTE:
    """The code that was shown, if it can be taken, locked; who supersedes it or takes it first is waited for."""
    code, presentation, resident = aliased(Code, name="c"), aliased(Presentation, name="p"), aliased(Resident, name="r")
    return (
        select(code.id, code.resident_id)
        .join(presentation, presentation.code_id == code.id)
        .join(resident, resident.id == code.resident_id)
        .where(
            is_first(),
            presentation.token_digest == given("token_digest"),
            presentation.expires_at > given("at"),
            code.state == always(CodeState.ISSUED),
            code.cap >= given("amount"),
            resident.status == always(ResidentStatus.OPEN),
        )
        .with_for_update(of=code, key_share=True)
        .cte("code")
    )


def _are_takings() -> ColumnElement[bool]:
    own = Account.owner_id == given("merchant_id")
    return own & (Account.kind == always(TAKINGS)) & Account.expires_on.is_(None)


def _claimed(code: CTE, plan: DrawingPlan) -> CTE:
    """The compare-and-set, once the drawing is good: all that is written hangs on the row it returns."""
    at = given("at")
    good = exists().select_from(plan.decided).where(plan.decided.c.posted_at == at)
    guarded = update(Code).where(Code.id == code.c.id, Code.state == always(CodeState.ISSUED), good)
    moved = guarded.values(state=always(CodeState.REDEEMED), ended_at=at)
    return moved.returning(Code.id, Code.resident_id).cte("claimed")


def _recorded(claimed: CTE, posted: CTE) -> CTE:
    values = {
        Redemption.id: given("redemption_id"),
        Redemption.reference: given("reference"),
        Redemption.code_id: claimed.c.id,
        Redemption.resident_id: claimed.c.resident_id,
        Redemption.merchant_id: given("merchant_id"),
        Redemption.till_id: given("till_id"),
        Redemption.operator_id: given("operator_id"),
        Redemption.amount: given("amount"),
        Redemption.transaction_id: given("transaction_id"),
        Redemption.at: posted.c.posted_at,
        Redemption.returned: literal_column("0"),
    }
    return insert_from(Redemption, values, claimed.join(posted, true())).cte("recorded")


_STATEMENTS = {PresentationKind.QR: Prepared(_by_qr()), PresentationKind.SHORT: Prepared(_by_short_code())}
