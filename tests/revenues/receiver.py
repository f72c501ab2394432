"""A small revenues system: takes CTX 1 in, posts to its own accounts, answers CTR 1, and sends CTU of its own accord.

It shares nothing with what it tests but the page that describes the files. A number that it has refused it never loads
later in the same bytes, so that whoever hears of the refusal may send the items in another file.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.revenues.accounts import Account, Posted
from tests.revenues.ctx import Detail, File, FileRefused, check_sums, read


@dataclass
class Faults:
    """What is wrong with this revenues system just now."""

    misreads: Callable[[bytes], bytes] | None = None
    forgets_scheme: bool = False
    applies_and_says_later: bool = False
    forgets: set[str] = field(default_factory=set)
    annual_billing_until: date | None = None
    closed_periods: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Result:
    """What became of a line: outcome, code, pence applied, and when to try again."""

    outcome: str
    code: str
    applied: int = 0
    retry_after: str = ""


@dataclass
class Revenues:
    """The system: its accounts, what it has loaded and refused, and what it has to tell later."""

    authority: str
    environment: str
    scheme: str
    today: date
    accounts: dict[str, Account] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    closed_years: set[int] = field(default_factory=set)
    loaded: dict[int, tuple[str, File, list[Result]]] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    posted: dict[str, Posted] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    changes: list[tuple[str, str, int, date]] = field(default_factory=list)
    change_files: int = 0

    def receive(self, content: bytes) -> bytes:
        """Take a file in and answer it."""
        digest = hashlib.sha256(content).hexdigest()
        seen = self.faults.misreads(content) if self.faults.misreads else content
        if digest in self.refused:
            number, code = self.refused[digest]
            return self._answer(number, digest, "X", code, [])
        try:
            file = self._check(read(seen), digest)
        except FileRefused as refusal:
            number = int(content.split(b",")[5])
            self.refused[digest] = (number, refusal.code)
            return self._answer(number, digest, "X", refusal.code, [])
        if file.sequence in self.loaded:
            return self._answer(file.sequence, digest, "A", "F02", self.loaded[file.sequence][2])
        results = [self._result(one) for one in file.details]
        self.loaded[file.sequence] = (digest, file, results)
        return self._answer(file.sequence, digest, "A", "F00", results)

    def _check(self, file: File, digest: str) -> File:
        if file.header[3] != self.authority or file.header[4] != self.environment:
            raise FileRefused("F01")
        before = self.loaded.get(file.sequence)
        if before is not None:
            if before[0] != digest:
                raise FileRefused("F04")
            return file
        if file.sequence > self.expected():
            raise FileRefused("F03")
        if int(file.header[6]) != file.sequence - 1:
            raise FileRefused("F03")
        check_sums(file)
        if file.header[8] in self.faults.closed_periods:
            raise FileRefused("F10")
        return file

    def expected(self) -> int:
        """The number of the first file that was neither loaded nor refused."""
        known = self.loaded.keys() | {number for number, _code in self.refused.values()}
        number = 1
        while number in known:
            number += 1
        return number

    def _result(self, one: Detail) -> Result:
        if one.txn_id in self.results and self.results[one.txn_id].outcome in "AP":
            first = self.results[one.txn_id]
            return Result(first.outcome, "D08", first.applied)
        result = self._reduce(one) if one.code == "RED" else self._reverse(one)
        self.results[one.txn_id] = result
        if self.faults.applies_and_says_later and one.code == "RED" and result.outcome == "A":
            return Result("D", "D22", 0, str(self.today + timedelta(days=1)))
        return result

    def _reduce(self, one: Detail) -> Result:
        hindered = self._hindrance(one)
        if hindered is not None:
            return hindered
        account = self.accounts[one.ref]
        left = account.left_to_pay(one.year)
        if left <= 0:
            return Result("R", "D05")
        if account.reduced_by(one.year) + one.amount > account.most_reduced:
            return Result("R", "D12")
        applied = min(one.amount, left)
        self.posted[one.txn_id] = Posted(one.txn_id, one.ref, one.year, applied)
        account.reductions.append(self.posted[one.txn_id])
        return Result("A", "D00", applied) if applied == one.amount else Result("P", "D21", applied)

    def _hindrance(self, one: Detail) -> Result | None:
        account = self.accounts.get(one.ref)
        if self.faults.forgets_scheme:
            return Result("R", "D11")
        if account is None:
            return Result("R", "D01")
        billing, suppressed = self.faults.annual_billing_until, account.suppressed_until
        checks = (
            (account.check != one.check, Result("R", "D02")),
            (bool(one.uprn) and account.uprn != one.uprn, Result("R", "D03")),
            (one.year in self.closed_years, Result("R", "D06")),
            (account.closed_on is not None and str(account.closed_on) < one.effective_from, Result("R", "D04")),
            (account.exempt, Result("R", "D13")),
            (account.on_hold, Result("R", "D07")),
            (billing is not None and self.today < billing, Result("D", "D20", 0, str(billing))),
            (suppressed is not None and self.today < suppressed, Result("D", "D22", 0, str(suppressed))),
        )
        return next((result for hinders, result in checks if hinders), None)

    def _reverse(self, one: Detail) -> Result:
        posted = self.posted.get(one.orig_txn_id)
        if posted is None or one.orig_txn_id in self.faults.forgets:
            return Result("R", "D09")
        if one.amount > posted.left or (one.code == "REV" and one.amount != posted.left):
            return Result("R", "D10")
        posted.taken_back += one.amount
        return Result("A", "D00", one.amount)

    def _answer(self, sequence: int, digest: str, verdict: str, code: str, results: list[Result]) -> bytes:
        moment = f"{self.today}T07:15:00Z"
        rows = [f"H,CTR,1,{self.authority},{self.environment},{sequence:06d},{digest},{moment},{verdict},{code}"]
        pence = {"RED": 0, "REV": 0, "PRV": 0}
        details = self.loaded[sequence][1].details if results else []
        for one, result in zip(details, results, strict=True):
            posted_on, bill = (str(self.today), "B") if result.applied else ("", "N")
            row = f"R,{one.line:06d},{one.txn_id},{result.outcome},{result.code},{result.applied},{posted_on},{bill}"
            rows.append(row + (f",{result.retry_after}" if result.retry_after else ""))
            pence[one.code] += result.applied
        counts = ",".join(str(sum(result.outcome == letter for result in results)) for letter in "APRD")
        rows.append(f"T,{len(results):06d},{counts},{pence['RED']},{pence['REV'] + pence['PRV']}")
        return "".join(f"{row}\r\n" for row in rows).encode("ascii")

    def take_back(self, txn_id: str, code: str, amount: int) -> None:
        """Take back a part of what was applied, of our own accord; the next CTU file says so."""
        self.posted[txn_id].taken_back += amount
        assert self.posted[txn_id].left >= 0, "nothing is taken back that was not applied"
        self.changes.append((txn_id, code, amount, self.today))

    def take_half_back(self, account: Account) -> None:
        """Take back half of what is left of an account's newest reduction."""
        newest = account.reductions[-1]
        self.take_back(newest.txn_id, "C02", newest.left // 2)

    def has_put_off(self, sequence: int, txn_id: str) -> bool:
        """Whether this file was refused, or this item of it deferred: it may come again."""
        if sequence not in self.loaded:
            return sequence in {number for number, _code in self.refused.values()}
        _digest, file, results = self.loaded[sequence]
        said = {line.txn_id: one.outcome for line, one in zip(file.details, results, strict=True)}
        return said[txn_id] == "D"

    def tell_changes(self) -> bytes:
        """A CTU file of what was not told yet."""
        self.change_files += 1
        number = f"{self.change_files:06d},{self.change_files - 1:06d}"
        rows = [f"H,CTU,1,{self.authority},{self.environment},{number},{self.today}T07:20:00Z"]
        rows += [f"U,{txn_id},{code},{amount},{on}" for txn_id, code, amount, on in self.changes]
        body = "".join(f"{row}\r\n" for row in rows).encode("ascii")
        total = sum(amount for _item, _code, amount, _on in self.changes)
        trailer = f"T,{len(self.changes):06d},{total},{hashlib.sha256(body).hexdigest()}\r\n"
        self.changes = []
        return body + trailer.encode("ascii")

    def reduced(self) -> int:
        """Pence that stand as taken off bills, over all accounts and years."""
        return sum(posted.left for posted in self.posted.values())
