"""Operations drawn at random, so that every rule and every refusal is met: many small amounts, some that cannot be."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.model import operations as ask
from tests.model.operations import Move, Operation
from tests.model.reference import Reference
from tests.model.state import CEILING

BEGIN = datetime(2026, 3, 30, 21, 0, tzinfo=UTC)
ACCOUNTS = (
    *(("CR", "rollup"),) * 2,
    *(("CR", "strict"),) * 5,
    *(("GBP", "rollup"), ("GBP", "strict")),
)
MOST_ACCOUNTS = 60
WEIGHTS = {
    ask.OpenAccount: 2,
    ask.Post: 40,
    ask.PostMany: 6,
    ask.PostEach: 6,
    ask.Place: 14,
    ask.Void: 4,
    ask.Capture: 8,
    ask.Sweep: 1,
    ask.Reverse: 8,
    ask.ChangeStatus: 5,
    ask.CloseMonth: 4,
    ask.ReopenMonth: 1,
    ask.LookAt: 6,
}


class Generated:
    """Draws the next operation by a seed and by what stands in the model."""

    def __init__(self, reference: Reference, seed: object) -> None:
        self.state, self.chance, self.at = reference.state, Random(f"{seed}"), BEGIN
        self.made = 0

    def opening(self) -> list[Operation]:
        """The accounts that all begins with."""
        return [ask.OpenAccount(at=BEGIN, unit=unit, mode=mode) for unit, mode in ACCOUNTS]

    def next(self) -> Operation:
        """Another operation, at a clock that goes on, and now and then back."""
        self.made += 1
        step = self.chance.choices([60, 3_600, -7_200, 86_400 * 60], [90, 8, 1.5, 0.7])[0]
        self.at += timedelta(seconds=self.chance.uniform(0, step))
        kind = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        key = f"key-{self.chance.randrange(self.made // 3 + 1)}" if self.chance.random() < 0.1 else None
        return getattr(self, f"_{kind.__name__}")(key)

    def _OpenAccount(self, key: str | None) -> Operation:
        if len(self.state.accounts) >= MOST_ACCOUNTS:
            return self._Post(key)
        unit, mode = self.chance.choice(ACCOUNTS)
        return ask.OpenAccount(at=self.at, unit=unit, mode=mode)

    def _Post(self, key: str | None) -> Operation:
        return ask.Post(at=self.at, key=key, move=self._move())

    def _PostMany(self, key: str | None) -> Operation:
        moves = tuple(self._move(plain=True) for _ in range(self.chance.randint(0, 6)))
        return ask.PostMany(at=self.at, key=key, moves=moves)

    def _PostEach(self, key: str | None) -> Operation:
        moves = tuple(self._move() for _ in range(self.chance.randint(0, 6)))
        return ask.PostEach(at=self.at, key=key, moves=tuple(Move(lines=one.lines, floors=one.floors) for one in moves))

    def _Place(self, key: str | None) -> Operation:
        strict = [number for number, account in enumerate(self.state.accounts) if account["strict"]]
        chosen = self.chance.sample(strict, self.chance.randint(1, 3))
        lines = tuple((account, self.chance.randint(1, 60)) for account in chosen)
        lasts = self.chance.choice([None, timedelta(minutes=5), timedelta(hours=2)])
        return ask.Place(at=self.at, key=key, lines=lines, expires_at=None if lasts is None else self.at + lasts)

    def _Void(self, key: str | None) -> Operation:
        return ask.Void(at=self.at, key=key, hold=self._hold()) if self.state.holds else self._Place(key)

    def _Capture(self, key: str | None) -> Operation:
        if not self.state.holds:
            return self._Place(key)
        hold = self._hold()
        whole = sum(amount for _account, amount in self.state.holds[hold]["lines"])
        amount = self.chance.choice([whole, whole, self.chance.randint(0, whole), whole + 1])
        return ask.Capture(at=self.at, key=key, hold=hold, amount=amount, credit=self._account())

    def _Sweep(self, _key: str | None) -> Operation:
        return ask.Sweep(at=self.at)

    def _Reverse(self, key: str | None) -> Operation:
        if not self.state.transactions:
            return self._Post(key)
        spent = self._spent_since() if self.chance.random() < 0.3 else []
        number = self.chance.choice(spent) if spent else self._recent(len(self.state.transactions), mostly=40)
        return ask.Reverse(at=self.at, key=key, transaction=number)

    def _spent_since(self) -> list[int]:
        """Late transactions that credited an account which has less than that by now."""
        accounts, count = self.state.accounts, len(self.state.transactions)
        late = [(number, self.state.transactions[number]) for number in range(max(0, count - 200), count)]
        return [
            number
            for number, one in late
            if not one["reversed"]
            and any(
                accounts[credit]["strict"] and accounts[credit]["balance"] < amount
                for _d, credit, amount in one["lines"]
            )
        ]

    def _ChangeStatus(self, key: str | None) -> Operation:
        event = self.chance.choices(["freeze", "reopen", "close"], [3, 5, 2])[0]
        empty = [number for number, one in enumerate(self.state.accounts) if one["strict"] and not one["balance"]]
        closes_well = event == "close" and empty and self.chance.random() < 0.6
        account = self.chance.choice(empty) if closes_well else self._account(known=True)
        return ask.ChangeStatus(at=self.at, key=key, account=account, event=event)

    def _CloseMonth(self, key: str | None) -> Operation:
        return ask.CloseMonth(at=self.at, key=key, month=self._month())

    def _ReopenMonth(self, key: str | None) -> Operation:
        return ask.ReopenMonth(at=self.at, key=key, month=self._month())

    def _LookAt(self, _key: str | None) -> Operation:
        then = self.at - timedelta(hours=self.chance.uniform(0, 100))
        return ask.LookAt(at=self.at, account=self._account(known=True), recorded=then, effective=then.date())

    def _move(self, *, plain: bool = False) -> Move:
        lines = tuple(self._line() for _ in range(self.chance.choices([0, 1, 2, 4], [1, 60, 20, 10])[0]))
        rollups = {number for number, account in enumerate(self.state.accounts) if not account["strict"]}
        floors = {debit for debit, _credit, _amount in lines if debit in rollups and self.chance.random() < 0.05}
        day = None
        if not plain and self.chance.random() < 0.05:
            day = self._month() + timedelta(days=self.chance.randint(0, 27))
        corrects = None
        if not plain and self.state.transactions and self.chance.random() < 0.05:
            corrects = self._recent(len(self.state.transactions))
        return Move(lines=lines, floors=frozenset(floors), effective_on=day, corrects=corrects)

    def _line(self) -> tuple[int, int, int]:
        if self.chance.random() < 0.1:
            return self._all_of_an_account()
        amount = self.chance.choices(
            [self.chance.randint(1, 90), self.chance.randint(1, 900), 0, -5, CEILING, CEILING + 1],
            [70, 25, 0.3, 0.3, 2, 0.3],
        )[0]
        debit = self.chance.choice([0, 0, 1, self._account()])
        credit = self._account() if self.chance.random() < 0.9 else self.chance.choice([0, 1, debit])
        return debit, credit, amount

    def _all_of_an_account(self) -> tuple[int, int, int]:
        """All that is free on an account, or one more."""
        debit, credit = self._account(known=True), self._account(known=True)
        account = self.state.accounts[debit]
        return debit, credit, max(1, account["balance"] - account["held"] + self.chance.randint(0, 1))

    def _account(self, *, known: bool = False) -> int:
        if not known and self.chance.random() < 0.005:
            return len(self.state.accounts) + 7
        return self.chance.randrange(len(self.state.accounts))

    def _hold(self) -> int:
        return self._recent(len(self.state.holds))

    def _recent(self, count: int, *, mostly: int = 8) -> int:
        """One of so many, mostly of the last."""
        return max(0, count - 1 - int(self.chance.expovariate(1 / mostly)))

    def _month(self) -> date:
        """This month, or the latest closed one or, while none is, the first; or one soon after that."""
        closed = [one["month"] for one in self.state.months]
        known = max(closed) if closed else min((one["day"] for one in self.state.transactions), default=BEGIN.date())
        return self.chance.choice(
            [self._first_of(known, months) for months in (0, 1, 2, 3)] + [self._first_of(self.at.date(), 0)]
        )

    @staticmethod
    def _first_of(day: date, months_later: int) -> date:
        return (day.replace(day=15) + timedelta(days=30 * months_later)).replace(day=1)
