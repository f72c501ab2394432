"""Pure rules of cohorts: how much of what residents have is likely to be redeemed before it ends.

A cohort is all credits with one last good day. Of each age in months (0 is the month of the award), the redeemed share
is what cohorts redeemed in their month of that age, less what came back in it, out of all that stood in it: what was
there when the month began, and what was awarded in it. Only months that have ended count, so a share of an age comes
from cohorts that were older than that. What stands now is then thought to meet the shares of its age and of each later
one, month by month, until it ends; what is held is on its way out and counts whole. The month that runs is met as if it
had all its days before it, and an age that no cohort has reached is met like the oldest that one has: both rather cost
the council more than less.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.money import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortMonth:
    """What one month (its first day) did to the purses of one last good day: minor units, each net of what undid it."""

    expires_on: date
    month: date
    awarded: Amount
    redeemed: Amount
    expired: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """All credits of one last good day: minor units. `held` is what of `outstanding` is set aside.

    `expected` is what of `outstanding` is likely to be redeemed, None while no earlier cohort tells.
    """

    expires_on: date
    awarded: Amount
    redeemed: Amount
    expired: Amount
    held: Amount
    expected: Amount | None

    @property
    def outstanding(self) -> Amount:
        """What is neither redeemed nor expired."""
        return self.awarded - self.redeemed - self.expired


Shares = Mapping[int, Fraction]
"""The redeemed share of each age in months that some cohort has lived through."""


def age_in(month: date, *, expires_on: date, expiry_months: int) -> int:
    """How many months old a cohort is in a month: 0 in that of its award, `expiry_months` in its last."""
    left = (expires_on.year - month.year) * 12 + expires_on.month - month.month
    return max(expiry_months - left, 0)


def redeemed_shares(months: Iterable[CohortMonth], *, today: date, expiry_months: int) -> dict[int, Fraction]:
    """The redeemed share of each age, over the months that ended before today's."""
    stood: dict[int, Amount] = {}
    redeemed: dict[int, Amount] = {}
    for cohort in by_cohort(months).values():
        for age, there, gone in _lived(cohort, today=today, expiry_months=expiry_months):
            stood[age] = stood.get(age, 0) + there
            redeemed[age] = redeemed.get(age, 0) + gone
    return {age: _share(redeemed[age], of) for age, of in sorted(stood.items()) if of > 0}


def by_cohort(months: Iterable[CohortMonth]) -> dict[date, list[CohortMonth]]:
    """The months of each last good day, oldest first."""
    found: dict[date, list[CohortMonth]] = {}
    for one in sorted(months, key=lambda month: (month.expires_on, month.month)):
        found.setdefault(one.expires_on, []).append(one)
    return found


def _lived(cohort: Sequence[CohortMonth], *, today: date, expiry_months: int) -> Iterable[tuple[int, Amount, Amount]]:
    """Each ended month of a cohort's life, quiet ones too: its age, what stood in it, what was redeemed."""
    moved = {one.month: one for one in cohort}
    expires_on, month, standing = cohort[0].expires_on, cohort[0].month, 0
    while month < today.replace(day=1) and month <= expires_on:
        one = moved.get(month)
        awarded, redeemed, expired = (one.awarded, one.redeemed, one.expired) if one else (0, 0, 0)
        standing += awarded
        yield age_in(month, expires_on=expires_on, expiry_months=expiry_months), standing, redeemed
        standing -= redeemed + expired
        month = next_month(month)


def next_month(month: date) -> date:
    """The first day of the month after one that is given by its first day."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _share(part: Amount, of: Amount) -> Fraction:
    return min(max(Fraction(part, of), Fraction(0)), Fraction(1))


def expected_redeemed(
    available: Amount, *, held: Amount, expires_on: date, today: date, shares: Shares, expiry_months: int
) -> Amount | None:
    """What of a cohort's credits is likely to be redeemed, minor units; None where no age has a share yet."""
    if not shares:
        return None
    left = Fraction(available)
    last = age_in(expires_on, expires_on=expires_on, expiry_months=expiry_months)
    first = age_in(today, expires_on=expires_on, expiry_months=expiry_months)
    for age in range(first, last + 1) if today <= expires_on else ():
        left *= 1 - _known(shares, age)
    return held + available - round(left)


def _known(shares: Shares, age: int) -> Fraction:
    """The share of an age, or of the nearest younger one, or of the youngest that is known."""
    younger = [known for known in shares if known <= age]
    return shares[max(younger) if younger else min(shares)]


def cohorts(
    months: Sequence[CohortMonth], *, held: Mapping[date, Amount], today: date, expiry_months: int
) -> list[Cohort]:
    """Every cohort with what it did and what is expected of it, the soonest to end first; `held` by last good day."""
    shares = redeemed_shares(months, today=today, expiry_months=expiry_months)
    return [
        _cohort(expires_on, lived, held=held.get(expires_on, 0), today=today, shares=shares, months=expiry_months)
        for expires_on, lived in by_cohort(months).items()
    ]


def _cohort(
    expires_on: date, lived: Sequence[CohortMonth], *, held: Amount, today: date, shares: Shares, months: int
) -> Cohort:
    awarded, redeemed, expired = (
        sum(amounts) for amounts in zip(*((one.awarded, one.redeemed, one.expired) for one in lived), strict=True)
    )
    return Cohort(
        expires_on=expires_on,
        awarded=awarded,
        redeemed=redeemed,
        expired=expired,
        held=held,
        expected=expected_redeemed(
            awarded - redeemed - expired - held,
            held=held,
            expires_on=expires_on,
            today=today,
            shares=shares,
            expiry_months=months,
        ),
    )
