"""Every operation that writes, each under one key and on one small town: for harnesses that stop them and try again.

An operation that a key protects runs as a route's does: its work and its answer in one unit of work. The rest are asked
again as they are: the night, the sweep, what goes by folders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book import account_status, capturing, holds
from ledger.book.posting import post, post_each, post_many
from ledger.book.requests import Asked, answer_or_turn, record_answer
from ledger.book.reversal import reverse
from ledger.book.rules import AccountId
from ledger.council_tax.operations import apply_credits, cancel_item, end_link
from ledger.lapsed_holds import run_sweeping, sweep
from ledger.nightly import CHECKING, STEPS, run_night
from ledger.redemption.at_once import prepare, redeem_at_once
from ledger.redemption.codes import end_code, issue_code
from ledger.redemption.redemptions import open_takings, redeem
from ledger.redemption.refunds import refund
from ledger.redemption.voids import void
from ledger.settings import Settings
from ledger.store import run, unit_of_work
from tests import factories
from tests.book import town as book_town
from tests.book.town import NOON, new_id, open_rollup, open_strict, pay, posting
from tests.council_tax import town as council_tax
from tests.earning import garden
from tests.harness import file_operations
from tests.harness.file_operations import Files, anew, delivery_into, lay, prepare_files
from tests.redemption import town as redemption
from tests.redemption.town import ANSWER, CODE_KEY, Town, make_town, occasion_at

KEY = "the-key-of-the-operation"
SUNDAY, AFTER_SUNDAY = date(2026, 11, 22), NOON.replace(hour=1, minute=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the operations are done to: ids and numbers, good in every copy of the prepared database."""

    town: Town
    tokens: tuple[str, ...]
    references: tuple[str, ...]
    code_id: UUID
    issuance: AccountId
    purses: tuple[AccountId, ...]
    hold_ids: tuple[UUID, ...]
    original: UUID
    applicant: UUID
    newcomer: UUID
    item: str
    project: factories.GrowingProject
    session_id: UUID
    residents: tuple[UUID, ...]
    files: Files


Operation = Callable[[Engine, Facts, Path], object]


def seed(number: int) -> None:
    """Let everything that is drawn from here on be drawn by this number."""
    for town in (book_town, redemption, council_tax, factories):
        town._source.seed(f"{town.__name__} {number}")


def prepare_town(engine: Engine) -> Facts:
    """The town in a fresh database, with something for each operation to be done to."""
    seed(0)
    files = prepare_files(engine)
    town = make_town(engine)
    town.award(100_000)
    run(engine, lambda session: open_takings(session, merchant_id=town.deli.merchant_id, occasion=occasion_at(NOON)))
    references = tuple(town.take(town.issue().token, 500).reference for _ in range(2))
    code = town.issue()
    applicant = council_tax.linked_resident(engine, 9_000)
    item = council_tax.apply(engine, applicant, 2_000).reference
    newcomer = council_tax.linked_resident(engine, 9_000, base="20005678")
    with unit_of_work(engine) as session:
        connection = session.connection()
        issuance = open_rollup(connection)
        purses = tuple(open_strict(connection, kind="budget") for _ in range(3))
        original, *_others = (pay(connection, issuance, purse, 1_000).id for purse in purses)
        hold_ids = tuple(_hold(session, purses[1], lasts) for lasts in (None, None, timedelta(seconds=1)))
        project = factories.growing_project(session)
        residents = tuple(factories.resident(session) for _ in range(3))
        session_id = garden.hold(session, project, list(residents))
    return Facts(
        town=replace(town, engine=None),  # type: ignore[arg-type]  # each copy of the database has its own
        tokens=(code.token,),
        references=references,
        code_id=code.code_id,
        issuance=issuance,
        purses=purses,
        hold_ids=hold_ids,
        original=original,
        applicant=applicant,
        newcomer=newcomer,
        item=item,
        project=project,
        session_id=session_id,
        residents=residents,
        files=files,
    )


def _hold(session: Session, purse: AccountId, lasts: timedelta | None) -> UUID:
    hold_id = new_id()
    expires_at = None if lasts is None else NOON - timedelta(days=1) + lasts
    lines = [(purse, 100)]
    placed = NOON - timedelta(days=1)
    holds.place(
        session.connection(), holds.NewHold(id=hold_id, reason="test", lines=lines, at=placed, expires_at=expires_at)
    )
    return hold_id


def asked() -> Asked:
    """The one request that all of these are."""
    return Asked(principal="till:1", key=KEY, route="POST /", digest=bytes(32))


def keyed(work: Callable[[Session, Facts], object]) -> Operation:
    """An operation whose work is done and answered in one unit of work, once for its key."""

    def once(session: Session, facts: Facts) -> None:
        if answer_or_turn(session.connection(), asked()) is None:
            work(session, facts)
            record_answer(session.connection(), asked(), ANSWER, at=NOON)

    return lambda engine, facts, _folder: run_sweeping(engine, partial(once, facts=facts), occasion=occasion_at(NOON))


