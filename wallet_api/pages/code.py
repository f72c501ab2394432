"""The code a resident shows at a till: its QR and short form, the most it may take, its receipt, and "not me"."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from ledger.identifiers import from_text, to_text
from ledger.money import Amount, NotAnAmount, format_amount, parse_amount
from ledger.redemption.codes import ShownCode, end_code, issue_code
from ledger.redemption.queries import CodeShown, code_shown
from ledger.redemption.rules import QR_DRAWN_ANEW_AFTER, QR_LIFE, CodeState
from ledger.redemption.showing import show_code
from ledger.wallets.queries import wallet_of
from shared_web.amount_entry import AmountBetween, AmountEntry
from shared_web.core import settings
from shared_web.days import clock, clock_to_the_second
from shared_web.db import Session, occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.in_force import rules_today
from shared_web.qr import qr_svg

pages = Blueprint("code", __name__)


class LimitForm(TallystickForm):
    """The most a shop may take by the next code; `available` is what the wallet has."""

    most = AmountEntry("The most they can take", description="For example, 5.00")

    def __init__(self, *, available: Amount) -> None:
        super().__init__()
        self.available = available
        self.limit = min(available, rules_today().redemption_limit)

    def validate_most(self, field: AmountEntry) -> None:
        """An amount that a till may take and the wallet has."""
        AmountBetween(most=rules_today().redemption_limit)(self, field)
        AmountBetween(most=self.available, too_much="You have {most} credits")(self, field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A code as the page draws it."""

    code: ShownCode
    qr: Markup
    most: Amount
    good_until: str
    renew_after: int
    lives: int
    kept_cap: str

    @property
    def id(self) -> str:
        """The code in addresses."""
        return to_text(self.code.code_id)


@pages.get("/code")
def show() -> str:
    """The live code, drawn anew; nothing to draw where there is nothing to spend."""
    with reading() as session:
        available = available_now(session)
    if not available:
        return render_template("wallet_api/code_nothing.html")
    with unit_of_work() as session:
        now = occasion()
        code = show_code(
            session,
            resident_id=g.signed_in.person_id,
            rules=rules_today(),
            code_key=settings().code_key,
            occasion=now,
        )
        return render_template("wallet_api/code.html", screen=screen_of(code, available), available=available)


@pages.post("/code")
def renew() -> Response:
    """A new code; the one before it is dead. Where a till took that one meanwhile, its receipt comes first."""
    shown = request.form.get("shown", "")
    most = request.form.get("most", "")
    with reading() as session:
        if shown and is_redeemed(session, from_text(shown)):
            return redirect(f"/code/{shown}", 303)
    with unit_of_work() as session:
        issue(session, cap=min(most_typed(most), available_now(session)) if most else None)
    return redirect("/code", 303)


@pages.route("/code/limit", methods=["GET", "POST"])
def limit() -> tuple[str, int] | Response:
    """Change the most they can take: a new code with a cap of the resident's own."""
    with reading() as session:
        form = LimitForm(available=available_now(session))
    if form.validate_on_submit():
        with unit_of_work() as session:
            issue(session, cap=form.most.data)
        return redirect("/code", 303)
    return render_template("wallet_api/code_limit.html", form=form), 422 if form.errors else 200


@pages.get("/code/stopped")
def stopped() -> str:
    """After "not me"."""
    return render_template("wallet_api/code_stopped.html")


@pages.get("/code/<text>")
def result(text: str) -> str | Response:
    """What became of a code: its receipt, or that it ended; one that is live is on its own page."""
    with reading() as session:
        shown = own_code(session, from_text(text))
    if shown.state == CodeState.ISSUED:
        return redirect("/code", 303)
    return render_template("wallet_api/code_result.html", shown=shown, id=text, at=taken_at(shown))


@pages.post("/code/<text>/not-me")
def not_me(text: str) -> Response:
    """Stop whatever code is live, at once."""
    with unit_of_work() as session:
        end_code(session, code_id=from_text(text), resident_id=g.signed_in.person_id, occasion=occasion())
    return redirect("/code/stopped", 303)


def issue(session: Session, *, cap: Amount | None) -> ShownCode:
    """A new code of the resident who asks."""
    return issue_code(
        session,
        resident_id=g.signed_in.person_id,
        cap=cap,
        rules=rules_today(),
        code_key=settings().code_key,
        occasion=occasion(),
    )


def most_typed(text: str) -> Amount:
    """The most a shop may take, as it was typed. Raises NotAnAmount, of nothing too."""
    amount = parse_amount(text)
    if not amount:
        raise NotAnAmount
    return amount


def available_now(session: Session) -> Amount:
    """What the resident who asks may spend today."""
    return wallet_of(session, resident_id=g.signed_in.person_id, now=occasion().now).available


def own_code(session: Session, code_id: UUID) -> CodeShown:
    """A code of the resident who asks."""
    return code_shown(session, code_id=code_id, resident_id=g.signed_in.person_id, now=occasion().now)


def is_redeemed(session: Session, code_id: UUID) -> bool:
    """Whether a till has taken this code."""
    return own_code(session, code_id).state == CodeState.REDEEMED


def screen_of(code: ShownCode, available: Amount) -> Screen:
    """The code with its picture; `kept_cap` is a cap of the resident's own, for the code after this one."""
    usual = min(available, rules_today().redemption_limit)
    return Screen(
        code=code,
        qr=qr_svg(address_of(code), label="QR code for the till to scan"),
        most=min(code.cap, available),
        good_until=clock_to_the_second(code.qr_expires_at),
        renew_after=int(QR_DRAWN_ANEW_AFTER.total_seconds()),
        lives=int(QR_LIFE.total_seconds()),
        kept_cap=format_amount(code.cap) if code.cap < usual else "",
    )


def address_of(code: ShownCode) -> str:
    """What the QR holds, in capitals so that it stays small (codes.md, Three ways to present)."""
    return f"{settings().base_url}/P/{code.token}".upper()


def taken_at(shown: CodeShown) -> str:
    """When a till took it, "" where none has."""
    return clock(shown.redemption.at) if shown.redemption else ""
