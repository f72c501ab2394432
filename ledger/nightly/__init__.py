"""The nightly batch: every business date that is due, exactly once, whatever stops it."""

from ledger.nightly.plans import Plan, plan_due
from ledger.nightly.runs import Expiry, NightFile, NightResult, Runner, Withdrawal, dates_due, run_due, run_night
from ledger.nightly.steps import (
    BUILDING,
    CHECKING,
    COMPARING,
    DELIVERING,
    EXPIRING,
    STEPS,
    SUBTOTALLING,
    SUMMING_UP,
    SWEEPING,
    TELLING,
    WITHDRAWING,
    WRITING,
    BooksNotWhole,
    Progress,
    Step,
)

__all__ = [
    "BUILDING",
    "CHECKING",
    "COMPARING",
    "DELIVERING",
    "EXPIRING",
    "STEPS",
    "SUBTOTALLING",
    "SUMMING_UP",
    "SWEEPING",
    "TELLING",
    "WITHDRAWING",
    "WRITING",
    "BooksNotWhole",
    "Expiry",
    "NightFile",
    "NightResult",
    "Plan",
    "Progress",
    "Runner",
    "Step",
    "Withdrawal",
    "dates_due",
    "plan_due",
    "run_due",
    "run_night",
]
