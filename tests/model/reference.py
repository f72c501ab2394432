"""The book as plain dictionaries: what each operation does and refuses, told a second time and as simply as can be.

It shares no code with the book. What an operation did is taken back where it is refused.
"""

from calendar import monthrange
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.model import operations as ask
from tests.model.operations import Answer, Move, Operation, refused
from tests.model.state import CEILING, Refused, State, check_form, credited_by

LONDON = ZoneInfo("Europe/London")


class Reference:
    """The model: `do` an operation and hear its answer."""

    def __init__(self) -> None:
        self.state = State()

    def do(self, operation: Operation) -> Answer:
        """The answer; a refusal leaves everything as it was. Under a key, the same operation has the same answer."""
        kept = self.state.answers.get(operation.key or "")
        if kept is not None:
            return kept[1] if kept[0] == operation else refused("key_reused")
        before = self._save()
        try:
            answer = self._do(operation)
        except Refused as refusal:
            self._take_back(before)
            answer = refusal.answer
        if operation.key is not None:
            self.state.answers[operation.key] = (operation, answer)
        return answer

    def _save(self) -> tuple[list[dict[str, Any]], list[int], int]:
        accounts = self.state.accounts
        lengths = [len(account["history"]) for account in accounts]
        return [dict(account) for account in accounts], lengths, len(self.state.transactions)

    def _take_back(self, saved: tuple[list[dict[str, Any]], list[int], int]) -> None:
        self.state.accounts, lengths, transactions = saved
        for account, length in zip(self.state.accounts, lengths, strict=True):
            del account["history"][length:]
        del self.state.transactions[transactions:]

    def _do(self, operation: Operation) -> Answer:
        match operation:
            case ask.OpenAccount():
                return self._open(operation)
            case ask.Post():
                return self._post(operation.move, operation.at)
            case ask.PostMany():
                return self._post_many(operation)
            case ask.PostEach():
                return self._post_each(operation)
            case ask.Place():
                return self._place(operation)
            case ask.Void():
                return self._void(operation)
            case ask.Capture():
                return self._capture(operation)
            case ask.Sweep():
                return self._sweep(operation)
            case ask.Reverse():
                return self._reverse(operation)
            case ask.ChangeStatus():
                return self._change_status(operation)
            case ask.CloseMonth():
                return self._close_month(operation)
            case ask.ReopenMonth():
                return self._reopen_month(operation)
            case ask.LookAt():
                return self._look_at(operation)
        raise AssertionError("an operation that nobody modelled")

    def _open(self, operation: ask.OpenAccount) -> Answer:
        self.state.accounts.append(
            {
                "unit": operation.unit,
                "strict": operation.mode == "strict",
                "balance": 0,
                "held": 0,
                "status": "open",
                "last": None,
                "history": [],
            }
        )
        return "done", len(self.state.accounts) - 1

    def _post(self, move: Move, at: datetime, **how: Any) -> Answer:
        check_form(move)
        done = self._write(move, at, **how)
        self._check_months([self.state.transactions[-1]])
        return done

    def _write(
        self,
        move: Move,
        at: datetime,
        *,
        freed: dict[int, int] | None = None,
        even_frozen: bool = False,
        reverses: int | None = None,
    ) -> Answer:
        named = {account for debit, credit, _amount in move.lines for account in (debit, credit)} | set(freed or {})
        if not all(0 <= account < len(self.state.accounts) for account in named):
            raise Refused("unknown_account")
        accounts = self.state.accounts
        for debit, credit, _amount in move.lines:
            if accounts[debit]["unit"] != accounts[credit]["unit"]:
                raise Refused("units_differ", debit=accounts[debit]["unit"], credit=accounts[credit]["unit"])
        strict = [account for account in sorted(named) if accounts[account]["strict"]]
        recorded = max([at, *(accounts[account]["last"] for account in strict if accounts[account]["last"])])
        for account, amount in (freed or {}).items():
            accounts[account]["held"] -= amount
        floors = {account: accounts[account]["balance"] for account in move.floors}
        for debit, credit, amount in move.lines:
            self._move(debit, -amount, recorded, even_frozen=even_frozen)
            self._move(credit, amount, recorded, even_frozen=even_frozen)
        for debit, credit, amount in move.lines:
            if debit in floors and floors[debit] < amount:
                raise Refused("insufficient_credits", available=floors[debit], needed=amount)
            for account, change in ((debit, -amount), (credit, amount)):
                if account in floors:
                    floors[account] += change
        day = move.effective_on or recorded.astimezone(LONDON).date()
        for debit, credit, amount in move.lines:
            for account, change in ((debit, -amount), (credit, amount)):
                accounts[account]["history"].append((recorded, day, change))
        self.state.transactions.append({"lines": move.lines, "day": day, "reverses": reverses, "reversed": False})
        return "done", recorded, tuple((account, accounts[account]["balance"]) for account in strict)

    def _move(self, number: int, change: int, at: datetime, *, even_frozen: bool) -> None:
        account = self.state.accounts[number]
        if account["strict"]:
            if account["status"] == "closed":
                raise Refused("account_closed")
            if account["status"] == "frozen" and change < 0 and not even_frozen:
                raise Refused("account_frozen")
            free = account["balance"] - account["held"]
            if change < 0 and free + change < 0:
                raise Refused("insufficient_credits", available=free, needed=-change)
            if account["balance"] + change > CEILING:
                raise Refused("ceiling", ceiling=CEILING)
            account["last"] = at
        account["balance"] += change

    def _post_many(self, operation: ask.PostMany) -> Answer:
        for move in operation.moves:
            check_form(move)
        first = len(self.state.transactions)
        done = tuple(self._write(move, operation.at) for move in operation.moves)
        self._check_months(self.state.transactions[first:])
        return "done", done

    def _post_each(self, operation: ask.PostEach) -> Answer:
        answers: list[Answer] = []
        first = len(self.state.transactions)
        for move in operation.moves:
            before = self._save()
            try:
                check_form(move)
                answers.append(self._write(move, operation.at))
            except Refused as refusal:
                self._take_back(before)
                answers.append(refusal.answer)
        self._check_months(self.state.transactions[first:])
        return "done", tuple(answers)

    def _reverse(self, operation: ask.Reverse) -> Answer:
        original = self.state.transactions[operation.transaction]
        if original["reversed"] or original["reverses"] is not None:
            raise Refused("already_reversed")
        lines = tuple((credit, debit, amount) for debit, credit, amount in reversed(original["lines"]))
        before = self._save()
        try:
            answer = self._post(Move(lines=lines), operation.at, reverses=operation.transaction)
        except Refused as refusal:
            if refusal.answer[1] != "insufficient_credits":
                raise
            self._take_back(before)
            raise Refused("cannot_reverse", reversible=self._reversible(lines)) from None
        self.state.transactions[operation.transaction]["reversed"] = True
        return answer

    def _reversible(self, lines: tuple[tuple[int, int, int], ...]) -> int:
        free = {
            number: account["balance"] - account["held"]
            for number, account in enumerate(self.state.accounts)
            if account["strict"]
        }
        wanted = Counter[int]()
        for debit, _credit, amount in lines:
            wanted[debit] += amount
        return sum(min(amount, free.get(debit, amount)) for debit, amount in wanted.items())

    def _place(self, operation: ask.Place) -> Answer:
        for number, amount in operation.lines:
            account = self.state.accounts[number]
            if account["status"] != "open":
                raise Refused(f"account_{account['status']}")
            free = account["balance"] - account["held"]
            if amount > free:
                raise Refused("insufficient_credits", available=free, needed=amount)
            account["held"] += amount
        self.state.holds.append({"lines": operation.lines, "expires_at": operation.expires_at, "ending": None})
        return "done", len(self.state.holds) - 1

    def _void(self, operation: ask.Void) -> Answer:
        self._end(operation.hold, "voided")
        return ("done",)

    def _end(self, number: int, ending: str) -> None:
        hold = self.state.holds[number]
        if hold["ending"]:
            raise Refused("hold_ended", ending=hold["ending"])
        hold["ending"] = ending
        for account, amount in hold["lines"]:
            self.state.accounts[account]["held"] -= amount

    def _capture(self, operation: ask.Capture) -> Answer:
        hold = self.state.holds[operation.hold]
        whole = sum(amount for _account, amount in hold["lines"])
        if operation.amount > whole:
            raise Refused("hold_too_small", held=whole, needed=operation.amount)
        if hold["ending"]:
            raise Refused("hold_ended", ending=hold["ending"])
        if hold["expires_at"] and operation.at >= hold["expires_at"]:
            raise Refused("hold_ended", ending="expired")
        lines, left = [], operation.amount
        for account, amount in hold["lines"]:
            if taken := min(amount, left):
                lines.append((account, operation.credit, taken))
                left -= taken
        answer = self._post(Move(lines=tuple(lines)), operation.at, freed=dict(hold["lines"]), even_frozen=True)
        hold["ending"] = "captured"
        return answer

    def _sweep(self, operation: ask.Sweep) -> Answer:
        ended = 0
        for number, hold in enumerate(self.state.holds):
            if not hold["ending"] and hold["expires_at"] and hold["expires_at"] <= operation.at:
                self._end(number, "expired")
                ended += 1
        return "done", ended

    def _change_status(self, operation: ask.ChangeStatus) -> Answer:
        sources, target = {
            "freeze": (("open",), "frozen"),
            "reopen": (("frozen",), "open"),
            "close": (("open", "frozen"), "closed"),
        }[operation.event]
        account = self.state.accounts[operation.account]
        if not account["strict"]:
            raise Refused("unknown_account")
        if account["status"] not in sources:
            raise Refused("state_conflict", kind="account", now=account["status"], wanted=target)
        if target == "closed" and (account["balance"] or account["held"]):
            raise Refused("account_not_empty", balance=account["balance"], held=account["held"])
        account["status"] = target
        return ("done",)

    def _check_months(self, new: list[dict[str, Any]]) -> None:
        """A day of a closed month takes nothing more; the first of several stands for them in what is told."""
        closed = {one["month"] for one in self.state.months}
        if any(one["day"].replace(day=1) in closed for one in new):
            raise Refused("month_closed", month=new[0]["day"].replace(day=1))

    def _close_month(self, operation: ask.CloseMonth) -> Answer:
        month = operation.month
        last = month.replace(day=monthrange(month.year, month.month)[1])
        if operation.at.astimezone(LONDON).date() <= last:
            raise Refused("month_not_ended")
        closed = sorted(one["month"] for one in self.state.months)
        if month in closed or (closed and closed[-1] > month):
            raise Refused("month_closed", month=month)
        since = closed[-1] + timedelta(days=31) if closed else date.min
        earlier = [one["day"] for one in self.state.transactions if since.replace(day=1) <= one["day"] < month]
        if earlier:
            raise Refused("earlier_month_open", month=min(earlier).replace(day=1))
        self.state.months.append({"month": month})
        return "done", credited_by(self.state.accounts, last)

    def _reopen_month(self, operation: ask.ReopenMonth) -> Answer:
        if not self.state.months or max(one["month"] for one in self.state.months) != operation.month:
            raise Refused("month_not_closed")
        self.state.months = [one for one in self.state.months if one["month"] != operation.month]
        return ("done",)

    def _look_at(self, operation: ask.LookAt) -> Answer:
        history = self.state.accounts[operation.account]["history"]
        recorded = sum(change for at, _day, change in history if at <= operation.recorded)
        effective = sum(change for _at, day, change in history if day <= operation.effective)
        return "done", recorded, effective
