"""Apply credits to council tax: how many, then check, then set aside."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms.validators import StopValidation
from wtforms.widgets import HiddenInput

from ledger.council_tax.departures import opening_for
from ledger.council_tax.operations import apply_credits
from ledger.council_tax.queries import link_of, preview, use_this_year
from ledger.council_tax.rules import account_owner
from ledger.council_tax.views import LinkView, Opening, Preview, YearUse
from ledger.money import Amount, format_amount, format_plain, parse_amount
from ledger.wallets.queries import cap_used, wallet_of
from ledger.wallets.rules import Cap
from shared_web.amount_entry import AmountBetween, AmountEntry, ValueForm
from shared_web.days import hour_of, near_day
from shared_web.db import Session, occasion, reading
from shared_web.forms import TallystickForm
from shared_web.idempotency import answered_once
from shared_web.in_force import rules_today
from wallet_api.council_tax_opening import PAUSED, waits_words
from wallet_api.council_tax_road import leaves_words
from wallet_api.pages.council_tax import account_of
from wallet_api.wording import listed

pages = Blueprint("council_tax_apply", __name__)

ON_THE_BILL_WITHIN = timedelta(days=8)
"""About how long it takes from leaving us to standing on a bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a resident may apply now; minor units. `next_month_on` is set where this month's item was made already."""

    link: LinkView
    available: Amount
    use: YearUse
    opening: Opening
    next_month_on: date | None


class AmountForm(TallystickForm):
    """How many credits."""

    amount = AmountEntry("How many credits?", description="For example, 25.00")
    room: Room

    def validate_amount(self, field: AmountEntry) -> None:
        """Enough, not too many, not too often; told one at a time, in the order in which people can help it."""
        least = rules_today().council_tax_minimum
        if not field.data:
            raise StopValidation("Enter an amount like 25.00")
        AmountBetween(least=least)(self, field)
        AmountBetween(most=self.room.available, too_much="You have {most} credits")(self, field)
        AmountBetween(most=self.room.use.left, too_much="You can use {most} more this year")(self, field)
        if self.room.next_month_on:
            raise StopValidation(f"One a month for each account. Next from {day_words(self.room.next_month_on)}")


class CheckForm(ValueForm):
    """The amount that was checked."""

    amount = AmountEntry("Credits", widget=HiddenInput())


@pages.route("/council-tax/apply", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """How many; an amount that may be applied goes on to be checked."""
    with reading() as session:
        room = room_of(session)
    if room is None:
        return redirect("/council-tax/link", 303)
    if not room.opening.taken:
        return redirect("/council-tax", 303)
    form = AmountForm()
    form.room = room
    if request.method == "GET" and (asked := request.args.get("amount")):
        form.amount.data = parse_amount(asked)
    if form.validate_on_submit():
        return redirect(f"/council-tax/apply/check?amount={format_plain(form.amount.data)}", 303)
    page = render_template("wallet_api/council_tax_apply.html", form=form, room=room, account=account_of(room.link))
    return page, 422 if form.errors else 200


@pages.get("/council-tax/apply/check")
def check() -> ResponseReturnValue:
    """What it would do, before anything is set aside."""
    amount, now = parse_amount(request.args.get("amount", "")), occasion()
    with reading() as session:
        room = room_of(session)
        if room is None:
            return redirect("/council-tax/link", 303)
        if not room.opening.taken:
            return redirect("/council-tax", 303)
        planned = preview(session, resident_id=g.signed_in.person_id, amount=amount, now=now.now, rules=rules_today())
    return render_template(
        "wallet_api/council_tax_check.html",
        form=CheckForm(amount=amount),
        amount=amount,
        account=account_of(room.link),
        planned=planned,
        which=which_credits(planned),
        leaves=leaves_of(room.opening),
        waits=waits_words(room.opening),
        cancel_until=cancel_words(planned.leaves_on, today=now.today),
        paused=room.opening.paused,
        on_bill=day_words(planned.leaves_on + ON_THE_BILL_WITHIN),
        used=room.use.most - room.use.left,
        use=room.use,
    )


@pages.post("/council-tax/apply/check")
@answered_once
def apply(session: Session) -> ResponseReturnValue:
    """Set the credits aside, once however often it is sent."""
    applied = apply_credits(
        session,
        resident_id=g.signed_in.person_id,
        amount=parse_amount(request.form.get("amount", "")),
        rules=rules_today(),
        occasion=occasion(),
    )
    return redirect(f"/council-tax/{applied.reference}", 303)


def room_of(session: Session) -> Room | None:
    """What the resident who asks may apply now; None where no account is linked."""
    resident_id, now, rules = g.signed_in.person_id, occasion(), rules_today()
    link = link_of(session, resident_id=resident_id)
    if link is None:
        return None
    opening = opening_for(session, now=now.now, rules=rules)
    items = cap_used(
        session, owner_id=account_owner(link.account_ref), cap=Cap.COUNCIL_TAX_ITEMS_A_MONTH, day=opening.leaves_on
    )
    return Room(
        link=link,
        available=wallet_of(session, resident_id=resident_id, now=now.now).available,
        use=use_this_year(session, resident_id=resident_id, now=now.now, rules=rules),
        opening=opening,
        next_month_on=first_of_next_month(opening.leaves_on) if items >= rules.council_tax_items_a_month else None,
    )


def leaves_of(opening: Opening) -> str:
    """When what is applied now leaves, as the page says it."""
    if opening.paused:
        return PAUSED
    return leaves_words(opening.leaves_on, today=opening.today, cut=rules_today().council_tax_cut)


def first_of_next_month(day: date) -> date:
    """The day from which another month counts."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def day_words(day: date) -> str:
    """As "1 December"."""
    return near_day(day).split(" ", 1)[1]


def which_credits(planned: Preview) -> str:
    """As "6.00 from November 2026, 8.50 from March 2027 and 10.50 from October 2027"."""
    return listed([f"{format_amount(drawn.amount)} from {drawn.expires_on:%B %Y}" for drawn in planned.drawn])


def cancel_words(leaves_on: date, *, today: date) -> str:
    """As "6pm today"."""
    cut = hour_of(rules_today().council_tax_cut)
    return f"{cut} today" if leaves_on == today else f"{cut} on {near_day(leaves_on)}"