def _sell(engine: Engine, facts: Facts, folder: Path) -> None:
    """By one statement where the database has it, as the till does."""
    taking = prepare(**facts.town.asked(facts.tokens[0], 700))
    if not redeem_at_once(engine, taking, asked=asked(), answer=ANSWER):
        keyed(_redeem)(engine, facts, folder)


def _redeem(session: Session, facts: Facts) -> object:
    return redeem(session, **facts.town.asked(facts.tokens[0], 700))


def _send_back(engine: Engine, facts: Facts, folder: Path) -> None:
    into = file_operations.written(engine, folder)
    keyed(lambda session, facts: file_operations.send_back(session, facts.files, into))(engine, facts, folder)


def _night(engine: Engine, facts: Facts, folder: Path) -> object:
    """With an answer to take in, changes, and a file to send; they came before the first try."""
    if not (folder / "council-tax").exists():
        lay(folder, "CTR", facts.files.answer)
        lay(folder, "CTU", facts.files.changes)
    settings = Settings(
        database_url=str(engine.url),
        base_url="http://localhost",
        data=folder,
        secret_key="only-for-tests-" * 4,
        field_keys=(),
        code_key=CODE_KEY,
        scheme=council_tax.SCHEME,
        delivery=delivery_into(folder),
    )
    steps = [step for step in STEPS if step.name != CHECKING]  # the holds of this town are of no feature
    return run_night(engine, business_date=SUNDAY, settings=settings, occasion=anew(AFTER_SUNDAY), steps=steps)


def _moves(facts: Facts, *, amounts: tuple[int, ...] = (100, 200, 300)) -> list[Any]:
    return [posting((purse, facts.issuance, amount)) for purse, amount in zip(facts.purses, amounts, strict=True)]


OPERATIONS: Mapping[str, Operation] = {
    "post": keyed(lambda session, facts: post(session.connection(), _moves(facts)[0])),
    "post many": keyed(lambda session, facts: post_many(session.connection(), _moves(facts))),
    "post each": keyed(lambda session, facts: post_each(session.connection(), _moves(facts, amounts=(1, 9_999, 2)))),
    "reverse": keyed(
        lambda session, facts: reverse(
            session.connection(), original=facts.original, posting=posting(at=NOON, kind="reversal")
        )
    ),
    "place a hold": keyed(lambda session, facts: _hold(session, facts.purses[0], None)),
    "void a hold": keyed(lambda session, facts: holds.void(session.connection(), hold_id=facts.hold_ids[0], at=NOON)),
    "capture a hold": keyed(
        lambda session, facts: capturing.capture(
            session.connection(), hold_id=facts.hold_ids[1], amount=60, credit=facts.issuance, posting=posting(at=NOON)
        )
    ),
    "sweep": lambda engine, _facts, _folder: sweep(engine, occasion=occasion_at(NOON)),
    "freeze": keyed(lambda session, facts: account_status.freeze(session.connection(), facts.purses[0], at=NOON)),
    "issue a code": keyed(
        lambda session, facts: issue_code(
            session,
            resident_id=facts.town.resident_id,
            cap=None,
            rules=redemption.RULES,
            code_key=CODE_KEY,
            occasion=occasion_at(NOON),
        )
    ),
    "end a code": keyed(
        lambda session, facts: end_code(
            session, code_id=facts.code_id, resident_id=facts.town.resident_id, occasion=occasion_at(NOON)
        )
    ),
    "redeem": keyed(_redeem),
    "sell": _sell,
    "void": keyed(
        lambda session, facts: void(
            session,
            reference=facts.references[0],
            merchant_id=facts.town.deli.merchant_id,
            occasion=occasion_at(NOON),
        )
    ),
    "refund": keyed(
        lambda session, facts: refund(
            session,
            reference=facts.references[1],
            merchant_id=facts.town.deli.merchant_id,
            amount=120,
            occasion=occasion_at(NOON),
        )
    ),
    "apply": keyed(
        lambda session, facts: apply_credits(
            session, resident_id=facts.newcomer, amount=1_000, rules=council_tax.RULES, occasion=council_tax.NOON
        )
    ),
    "cancel": keyed(
        lambda session, facts: cancel_item(
            session, reference=facts.item, resident_id=facts.applicant, occasion=council_tax.NOON
        )
    ),
    "end a link": keyed(
        lambda session, facts: end_link(session, resident_id=facts.applicant, occasion=council_tax.NOON)
    ),
    "award": keyed(
        lambda session, facts: garden.award(session, facts.project, facts.session_id, list(facts.residents))
    ),
    "approve a file": keyed(lambda session, facts: file_operations.approve(session, facts.files)),
    "release a file": keyed(lambda session, facts: file_operations.release(session, facts.files)),
    "send a file back": _send_back,
    "deliver": lambda engine, _facts, folder: file_operations.deliver(engine, folder),
    "take in an answer": lambda engine, facts, folder: file_operations.take_in(
        engine, lay(folder, "CTR", facts.files.answer)
    ),
    "take in changes": lambda engine, facts, folder: file_operations.take_in(
        engine, lay(folder, "CTU", facts.files.changes)
    ),
    "night": _night,
}
