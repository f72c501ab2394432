"""What the council-tax office keyed of each file, back as the ticked list two days after the file was released."""

import csv
import random
from datetime import date, timedelta
from io import StringIO

from sqlalchemy.orm import Session

from demo import doors
from demo.releases import at_work
from demo.town import SEED, Town
from ledger.council_tax.layouts.worklist import DONE, NO, OUTCOME, POSTED, WHY, ticked_back, worklist
from ledger.council_tax.queries import batch_file, batch_on
from ledger.council_tax.rules import BatchState
from ledger.council_tax.taking_in import take_in
from ledger.spreadsheets import write_csv
from ledger.store import reading

ANSWERED_AT = "15:40"
ONE_IN = 20
"""How seldom an account was closed meanwhile, so that its credits go back."""
CLOSED = "D04"


def answer_night(town: Town, day: date) -> None:
    """Take in what became of the file that was released two days ago, which is of the night before that."""
    with reading(town.engine) as session:
        found = batch_on(session, business_date=day - timedelta(days=3))
        if found is None or found.state != BatchState.RELEASED:
            return
        file = batch_file(session, sequence=found.sequence)
    _officer_id, occasion = at_work(town, day, ANSWERED_AT, doors.FINANCE_OFFICER)
    ticked = _ticked(file.content, day, random.Random(f"{SEED} {day} {ANSWERED_AT} keyed"))

    def bring_back(session: Session) -> None:
        answer = ticked_back(ticked, file=file, at=occasion.now)
        take_in(session, content=answer, scheme=town.settings.scheme, occasion=occasion)

    town.work(bring_back)


def _ticked(content: bytes, day: date, chance: random.Random) -> bytes:
    """The list of a file as CSV with every line's outcome: done, but for a closed account now and then."""
    blank, keyed = StringIO(newline=""), StringIO(newline="")
    write_csv(worklist(content), blank)
    reader = csv.DictReader(StringIO(blank.getvalue(), newline=""))
    writer = csv.DictWriter(keyed, reader.fieldnames or ())
    writer.writeheader()
    for row in reader:
        closed = chance.randrange(ONE_IN) == 0
        outcome = {OUTCOME: NO, WHY: CLOSED} if closed else {OUTCOME: DONE, POSTED: day.isoformat()}
        writer.writerow(row | outcome)
    return keyed.getvalue().encode("utf-8")
