"""Check the books: every invariant as a small query over the tables, each naming the first row that breaks it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.check_books import (
    answers,
    audit,
    book,
    corrections,
    council_tax,
    decisions,
    endings,
    exchange,
    holds,
    nights,
    people,
    periods,
    programmes,
    scheme,
)
from ledger.check_books.findings import Check, Finding

__all__ = ["CHECKS", "Finding", "check_books"]

CHECKS: tuple[Check, ...] = (
    book.transfers_are_whole,
    book.transactions_have_lines,
    book.units_sum_to_nothing,
    book.balances_equal_transfers,
    book.entries_number_every_side,
    book.running_balances_agree,
    book.held_equals_open_holds,
    book.rollups_are_at_their_horizon,
    book.nothing_below_its_floor,
    holds.holds_end_once_within_themselves,
    holds.holds_and_items_agree,
    scheme.issued_equals_the_rest,
    scheme.takings_equal_redemptions,
    scheme.codes_and_redemptions_agree,
    answers.answers_are_final,
    answers.answers_name_what_was_done,
    council_tax.items_have_their_postings,
    council_tax.in_transit_equals_items,
    council_tax.batches_equal_their_lines,
    council_tax.items_stand_on_their_lines,
    council_tax.files_equal_their_batches,
    council_tax.batches_are_in_sequence,
    exchange.files_left_by_release,
    exchange.reductions_count_in_their_caps,
    exchange.decided_items_are_accounted_for,
    exchange.answers_are_whole,
    decisions.decisions_stand_as_approved,
    decisions.settings_stand_as_approved,
    decisions.nothing_left_without_a_decision,
    decisions.nothing_left_past_a_cap,
    book.days_are_those_of_london,
    council_tax.items_stay_in_their_year,
    book.instants_never_fall,
    people.two_people_decided,
    people.awards_are_in_order,
    corrections.reversals_mirror_their_originals,
    corrections.nothing_is_reversed_twice,
    corrections.returned_equals_what_cites_it,
    corrections.nothing_gives_back_more_than_it_took,
    corrections.hands_are_two,
    corrections.upheld_disputes_were_put_right,
    book.amounts_are_within_bounds,
    endings.closed_accounts_are_empty,
    endings.nothing_follows_a_close,
    endings.expiry_retires_what_is_due,
    audit.answered_requests_are_audited,
    periods.closed_months_stay_as_frozen,
    periods.packs_are_as_kept,
    programmes.ceilings_hold,
    nights.nights_that_are_done_are_whole,
    nights.no_night_is_done_before_an_earlier_one,
)
"""Every check, by the ids of the invariants (docs/glossary.md has the words)."""


def check_books(session: Session) -> list[Finding]:
    """What is wrong with the books; empty where nothing is. Each check reads in statements of its own."""
    with _whole_tables(session):
        return [finding for check in CHECKS for finding in check(session)]


@contextmanager
def _whole_tables(session: Session) -> Iterator[None]:
    """Have PostgreSQL join whole tables as such: with no figures of a night's rows yet it would join in pairs."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SET LOCAL enable_nestloop = off"))
        yield
        session.execute(text("SET LOCAL enable_nestloop = on"))
    else:
        yield
