"""Everything the ledger can refuse, each with a stable code and the facts of the refusal."""


class LedgerError(Exception):
    """A rule of the scheme refuses; `code` is stable, the facts are attributes."""

    code = "refused"


class NotFound(LedgerError):
    """The thing is absent, or is not the asker's: nobody learns which."""

    code = "not_found"

    def __init__(self, kind: str) -> None:
        super().__init__(f"no such {kind}")
        self.kind = kind


class NotAllowed(LedgerError):
    """The asker may not do this at all."""

    code = "not_allowed"


class InvalidField(LedgerError):
    """A value is out of its range or shape; nothing was looked up."""

    code = "invalid"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class MoveRefused(LedgerError):
    """A thing's life does not have this move from where it stands."""

    code = "state_conflict"

    def __init__(self, *, kind: str, now: str, wanted: str) -> None:
        super().__init__(f"{kind} is {now}, so it cannot become {wanted}")
        self.kind = kind
        self.now = now
        self.wanted = wanted


class TooManyTries(LedgerError):
    """A counter of tries is full; `retry_after` is in whole seconds."""

    code = "too_many_tries"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"too many tries, again in {retry_after} s")
        self.retry_after = retry_after
