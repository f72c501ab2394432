"""The book on a database, asked the operations of the model; its answers are told in the model's words."""

from dataclasses import fields
from functools import partial
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ledger.book import account_status, capturing, holds
from ledger.book.accounts import open_account
from ledger.book.balances_at import balance_at, balance_on
from ledger.book.deciding import Posted
from ledger.book.models import Account, Balance
from ledger.book.periods import Reopening, close_period, freeze_totals, reopen_period
from ledger.book.posting import post, post_each, post_many
from ledger.book.requests import Answer as Kept
from ledger.book.requests import Asked, answer_or_turn, record_answer
from ledger.book.reversal import reverse
from ledger.book.rules import Ending, Line, Mode, Posting, Unit
from ledger.errors import LedgerError
from ledger.identifiers import uuid7
from ledger.store import reading, run
from tests.model import operations as ask
from tests.model.operations import Answer, Move, Operation, refused

NO_ACCOUNT = 10**9
OWNER = UUID(int=7)


class World:
    """One database: what it was asked so far, by the model's numbers."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.accounts: list[int] = []
        self.holds: list[UUID] = []
        self.transactions: list[UUID] = []
        self.posted: list[UUID] = []
        self.answers: dict[str, Answer] = {}
        self.source = Random(2026)

    def do(self, operation: Operation) -> Answer:
        """The answer of the book, each operation in a unit of work of its own; a refusal is kept under its key too."""
        self.posted = []
        try:
            answer = run(self.engine, partial(self._once, operation=operation))
        except LedgerError as error:
            answer = told(error)
            self.posted = []
            if operation.key is not None and error.code != "key_reused":
                run(self.engine, partial(self._keep, operation=operation, answer=answer))
        self.transactions += self.posted
        if operation.key is not None:
            self.answers.setdefault(operation.key, answer)
        return answer

    def _once(self, session: Session, operation: Operation) -> Answer:
        if operation.key is not None and answer_or_turn(session.connection(), asked(operation)) is not None:
            return self.answers[operation.key]
        answer = self._do(session, operation)
        if operation.key is not None:
            self._keep(session, operation, answer)
        return answer

    def _keep(self, session: Session, operation: Operation, answer: Answer) -> None:
        kept = Kept(
            status=409 if answer[0] == "refused" else 201, content_type="text/plain", body=repr(answer).encode()
        )
        record_answer(session.connection(), asked(operation), kept, at=operation.at)

    def _do(self, session: Session, operation: Operation) -> Answer:
        connection = session.connection()
        match operation:
            case ask.OpenAccount():
                return self._open(session, operation)
            case ask.Post():
                return self._told(post(connection, self._posting(operation.move, operation)))
            case ask.PostMany():
                moves = [self._posting(move, operation) for move in operation.moves]
                return "done", tuple(self._told(one) for one in post_many(connection, moves))
            case ask.PostEach():
                moves = [self._posting(move, operation) for move in operation.moves]
                results = post_each(connection, moves)
                return "done", tuple(told(one) if isinstance(one, LedgerError) else self._told(one) for one in results)
            case ask.Place():
                return self._place(session, operation)
            case ask.Void():
                holds.void(connection, hold_id=self.holds[operation.hold], at=operation.at)
                return ("done",)
            case ask.Capture():
                return self._capture(session, operation)
            case ask.Sweep():
                return self._sweep(session, operation)
            case ask.Reverse():
                original = self.transactions[operation.transaction]
                posting = self._posting(Move(lines=()), operation, kind="reversal")
                return self._told(reverse(connection, original=original, posting=posting))
            case ask.ChangeStatus():
                change = getattr(account_status, operation.event)
                change(connection, self._account(operation.account), at=operation.at)
                return ("done",)
            case ask.CloseMonth():
                return self._close_month(session, operation)
            case ask.ReopenMonth():
                why = Reopening(reason="test", proposed_by="one", approved_by="other", at=operation.at)
                reopen_period(connection, month=operation.month, reopening=why)
                return ("done",)
            case ask.LookAt():
                return self._look_at(session, operation)
        raise AssertionError("an operation that nobody can ask")

    def _open(self, session: Session, operation: ask.OpenAccount) -> Answer:
        made = open_account(
            session.connection(),
            public_id=self._new_id(operation),
            kind="budget" if operation.mode == "strict" else f"clearing-{len(self.accounts)}",
            unit=Unit(operation.unit),
            owner_id=self._new_id(operation) if operation.mode == "strict" else OWNER,
            mode=Mode(operation.mode),
        )
        self.accounts.append(made)
        return "done", len(self.accounts) - 1

    def _place(self, session: Session, operation: ask.Place) -> Answer:
        lines = [(self._account(account), amount) for account, amount in operation.lines]
        hold_id = self._new_id(operation)
        hold = holds.NewHold(id=hold_id, reason="test", lines=lines, at=operation.at, expires_at=operation.expires_at)
        holds.place(session.connection(), hold)
        self.holds.append(hold_id)
        return "done", len(self.holds) - 1

    def _capture(self, session: Session, operation: ask.Capture) -> Answer:
        posted = capturing.capture(
            session.connection(),
            hold_id=self.holds[operation.hold],
            amount=operation.amount,
            credit=self._account(operation.credit),
            posting=self._posting(Move(lines=()), operation),
        )
        return self._told(posted)

    def _sweep(self, session: Session, operation: ask.Sweep) -> Answer:
        lapsed = holds.lapsed_holds(session.connection(), at=operation.at)
        for hold_id in lapsed:
            holds.void(session.connection(), hold_id=hold_id, at=operation.at, ending=Ending.EXPIRED)
        return "done", len(lapsed)

    def _look_at(self, session: Session, operation: ask.LookAt) -> Answer:
        connection, account = session.connection(), self._account(operation.account)
        recorded = balance_at(connection, account, recorded=operation.recorded)
        return "done", recorded, balance_on(connection, account, effective=operation.effective)

    def _close_month(self, session: Session, operation: ask.CloseMonth) -> Answer:
        connection, closing_id = session.connection(), self._new_id(operation)
        closing = close_period(connection, closing_id=closing_id, month=operation.month, at=operation.at, actor="test")
        totals: dict[tuple[str, bool], int] = {}
        for line in freeze_totals(connection, closing):
            name = (line.unit, line.kind == "budget")
            totals[name] = totals.get(name, 0) + line.credited
        return "done", tuple(sorted((name, total) for name, total in totals.items() if total))

    def _posting(self, move: Move, operation: Operation, kind: str = "move") -> Posting:
        lines = [
            Line(debit=self._account(debit), credit=self._account(credit), amount=amount)
            for debit, credit, amount in move.lines
        ]
        return Posting(
            id=self._new_id(operation),
            kind=kind,
            lines=lines,
            at=operation.at,
            actor="test",
            effective_on=move.effective_on,
            corrects=None if move.corrects is None else self.transactions[move.corrects],
            floors=frozenset(self._account(account) for account in move.floors),
        )

    def _told(self, posted: Posted) -> Answer:
        self.posted.append(posted.id)
        numbers = {account: number for number, account in enumerate(self.accounts)}
        balances = sorted((numbers[account], balance) for account, balance in posted.balances.items())
        return "done", posted.posted_at, tuple(balances)

    def _account(self, number: int) -> int:
        return self.accounts[number] if 0 <= number < len(self.accounts) else NO_ACCOUNT

    def _new_id(self, operation: Operation) -> UUID:
        return uuid7(operation.at, self.source.randbytes)

    def balances(self) -> list[tuple[int, int, str]]:
        """What stands on each strict account: its balance, what is held, its status."""
        with reading(self.engine) as session:
            return standing(session)


def standing(session: Session) -> list[tuple[int, int, str]]:
    """The strict accounts in the order they were opened: balance, held, status."""
    query = select(Balance).join(Account, Account.id == Balance.account_id).order_by(Account.id)
    return [(one.credited - one.debited, one.held, str(one.status)) for one in session.execute(query).scalars()]


def asked(operation: Operation) -> Asked:
    """The operation as a request: its key, and what it says."""
    said = repr([(part.name, getattr(operation, part.name)) for part in fields(operation)])
    digest = sha256(f"{type(operation).__name__} {said}".encode()).digest()
    return Asked(principal="model", key=operation.key or "", route="model", digest=digest)


def told(error: LedgerError) -> Answer:
    """A refusal in the model's words: its code, and those of its facts that are no ids."""
    facts: dict[str, Any] = {
        name: value for name, value in vars(error).items() if not isinstance(value, UUID) and not name.startswith("_")
    }
    return refused(
        error.code, **{name: str(value) if name in ("debit", "credit") else value for name, value in facts.items()}
    )
