"""A shop says that a redemption of its own is wrong; the answer stands on the redemption's page."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from ledger.corrections.disputes import dispute_as_shop, dispute_of_shop
from ledger.corrections.errors import DisputedAlready
from ledger.corrections.rules import LONGEST_REASON
from ledger.redemption.queries import redemption
from merchant_portal.at_till import shop_id, unlocked
from shared_web.db import occasion, reading, unit_of_work
from shared_web.forms import TallystickForm
from shared_web.in_force import rules_today
from shared_web.refused_fields import told_at
from shared_web.words_typed import one_line, words

pages = Blueprint("disputes", __name__)


class DisputeForm(TallystickForm):
    """What is wrong."""

    reason = TextAreaField(
        "What is wrong?",
        description="For example, the amount should have been 4.50",
        filters=[one_line],
        validators=[words("Tell us what is wrong", most=LONGEST_REASON)],
    )


@pages.get("/takings/<reference>/dispute")
@unlocked
def ask(reference: str) -> ResponseReturnValue:
    """Say what is wrong; what was said already stands on the redemption's page."""
    with reading() as session:
        taken = redemption(session, reference=reference, merchant_id=shop_id())
        said = dispute_of_shop(session, transaction_id=taken.transaction_id, merchant_id=shop_id())
    if said is not None:
        return redirect(f"/merchant/takings/{taken.reference}", 303)
    return render_template("merchant_portal/dispute.html", taken=taken, form=DisputeForm())


@pages.post("/takings/<reference>/dispute")
@unlocked
def send(reference: str) -> ResponseReturnValue:
    """Tell the council."""
    form = DisputeForm()
    with reading() as session:
        taken = redemption(session, reference=reference, merchant_id=shop_id())
    if form.validate_on_submit():
        with told_at(form.reason, DisputedAlready), unit_of_work() as session:
            dispute_as_shop(
                session,
                reference=taken.reference,
                merchant_id=shop_id(),
                reason=form.reason.data,
                rules=rules_today(),
                occasion=occasion(),
            )
            return redirect(f"/merchant/takings/{taken.reference}", 303)
    return render_template("merchant_portal/dispute.html", taken=taken, form=form), 422
