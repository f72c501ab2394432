"""Nights, done or planned, as a person and as a machine reads them."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ledger.money import format_amount, format_pounds
from ledger.nightly import NightResult, Plan


def night_as_facts(night: NightResult) -> dict[str, Any]:
    """The night for a machine: amounts in minor units and pence."""
    counts = {
        "expired_purses": night.expiry.purses,
        "expired": night.expiry.amount,
        "withdrawn_programmes": night.withdrawal.programmes,
        "withdrawn": night.withdrawal.amount,
        "notices": night.notices,
        "lines": night.lines,
        "reductions": night.reductions,
        "reversals": night.reversals,
    }
    return {
        "business_date": night.business_date.isoformat(),
        "night": str(night.night),
        "state": str(night.state),
        "sequence": night.sequence,
        "counts": counts,
        "refused_answers": list(night.refused),
        "rejecting_answers": list(night.rejecting),
        "undelivered": night.undelivered,
        "moved": [asdict(one) for one in night.moved],
        "files": [asdict(file) | {"path": str(file.path)} for file in night.files],
    }


def night_in_words(night: NightResult) -> str:
    """The night for a person: a line for what ended, one for what was built, two for its file, one for each trouble."""
    expired = f"Expired {format_amount(night.expiry.amount)} credits on {night.expiry.purses} purses."
    told = f"Told {night.notices} that credits end."
    total = f"{night.lines} lines, {format_pounds(night.reductions)}"
    built = f"Batch {night.sequence} for {night.business_date.isoformat()}: {total}."
    files = [f"{file.path}\n  SHA-256 {file.sha256}" for file in night.files]
    return "\n".join([f"{expired} {told}{_withdrawn(night)}", built, *files, *_to_look_at(night)])


def _withdrawn(night: NightResult) -> str:
    """What was taken back from programmes that closed; nothing in most nights."""
    withdrawn = night.withdrawal
    if not withdrawn.programmes:
        return ""
    return f" Withdrew {format_amount(withdrawn.amount)} credits of {withdrawn.programmes} closed programmes."


def _to_look_at(night: NightResult) -> Iterator[str]:
    """A line for whatever somebody must look at."""
    for one in night.moved:
        now, was = (text or "empty" for text in (one.now, one.was))
        yield f"LOOK: the environment's {one.variable} is {now}, and was {was}. Ask who changed it, and why."
    for name in night.refused:
        yield f"LOOK: the answer {name} could not be taken in. It lies in answers/refused, with its reason beside it."
    for name in night.rejecting:
        yield f"LOOK: by {name} the revenues system refused a whole file. Its items are held again."
    if night.undelivered:
        yield f"LOOK: a released file was not delivered: {night.undelivered}"


def plan_as_facts(plan: Plan) -> dict[str, Any]:
    """The plan for a machine: amounts in minor units and pence."""
    return asdict(plan) | {"business_date": plan.business_date.isoformat()}


def plan_in_words(plan: Plan) -> str:
    """The plan for a person, in one line."""
    less = f" less {format_pounds(plan.reversals)}" if plan.reversals else ""
    build = f"build a file of {plan.lines} lines, {format_pounds(plan.reductions)}{less}"
    return (
        f"{plan.business_date.isoformat()}: would end {plan.holds} holds,"
        f" expire {format_amount(plan.expiring)} credits on {plan.purses} purses,"
        f" withdraw {format_amount(plan.withdrawing)} credits of {plan.programmes} closed programmes,"
        f" tell {plan.notices} that credits end, {'look at its file' if plan.built else build}."
    )
