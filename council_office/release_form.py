"""The form beside a night's file: what the one who decides types and ticks, and what each decision does."""

from collections.abc import Callable, Mapping

from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, ValidationError

from council_office.batch_release import APPROVE, RELEASE, SEND_BACK, ReleaseCard
from council_office.fresh_sign_in import FreshForm
from ledger.council_tax.register import folder_of, register_of
from ledger.council_tax.release import approve_batch, release_batch, send_back_batch
from ledger.occasion import Occasion
from shared_web.core import settings
from shared_web.db import Session
from shared_web.guards import signed_in
from shared_web.words_typed import one_line, words

_reason = words("Say why you are sending it back", most=500)
_why = words("Say why you are sure", most=500)


class ReleaseForm(FreshForm):
    """Approve, release, or send back and say why. `seen` is the digest of the file that the page showed."""

    seen = HiddenField()
    why = TextAreaField("Why you are sure", filters=[one_line])
    right = BooleanField("The totals are right")
    reason = TextAreaField("Reason, if you send it back", filters=[one_line])
    decision = StringField(validators=[AnyOf((APPROVE, RELEASE, SEND_BACK), message="Approve it or send it back")])

    def beside(self, card: ReleaseCard | None, *, seen: str) -> "ReleaseForm":
        """This form as the card asks for it."""
        self.asks_why = card is not None and card.asks_why
        self.right.label.text = card.tick if card is not None else ""
        self.seen.data = self.seen.data or seen
        return self

    def needs_digits(self) -> bool:
        """Approving and releasing do."""
        return self.decision.data in (APPROVE, RELEASE)

    def validate_why(self, field: TextAreaField) -> None:
        """Whoever approves an unusual night says why."""
        if self.decision.data == APPROVE and self.asks_why:
            _why(self, field)

    def validate_right(self, field: BooleanField) -> None:
        """Whoever releases says that the totals are right."""
        if self.decision.data == RELEASE and not field.data:
            raise ValidationError("Tick the box if the totals are right")

    def validate_reason(self, field: TextAreaField) -> None:
        """Whoever sends it back says why."""
        if self.decision.data == SEND_BACK:
            _reason(self, field)


def _approve(session: Session, sequence: int, form: ReleaseForm, now: Occasion) -> None:
    officer_id = signed_in().person_id
    approve_batch(session, sequence=sequence, officer_id=officer_id, why=form.why.data or "", occasion=now)


def _release(session: Session, sequence: int, _form: ReleaseForm, now: Occasion) -> None:
    release_batch(session, sequence=sequence, officer_id=signed_in().person_id, occasion=now)


def _send_back(session: Session, sequence: int, form: ReleaseForm, now: Occasion) -> None:
    send_back_batch(
        session,
        sequence=sequence,
        officer_id=signed_in().person_id,
        reason=form.reason.data or "",
        scheme=settings().scheme,
        register=register_of(settings()),
        folder=folder_of(settings()),
        occasion=now,
    )


DECISIONS: Mapping[str, Callable[[Session, int, ReleaseForm, Occasion], None]] = {
    APPROVE: _approve,
    RELEASE: _release,
    SEND_BACK: _send_back,
}
