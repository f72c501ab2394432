"""Each unit of work of a request that writes anything has one audit row: who, from where, what, in which request."""

import ast

import pytest

from ledger.audit.models import AuditRow
from ledger.identifiers import to_text
from ledger.people.rules import Permission
from tests.architecture.source import dotted, sources
from tests.audit.units import rows, units_of_work
from tests.council_office import town as office
from tests.merchant_portal.deli import Customer, Deli, ask
from tests.wallet_api.organised import organised
from tests.web_town import WebTown

LEFT_OUT = ({"sign_ins"}, {"try_counters"}, {"one_time_codes"}, {"notices"})
"""A last use, a try counted, a notice delivered."""


def of(town: WebTown, action: str) -> list[AuditRow]:
    """The rows of one endpoint, the oldest first."""
    return [row for row in rows(town.engine) if row.action == action]


def test_i_34_each_unit_of_work_of_a_day_in_the_town_has_its_row(web_town: WebTown) -> None:
    roster, deli, customer = organised(web_town), Deli(town=web_town), Customer(town=web_town)
    priya, grace = office.priya(web_town), office.grace(web_town)
    code, project = customer.code(), office.project(web_town)
    with units_of_work(web_town.engine) as units:
        amina = web_town.visitor().sign_in_by_pages("amina@example.org")
        amina.get("/code")
        amina.get("/code/limit")
        roster.olu().get("/organise")
        till = deli.till()
        till.fill("/merchant/till/type?amount=4.50", code="K7QF-2M9X-4")
        assert ask(till, code.token).status_code == 201
        web_town.wait(minutes=2)
        asked = office.ask_for(web_town, priya, "1,200.00", found=project)
        assert grace.fill(asked, asked, decision="approve").status_code == 303
        assert grace.get("/office/programmes/new").status_code == 403
        amina.fill("/details", "/sign-out")
    assert len(units) >= 20
    assert [unit for unit in units if "audit_rows" not in unit and unit not in LEFT_OUT] == []


def test_a_row_says_who_did_what_to_what_in_which_request(web_town: WebTown) -> None:
    priya, grace = office.priya(web_town), office.grace(web_town)
    path = office.ask_for(web_town, priya, "1,200.00")
    answer = grace.fill(path, path, decision="approve")
    row = of(web_town, "office.approvals.decide")[-1]
    assert row.actor.startswith("office:")
    assert row.sign_in_id is not None
    assert (row.subject_kind, row.subject_id) == ("proposal", path.rpartition("/")[2])
    assert row.request_id == answer.headers["X-Request-Id"]
    assert row.idempotency_key is not None
    assert row.at == web_town.now


def test_what_was_undone_and_what_changed_nothing_have_no_row(web_town: WebTown) -> None:
    priya = office.priya(web_town)
    before = len(rows(web_town.engine))
    assert priya.fill("/office/programmes/new", "/office/programmes/new").status_code == 422
    path = office.programme_page(office.project(web_town))
    assert priya.fill(f"{path}/allot", f"{path}/allot", amount="x").status_code == 422
    priya.get("/office/outstanding")
    assert len(rows(web_town.engine)) == before


def test_a_request_that_is_sent_twice_has_one_row(web_town: WebTown) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    till, code = deli.till(), customer.code()
    first, again = (ask(till, code.token) for _ in range(2))
    assert again.data == first.data
    (row,) = of(web_town, "merchants_api.redemptions.take")
    assert (row.subject_kind, row.subject_id) == ("redemption", first.get_json()["reference"])
    assert row.actor.startswith("till:")


def test_the_one_statement_writes_the_row_of_the_portable_path(web_town: WebTown) -> None:
    """The first sale makes the shop's takings, so it is the portable path's; the second is one statement's."""
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    till = deli.till()
    for key in ("first-key-of-this-test", "second-key-of-this-test"):
        assert ask(till, customer.code().token, key=key).status_code == 201
        web_town.wait(seconds=1)
    portable, at_once = of(web_town, "merchants_api.redemptions.take")
    assert (portable.idempotency_key, at_once.idempotency_key) == (
        "first-key-of-this-test",
        "second-key-of-this-test",
    )
    for name in ("actor", "sign_in_id", "subject_kind", "reason", "details"):
        assert getattr(portable, name) == getattr(at_once, name), name


def test_a_refusal_that_is_kept_and_one_that_is_not_allowed_have_rows(web_town: WebTown) -> None:
    deli, customer = Deli(town=web_town), Customer(town=web_town)
    till, code = deli.till(), customer.code()
    assert ask(till, code.token, key="first-key-of-this-test").status_code == 201
    web_town.wait(seconds=1)
    assert ask(till, code.token, key="second-key-of-this-test").status_code == 409
    assert of(web_town, "merchants_api.redemptions.take")[-1].details == {"refused": "code_already_redeemed"}
    assert till.get("/merchant/operators").status_code == 403
    assert of(web_town, "merchants.operators.show")[-1].details == {"refused": "not_allowed"}


