"""How many codes are asked for: five for an address from one network, twenty from all, further and further apart."""

import pytest
from sqlalchemy import Engine

from ledger.errors import TooManyTries
from ledger.occasion import Occasion
from ledger.people.rules import Realm
from tests.people import town
from tests.people.town import later


def test_five_codes_are_asked_for_in_a_quarter_of_an_hour_and_then_no_more(engine: Engine, occasion: Occasion) -> None:
    for minute in range(5):
        town.ask(engine, later(occasion, minutes=minute), Realm.RESIDENT, "amina@example.org")
    with pytest.raises(TooManyTries) as refused:
        town.ask(engine, later(occasion, minutes=5), Realm.RESIDENT, "AMINA@example.org")
    assert refused.value.retry_after == 600
    town.ask(engine, later(occasion, minutes=5), Realm.ORGANISER, "amina@example.org")
    town.ask(engine, later(occasion, minutes=5), Realm.RESIDENT, "bea@example.org")
    town.ask(engine, later(occasion, minutes=15), Realm.RESIDENT, "amina@example.org")


def test_bf_01_a_stranger_who_asks_and_asks_keeps_nobody_out_elsewhere(engine: Engine, occasion: Occasion) -> None:
    for minute in range(5):
        town.ask(engine, later(occasion, minutes=minute), Realm.OFFICE, "grace@example.org", network="203.0.113.9")
    with pytest.raises(TooManyTries):
        town.ask(engine, later(occasion, minutes=5), Realm.OFFICE, "grace@example.org", network="203.0.113.9")
    assert town.ask(engine, later(occasion, minutes=5), Realm.OFFICE, "grace@example.org", network="198.51.100.7")


def test_bf_01_who_goes_on_asking_waits_twice_as_long_each_time(engine: Engine, occasion: Occasion) -> None:
    at, waits = 0, []
    for _ in range(6):
        for _ask in range(5):
            town.ask(engine, later(occasion, seconds=at), Realm.RESIDENT, "amina@example.org")
        with pytest.raises(TooManyTries) as refused:
            town.ask(engine, later(occasion, seconds=at), Realm.RESIDENT, "amina@example.org")
        waits.append(refused.value.retry_after // 60)
        at += refused.value.retry_after
    assert waits == [15, 30, 60, 120, 240, 240]


def test_bf_01_an_address_has_twenty_asks_from_however_many_networks(engine: Engine, occasion: Occasion) -> None:
    for number in range(20):
        town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org", network=f"203.0.113.{number}")
    with pytest.raises(TooManyTries) as refused:
        town.ask(engine, occasion, Realm.RESIDENT, "amina@example.org", network="198.51.100.7")
    assert refused.value.retry_after == 900
    town.ask(engine, occasion, Realm.RESIDENT, "bea@example.org", network="203.0.113.1")
