"""What a till says when a code was not taken: the heading, what to do now, and the address of the page that says so.

The address holds the refusal, the amount and the time, signed, so that the page can be shown again as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from flask import Response, make_response, redirect
from itsdangerous import BadSignature, URLSafeSerializer

from ledger.book.errors import AccountClosed, AccountFrozen, InsufficientCredits
from ledger.errors import LedgerError, NotFound, TooManyTries
from ledger.money import Amount, format_amount
from ledger.redemption import errors
from shared_web import metrics
from shared_web.core import core, settings
from shared_web.errors import retry_after_of, status_of
from shared_web.problems import problem, refuse, speaks_problems

COVERS_NOT = ("This code does not cover {amount}", "Take a smaller amount, or the rest another way.")
TOO_OLD = ("This code is too old", "Ask them to show the code on their screen now.")
CANNOT_BE_USED = ("This code cannot be used", "Ask them to open their wallet or call {phone}.")

WORDS: Mapping[type[LedgerError], tuple[str, str]] = MappingProxyType(
    {
        errors.CodeAlreadyRedeemed: (
            "This code has been used",
            "Ask the customer to tap “Get a new code”, then scan that one.",
        ),
        errors.CodeExpired: TOO_OLD,
        errors.CodeSuperseded: TOO_OLD,
        errors.OverCap: COVERS_NOT,
        InsufficientCredits: COVERS_NOT,
        errors.CodeRevoked: CANNOT_BE_USED,
        AccountFrozen: CANNOT_BE_USED,
        AccountClosed: CANNOT_BE_USED,
        errors.CodeInvalid: ("This is not a credits code", "Ask for their {scheme} code."),
        errors.OverTillLimit: ("This till cannot take this", "Tell the owner."),
        TooManyTries: ("Too many wrong codes", "Scan with the camera, or wait {minutes}."),
    }
)
"""Heading and what to do, by refusal; refusals that would tell what a customer has are worded alike."""

ALIKE: Mapping[type[LedgerError], type[LedgerError]] = MappingProxyType(
    {InsufficientCredits: errors.OverCap, AccountFrozen: errors.CodeRevoked, AccountClosed: errors.CodeRevoked}
)
"""Refusals that an address does not tell apart either."""

_KINDS = {kind.code: kind for kind in WORDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A code that was not taken, as its page shows it; `reference` is this shop's own receipt for a used one."""

    code: str
    heading: str
    what_to_do: str
    amount: Amount
    at: datetime
    reference: str | None

    @property
    def was_used(self) -> bool:
        """Whether the code was taken before, so that the shop's own takings may tell more."""
        return self.code == errors.CodeAlreadyRedeemed.code


def answer(error: LedgerError, amount: Amount) -> Response:
    """The answer to a refused redemption: to a page a redirect to the No page, to a script a problem that names it."""
    kind = next((kind for kind in type(error).__mro__ if kind in WORDS), None)
    if kind is None:
        return refuse(error)
    metrics.count_refusal(error.code)
    sealed = _sealed(kind, error, amount)
    result = f"/merchant/till/no/{sealed}"
    if not speaks_problems():
        return make_response(redirect(result, 303))
    facts = {"result": result, "reference": getattr(error, "reference", None), "reason": getattr(error, "reason", None)}
    told = {name: fact for name, fact in facts.items() if fact is not None}
    response = problem(status_of(error), error.code, f"{read(sealed).heading}.", told)
    if (seconds := retry_after_of(error)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def read(sealed: str) -> Refused:
    """The refusal that an address holds. Raises NotFound for any address but those of `answer`."""
    try:
        code, amount, seconds, wait, reference = _signer().loads(sealed)
    except (BadSignature, ValueError):
        raise NotFound("page") from None
    heading, what_to_do = WORDS[_KINDS[code]]
    scheme = settings().scheme
    minutes = "a minute" if wait <= 60 else f"{-(-wait // 60)} minutes"
    facts = {"amount": format_amount(amount), "phone": scheme.phone, "scheme": scheme.name, "minutes": minutes}
    return Refused(
        code=code,
        heading=heading.format(**facts),
        what_to_do=what_to_do.format(**facts),
        amount=amount,
        at=datetime.fromtimestamp(seconds, UTC),
        reference=reference,
    )


def _sealed(kind: type[LedgerError], error: LedgerError, amount: Amount) -> str:
    seconds, wait = int(core().now().timestamp()), retry_after_of(error) or 0
    return _signer().dumps([ALIKE.get(kind, kind).code, amount, seconds, wait, getattr(error, "reference", None)])


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="till-refusal")