def test_az_02_what_an_officer_may_not_do_is_written_down(web_town: WebTown) -> None:
    daniel = office.officer(web_town, "daniel@example.org", Permission.EXPORT)
    path = office.ask_for(web_town, office.priya(web_town), "1,200.00")
    assert daniel.client.post(path, data=daniel.filled("/office/details")[1]).status_code == 403
    row = of(web_town, "office.approvals.decide")[-1]
    assert (row.details, row.subject_id) == ({"refused": "not_allowed"}, path.rpartition("/")[2])


def test_rows_of_programmes_say_which_how_much_by_which_decision_and_proposal(web_town: WebTown) -> None:
    priya, found = office.priya(web_town), office.project(web_town)
    page, new = office.programme_page(found), "/office/programmes/new"
    programme, organiser = (to_text(one) for one in (found.programme_id, found.organiser.id))
    opened = {"name": "Growing Lambeth 2027", "decision": "OMD-1", "ceiling": "25,000", **office.NEXT_YEAR}
    opened_id = priya.fill(new, new, **opened).location.rpartition("/")[2]
    assert told(web_town, "programmes.add") == (
        "programme",
        opened_id,
        None,
        {"decision": "OMD-1", "ceiling": 2_500_000},
    )

    priya.fill(f"{page}/fund", f"{page}/fund", amount="500.00", decision="OMD-2")
    funded = {"proposal": None, "amount": 50_000, "decision": "OMD-2"}
    assert told(web_town, "programme_credits.add_funds") == ("programme", programme, None, funded)
    proposed = priya.fill(f"{page}/fund", f"{page}/fund", amount="0.01", decision="OMD-3").location
    funded = {"proposal": reference(proposed), "amount": 1, "decision": "OMD-3"}
    assert told(web_town, "programme_credits.add_funds") == ("programme", programme, None, funded)

    for amount, minor_units, waits in (("100.00", 10_000, False), ("400.01", 40_001, True)):
        asked = office.ask_for(web_town, priya, amount, found=found)
        allotted = {"proposal": reference(asked) if waits else None, "amount": minor_units, "organiser": organiser}
        purpose = "Greenhouse sessions, January to March 2027"
        assert told(web_town, "programme_credits.allot") == ("programme", programme, purpose, allotted)


def test_rows_of_ceilings_tariffs_and_asks_taken_up_say_what_was_proposed(web_town: WebTown) -> None:
    priya, found = office.priya(web_town), office.project(web_town)
    path, activity = f"{office.programme_page(found)}/ceiling", to_text(found.activity_id)
    asked = priya.fill(path, path, amount="12,000.00", decision="OMD-2").location
    ceiling = {"proposal": reference(asked), "amount": 1_200_000, "decision": "OMD-2"}
    programme = to_text(found.programme_id)
    assert told(web_town, "programme_changes.propose_ceiling") == ("programme", programme, None, ceiling)

    asked = office.ask_for_tariff(priya, f"/office/activities/{activity}")
    tariff = {"amount": 400, "per": "hour", "starts_on": "2026-12-01", "decision": "OMD-2026-200"}
    tariff |= {"proposal": reference(asked)}
    assert told(web_town, "programme_changes.propose_tariff") == ("activity", activity, None, tariff)

    ask_page = office.asked_for_more(web_town, found)
    asked = priya.fill(ask_page, ask_page, amount="900.00", purpose="Two more", decision="allot").location
    taken_up = {"proposal": reference(asked), "amount": 90_000}
    assert told(web_town, "asks.answer") == ("ask", reference(ask_page), "Two more", taken_up)


def told(town: WebTown, page: str) -> tuple[str | None, str | None, str | None, dict[str, object]]:
    """What the newest row of a page of the office says: of what, why, and its details; then a second passes."""
    row = of(town, f"office.{page}")[-1]
    town.wait(seconds=1)
    return row.subject_kind, row.subject_id, row.reason, dict(row.details)


def reference(path: str) -> str:
    """What the last part of a path names."""
    return path.rpartition("/")[2]


@pytest.mark.parametrize("hostile", ["x" * 200, "%00", "a b", "é"])
def test_only_what_could_be_an_id_is_kept_of_an_address(web_town: WebTown, hostile: str) -> None:
    daniel = office.officer(web_town, "daniel@example.org")
    daniel.client.post(f"/office/approvals/{hostile}", data=daniel.filled("/office/details")[1])
    assert of(web_town, "office.approvals.decide")[-1].subject_id is None


def test_only_tries_and_last_uses_are_left_out() -> None:
    places = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.Call) and dotted(node.func) == "counting"
    ]
    files = {place.partition(":")[0] for place in places}
    assert files == {
        "council_office/fresh_sign_in.py",
        "merchant_portal/pages/till.py",
        "merchant_portal/taking.py",
        "shared_web/guards.py",
        "shared_web/sign_in.py",
    }
