"""What earning refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.errors import LedgerError
from ledger.money import Amount, format_amount


class ProgrammeNotOpen(LedgerError):
    """The programme is not open for this, on this day; `state` says what it is."""

    code = "programme_not_open"

    def __init__(self, *, state: str) -> None:
        super().__init__(f"the programme is {state}, or the day is outside its dates")
        self.state = state


class DecisionUsed(LedgerError):
    """Another programme cites this decision."""

    code = "decision_used"

    def __init__(self, *, decision_reference: str) -> None:
        super().__init__(f"another programme cites decision {decision_reference}")
        self.decision_reference = decision_reference


class CeilingPassed(LedgerError):
    """A programme would be funded past its ceiling, or a ceiling set under what it was funded with; minor units."""

    code = "ceiling_passed"

    def __init__(self, *, ceiling: Amount, funded: Amount) -> None:
        super().__init__(f"{format_amount(funded)} would pass the ceiling of {format_amount(ceiling)}")
        self.ceiling = ceiling
        self.funded = funded


class AlreadyAsked(LedgerError):
    """The organiser's last ask for more of this programme waits."""

    code = "already_asked"

    def __init__(self) -> None:
        super().__init__("this organiser's last ask waits")


class TwoPeopleNeeded(LedgerError):
    """One person alone may do this up to `limit` only, minor units."""

    code = "two_people_needed"

    def __init__(self, *, amount: Amount, limit: Amount) -> None:
        super().__init__(f"{format_amount(amount)} is over {format_amount(limit)}, so two people are needed")
        self.amount = amount
        self.limit = limit


class SourceImported(LedgerError):
    """An activity with this source stands already."""

    code = "source_imported"

    def __init__(self, *, source: str) -> None:
        super().__init__(f"{source} stands already")
        self.source = source


class SessionExists(LedgerError):
    """The activity has a session that starts at this instant."""

    code = "session_exists"

    def __init__(self, *, starts_at: datetime) -> None:
        super().__init__("this activity has a session with that start")
        self.starts_at = starts_at


class SessionCancelled(LedgerError):
    """The session was called off."""

    code = "session_cancelled"


class SessionFull(LedgerError):
    """Every place of the session is taken."""

    code = "session_full"


class SessionStarted(LedgerError):
    """Places are taken and given up until the session starts; from then on its organiser keeps the roster."""

    code = "session_started"

    def __init__(self, *, starts_at: datetime) -> None:
        super().__init__("the session has started")
        self.starts_at = starts_at


class NoPlace(LedgerError):
    """The resident has no place on the session's roster."""

    code = "no_place"


class UnknownResident(LedgerError):
    """No resident signs in with this e-mail address."""

    code = "unknown_resident"

    def __init__(self) -> None:
        super().__init__("nobody with this e-mail address is in the scheme; ask them to join first")


class TooEarly(LedgerError):
    """Who came is known from the session's start on."""

    code = "too_early"

    def __init__(self, *, from_at: datetime) -> None:
        super().__init__("the session has not started")
        self.from_at = from_at


class TooLate(LedgerError):
    """A session is awarded within 14 days of its end."""

    code = "too_late"

    def __init__(self, *, until_at: datetime) -> None:
        super().__init__("the session ended more than 14 days ago")
        self.until_at = until_at


class SelfAward(LedgerError):
    """Nobody confirms their own attendance."""

    code = "self_award"

    def __init__(self) -> None:
        super().__init__("nobody confirms their own attendance")


class AlreadyAwarded(LedgerError):
    """The resident has credits for this session."""

    code = "already_awarded"

    def __init__(self) -> None:
        super().__init__("credits were awarded for this session before")


class ResidentClosed(LedgerError):
    """The resident's wallet is closing or closed and takes no new credits."""

    code = "resident_closed"


class RowRefused(LedgerError):
    """A row of a file cannot become an activity; `reason` says why, to whoever imports it."""

    code = "row_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAnActivitiesFile(LedgerError):
    """The file does not begin with the columns of a list of food-growing projects."""

    code = "not_an_activities_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """What is wrong with one line of a file, in which of its fields, in words for whoever made it."""

    line: int
    field: str
    words: str


class RosterFileRefused(LedgerError):
    """A list of who came cannot be used; `problems` says where and why, and nobody of it is awarded."""

    code = "roster_file_refused"

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        super().__init__("; ".join(f"line {one.line}, {one.field}: {one.words}" for one in problems))
        self.problems = tuple(problems)
