"""What a batch's page makes of figures: the step it stands at, and books that differ from the file."""

from datetime import UTC, date, datetime

import pytest

from council_office.batch_seen import difference, nights_of, stages
from ledger.council_tax.rules import BatchState
from ledger.council_tax.views import BatchView


def batch(state: BatchState = BatchState.BUILT, *, reductions: int = 81_250, reversals: int = 1_000) -> BatchView:
    """A night of November."""
    return BatchView(
        sequence=147,
        business_date=date(2026, 11, 22),
        state=state,
        built_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
        file_name="CTX_E09000022_P_000147_20261122.csv",
        sha256="00" * 32,
        lines=42,
        reductions=reductions,
        reversals=reversals,
        hash_total="008403812946",
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (BatchState.BUILT, ["now", "later", "later", "later", "later"]),
        (BatchState.RELEASED, ["done", "done", "now", "later", "later"]),
        (BatchState.RECONCILED, ["done", "done", "done", "done", "now"]),
    ],
)
def test_a_batch_stands_at_one_of_five_steps(state, expected) -> None:
    assert [stage["state"] for stage in stages(batch(state))] == expected


def test_a_penny_that_the_books_have_more_or_less_is_told() -> None:
    assert difference(batch(), 81_250) == ""
    assert difference(batch(), 81_251) == "£0.01"
    assert difference(batch(), 81_249) == "−£0.01"


def test_the_middle_night_is_one_that_was() -> None:
    nights = nights_of([batch(reductions=4_000, reversals=0), batch(reductions=1_000, reversals=0)], of=30)
    assert nights.sentence == "This night £40.00. The middle night is £10.00."
    assert nights.words == "Least £10.00, most £40.00, this night £40.00."
    assert len(nights.chart.bars) == 30
