"""Pure rules about people: their kinds, realms and permissions, and the lives of sign-ins and proposals."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from email_validator import EmailNotValidError, validate_email

from ledger.errors import InvalidField, MoveRefused
from ledger.people.growing_waits import Wait

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
PIN_WAIT = Wait(limit=5, window=timedelta(minutes=5), longest=timedelta(hours=1))
"""For an operator's PIN, and for the digits of an officer's app in the middle of a sign-in."""
ASKS_WINDOW = timedelta(minutes=15)
ASKS_WAIT = Wait(limit=5, window=ASKS_WINDOW, longest=timedelta(hours=4))
"""For one address from one network, so that a stranger elsewhere uses up nothing of its owner's (BF-01)."""
ASKS_FROM_ANYWHERE_WAIT = Wait(limit=20, window=ASKS_WINDOW, longest=timedelta(hours=1))
"""For one address from all networks: 2,600 digits guessed in a day, of a million, by whoever has networks enough."""
ASKS_FROM_A_NETWORK = 100
TILL_LOCKS_AFTER = timedelta(minutes=5)
_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}


class ResidentStatus(StrEnum):
    """A resident's life: `open ⇄ frozen`, `open → closing → closed`."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"


class OrganisationKind(StrEnum):
    """Organisers thank people; merchants (shops and leisure centres) take credits."""

    ORGANISER = "organiser"
    SHOP = "shop"
    LEISURE_CENTRE = "leisure_centre"


class OperatorRole(StrEnum):
    """An owner signs in for the organisation; an operator unlocks a till with a PIN."""

    OWNER = "owner"
    OPERATOR = "operator"


class Realm(StrEnum):
    """Where a sign-in is good; one realm's cookie means nothing in another."""

    RESIDENT = "resident"
    ORGANISER = "organiser"
    MERCHANT = "merchant"
    OFFICE = "office"


class SignInKind(StrEnum):
    """A person's own sign-in, or a till that an owner opened."""

    PERSON = "person"
    TILL = "till"


class Permission(StrEnum):
    """What an officer may do, each granted by name."""

    AWARD = "award"
    APPROVE = "approve"
    EXPORT = "export"
    SETTLE = "settle"
    REVERSE = "reverse"
    SEE_PEOPLE = "see_people"
    SEE_AUDIT = "see_audit"
    ADMINISTER = "administer"


class LookedUpBy(StrEnum):
    """What an officer knew of the resident they looked for."""

    NAME = "name"
    EMAIL = "email"
    ACCOUNT = "account"


class ProposalState(StrEnum):
    """A proposal's life: `proposed → approved → used`, or `proposed → sent_back`; void until it is used."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    USED = "used"
    VOID = "void"


STORED_STATES = tuple(state for state in ProposalState if state != ProposalState.VOID)
"""A void proposal keeps the state it had: that it is void is a column of its own."""


PROPOSAL_MOVES: Mapping[ProposalState, frozenset[ProposalState]] = MappingProxyType(
    {
        ProposalState.PROPOSED: frozenset({ProposalState.APPROVED, ProposalState.SENT_BACK, ProposalState.VOID}),
        ProposalState.APPROVED: frozenset({ProposalState.USED, ProposalState.VOID}),
        ProposalState.SENT_BACK: frozenset(),
        ProposalState.USED: frozenset(),
        ProposalState.VOID: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How long a sign-in lasts at most, and how long without being used (None: as long as it lasts)."""

    lasts: timedelta
    idle: timedelta | None = None


LIVES: Mapping[tuple[Realm, SignInKind], Life] = MappingProxyType(
    {
        (Realm.RESIDENT, SignInKind.PERSON): Life(lasts=timedelta(days=90), idle=timedelta(days=30)),
        (Realm.ORGANISER, SignInKind.PERSON): Life(lasts=timedelta(hours=12)),
        (Realm.MERCHANT, SignInKind.PERSON): Life(lasts=timedelta(hours=12)),
        (Realm.MERCHANT, SignInKind.TILL): Life(lasts=timedelta(hours=12)),
        (Realm.OFFICE, SignInKind.PERSON): Life(lasts=timedelta(hours=8), idle=timedelta(minutes=30)),
    }
)


def is_live(realm: Realm, kind: SignInKind, *, active_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Whether a sign-in that was not ended is still good: neither past its end nor idle for too long."""
    idle = LIVES[realm, kind].idle
    return now < expires_at and (idle is None or now < active_at + idle)


def is_locked(*, active_at: datetime, now: datetime) -> bool:
    """Whether a till has been idle for five minutes, so that its operator must enter the PIN again."""
    return now >= active_at + TILL_LOCKS_AFTER


def check_proposal_move(now: ProposalState, wanted: ProposalState) -> None:
    """Raises MoveRefused unless a proposal's life has this move."""
    if wanted not in PROPOSAL_MOVES[now]:
        raise MoveRefused(kind="proposal", now=now, wanted=wanted)


def proposal_digest(kind: str, content: Mapping[str, Any]) -> bytes:
    """SHA-256 of a proposal's kind and content as canonical JSON: sorted, compact, UTF-8, whole numbers only."""
    assert _is_plain(content), "a proposal holds text, whole numbers, truths, lists and objects of these"
    canonical = json.dumps([kind, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).digest()


def _is_plain(value: object) -> bool:
    match value:
        case dict():
            return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
        case list():
            return all(_is_plain(one) for one in value)
    return value is None or isinstance(value, str | int)


def tidy(field: str, text: str, *, longest: int = 120) -> str:
    """A line of words as it is stored: NFC, without space around it. At most `longest` characters.

    Raises InvalidField when it is empty, too long, or holds control or invisible characters.
    """
    tidied = unicodedata.normalize("NFC", text).strip()
    if not tidied:
        raise InvalidField(field, "is empty")
    if len(tidied) > longest:
        raise InvalidField(field, f"is longer than {longest} characters")
    if any(unicodedata.category(symbol) in _HIDDEN for symbol in tidied):
        raise InvalidField(field, "has characters that cannot be seen")
    return tidied


def normalise_email(text: str) -> str:
    """An e-mail address as it is stored and compared: all in lower case. Raises InvalidField."""
    try:
        found = validate_email(
            text.strip(), check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise InvalidField("email", "is not an e-mail address") from error
    if "." not in found.domain:
        raise InvalidField("email", "is not an e-mail address")
    return found.normalized.lower()


def mailbox_of(email: str) -> str:
    """The mailbox that a normalised address reaches: what follows a plus in its first part only sorts what arrives."""
    name, _, domain = email.partition("@")
    return f"{name.partition('+')[0]}@{domain}"


def six_digits(text: str) -> str:
    """Six digits as people type them, spaces left out; "" when they are anything else."""
    digits = "".join(text.split())
    return digits if len(digits) == 6 and digits.isascii() and digits.isdigit() else ""


def check_pin_strength(pin: str) -> None:
    """Raises InvalidField unless `pin` is six digits that are no run (123456) and no pattern said twice (121212)."""
    if six_digits(pin) != pin or not pin:
        raise InvalidField("pin", "is six digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}) or pin in (pin[:2] * 3, pin[:3] * 2):
        raise InvalidField("pin", "is too easy to guess")
