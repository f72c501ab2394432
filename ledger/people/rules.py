"""Pure rules about people: their kinds, realms and permissions, and the lives of sign-ins and proposals."""

from enum import StrEnum


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


class ProposalState(StrEnum):
    """A proposal's life: `proposed → approved → used`, or `proposed → sent_back`."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    USED = "used"
