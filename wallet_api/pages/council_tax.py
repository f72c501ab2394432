"""Council tax: the linked account, this year's use, each application and where it is."""

from datetime import date
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, ValidationError

from ledger.clock import financial_year, london_date
from ledger.council_tax.departures import departure_of, opening_for
from ledger.council_tax.errors import NotAReference
from ledger.council_tax.link_queries import LinkStatus, Standing, link_status
from ledger.council_tax.operations import cancel_item, end_link, link_account
from ledger.council_tax.over_caps import is_over_caps
from ledger.council_tax.queries import item, items_of, link_of, use_this_year
from ledger.council_tax.references import read_reference, show_reference
from ledger.council_tax.rules import ItemState, LinkRole
from ledger.council_tax.views import ItemView, LinkView
from shared_web.account_checked import checked_words
from shared_web.amount_entry import ValueForm
from shared_web.core import settings
from shared_web.days import near_day
from shared_web.db import Session, occasion, reading
from shared_web.idempotency import answered_once
from wallet_api.council_tax_opening import opening_words
from wallet_api.council_tax_road import leaves_words, road_of, tag_of

pages = Blueprint("council_tax", __name__)

WORDS = {
    "shape": "Check the account number. It should look like {mask}",
    "check": "Check the account number. One digit looks wrong",
}


class LinkForm(ValueForm):
    """Which council-tax account, and whose."""

    account = StringField("Account number")
    on_bill = RadioField(
        "Is your name on the bill?",
        choices=[
            SelectChoice(LinkRole.LIABLE.value, "Yes"),
            SelectChoice(LinkRole.HOUSEHOLD_MEMBER.value, "No, someone I live with"),
        ],
        validators=[InputRequired("Say whether your name is on the bill")],
    )

    def validate_account(self, field: StringField) -> None:
        """A reference as this council writes them."""
        if not (field.data or "").strip():
            raise ValidationError("Enter your account number")
        try:
            read_reference(field.data, settings().account_format)
        except NotAReference as error:
            raise ValidationError(WORDS[error.problem].format(mask=settings().account_format.mask)) from None


@pages.get("/council-tax")
def show() -> str:
    """The account, what was used of this year, and every application."""
    with reading() as session:
        link = link_of(session, resident_id=g.signed_in.person_id)
        items = items_of(session, resident_id=g.signed_in.person_id)
        use = use_this_year(session, resident_id=g.signed_in.person_id, now=occasion().now, rules=settings().rules)
        opening = opening_for(session, now=occasion().now, rules=settings().rules)
        over = {one.id for one in items if waits_for_room(session, one)}
        status = link_status(session, resident_id=g.signed_in.person_id)
    return render_template(
        "wallet_api/council_tax.html",
        account=account_of(link) if link else None,
        role=link.role if link else None,
        **checked(status),
        use=use,
        used=use.most - use.left,
        opening=opening_words(opening),
        may_apply=opening.taken,
        items=[(one, near_day(london_date(one.applied_at)), tag_of(one, over=one.id in over)) for one in items],
    )


@pages.get("/council-tax/link")
def ask_link() -> str:
    """The form to link an account, or another one."""
    with reading() as session:
        return link_page(session, LinkForm())


@pages.post("/council-tax/link")
@answered_once
def link(session: Session) -> ResponseReturnValue:
    """Link it; another link that is live ends first, and what has not left it is cancelled."""
    form = LinkForm()
    if not form.validate():
        return link_page(session, form), 422
    if link_of(session, resident_id=g.signed_in.person_id):
        end_link(session, resident_id=g.signed_in.person_id, occasion=occasion())
    link_account(
        session,
        resident_id=g.signed_in.person_id,
        reference_text=form.account.data or "",
        role=LinkRole(form.on_bill.data),
        account_format=settings().account_format,
        occasion=occasion(),
    )
    return redirect("/council-tax", 303)


@pages.post("/council-tax/link/end")
@answered_once
def unlink(session: Session) -> ResponseReturnValue:
    """End the link, as whoever moves away does; what has not left is cancelled. Raises NotLinked."""
    end_link(session, resident_id=g.signed_in.person_id, occasion=occasion())
    return redirect("/council-tax", 303)


@pages.get("/council-tax/<reference>")
def show_item(reference: str) -> str:
    """One application and its road."""
    with reading() as session:
        found = item(session, reference=reference, resident_id=g.signed_in.person_id)
        leaves_on = departure_of(session, promised=found.leaves_on, rules=settings().rules)
        over = waits_for_room(session, found)
        use = use_this_year(session, resident_id=g.signed_in.person_id, now=occasion().now, rules=settings().rules)
    return render_template(
        "wallet_api/council_tax_item.html",
        item=found,
        tag=tag_of(found, over=over),
        most=use.most if over else None,
        account=shown_account(found),
        steps=road_of(
            found,
            leaves=leaves_words(leaves_on, today=occasion().today, cut=settings().rules.council_tax_cut),
            paused=settings().rules.council_tax_paused,
            over=over,
        ),
        year=year_of(found.leaves_on),
        form=ValueForm() if found.state == ItemState.HELD else None,
    )


@pages.post("/council-tax/<reference>/cancel")
@answered_once
def cancel(session: Session, reference: str) -> ResponseReturnValue:
    """Cancel it while it is still here; the credits are free again."""
    cancel_item(session, reference=reference, resident_id=g.signed_in.person_id, occasion=occasion())
    return redirect(f"/council-tax/{reference}", 303)


def link_page(session: Session, form: LinkForm) -> str:
    """The form, with what happens to the account that is linked now."""
    linked = link_of(session, resident_id=g.signed_in.person_id)
    status = link_status(session, resident_id=g.signed_in.person_id)
    form.account.description = hint()
    return render_template(
        "wallet_api/council_tax_link.html",
        form=form,
        action=request.path,
        linked=account_of(linked) if linked else None,
        may_end=ValueForm() if linked else None,
        **checked(status),
    )


def checked(status: LinkStatus) -> dict[str, Any]:
    """What a page says of whether the council took the number."""
    return {"checked": checked_words(status), "not_accepted": status.standing == Standing.NOT_ACCEPTED}


def hint() -> str:
    """Where the number stands and what it looks like, by the council's own format."""
    mask = settings().account_format.mask
    symbols = sum(symbol.isalnum() for symbol in mask)
    return f"{symbols} digits, {settings().scheme.hint_place}. For example {mask}."


def waits_for_room(session: Session, found: ItemView) -> bool:
    """Whether an application is held since a smaller cap was decided that leaves no room for it."""
    return found.state == ItemState.HELD and is_over_caps(session, item_id=found.id)


def account_of(link: LinkView) -> str:
    """The account as the bill prints it."""
    return show_reference(link.account_ref, link.check_character, settings().account_format)


def shown_account(found: ItemView) -> str:
    """An application's account as the bill prints it."""
    return show_reference(found.account_ref, found.check_character, settings().account_format)


def year_of(day: date) -> str:
    """The financial year of a day, as "2026 to 2027"."""
    year = financial_year(day)
    return f"{year} to {year + 1}"
