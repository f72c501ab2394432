"""An office in which every word that people write is a text that would be a program in a careless page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from tests.council_office import town as office
from tests.council_office.test_decisions import CLOSE, FIELDS, LIST, NEW
from tests.council_office.test_months import OCTOBER
from tests.council_office.test_officers import page_of
from tests.council_office.test_settings import CHANGE, LIMIT
from tests.council_office.test_settings import LIST as SETTINGS
from tests.factories import GrowingProject
from tests.wallet_api.lively import Lively
from tests.web_town import Visitor, WebTown

CLOSING = {"closes_on-day": "30", "closes_on-month": "11", "closes_on-year": "2026"}
CORRECTIONS, PEOPLE, OFFICERS = "/office/corrections", "/office/residents", "/office/officers"
COUNCIL_TAX = "/office/council-tax"


def office_pages(town: WebTown, lively: Lively, texts: Iterator[str], said: str) -> list[str]:
    """What other officers asked for in these texts, and every page on which one who may do all reads it.

    `said` is the office's page of a resident's dispute.
    """
    other = office.officer(town, "other@example.org", *Permission)
    return [
        "/office/outstanding",
        "/office/details",
        *programme_pages(town, other, texts),
        *council_tax_pages(town, other, lively, texts),
        *correction_pages(other, lively, texts, said),
        *month_pages(town, other, texts),
        *people_pages(town, other, texts),
        *setting_pages(town, other, texts),
        *audit_pages(texts),
        *approval_pages(other),
    ]


def sent(officer: Visitor, path: str, **fields: str) -> str:
    """Where filling in the form of a page leads."""
    answer = officer.fill(path, path, **fields)
    assert answer.status_code == 303, answer.text
    return answer.location


def programme_pages(town: WebTown, other: Visitor, texts: Iterator[str]) -> list[str]:
    """Programmes, what is asked of them, and what their organisers ask for."""
    found = office.project(town)
    programme, activity = office.programme_page(found), f"/office/activities/{to_text(found.activity_id)}/tariff"
    organiser, tomorrow = to_text(found.organiser.id), town.now.date() + timedelta(days=1)
    day = {f"starts_on-{part}": str(getattr(tomorrow, part)) for part in ("day", "month", "year")}
    sent(other, f"{programme}/allot", organiser=organiser, amount="900.00", purpose=next(texts))
    sent(other, f"{programme}/fund", amount="600.00", decision=next(texts))
    sent(other, f"{programme}/ceiling", amount="12,000.00", decision=next(texts))
    sent(other, activity, amount="4.00", per="hour", decision=next(texts), **day)
    sent_back = sent(other, f"{programme}/allot", organiser=organiser, amount="901.00", purpose=next(texts))
    sent(office.officer(town, "third@example.org", *Permission), sent_back, decision="send-back", reason=next(texts))
    made = sent(other, "/office/programmes/new", name=next(texts), decision=next(texts), **office.NEXT_YEAR)
    asks = asked_for(town, other, found, texts)
    forms = (f"{programme}/allot", f"{programme}/fund", f"{programme}/ceiling", activity)
    return ["/office/programmes", "/office/programmes/new", programme, made, *forms, sent_back, *asks]


def asked_for(town: WebTown, other: Visitor, found: GrowingProject, texts: Iterator[str]) -> list[str]:
    """An ask for more that was declined, one that was allotted for something else, and one that waits."""
    owner, more = town.visitor().sign_in(found.organiser.owner_email, realm="organiser"), "/organise/more"
    asks: list[str] = []
    for decided in ({"decision": "decline", "reason": next(texts)}, {"decision": "allot", "purpose": next(texts)}, {}):
        sent(owner, more, programme=to_text(found.programme_id), amount="120.00", purpose=next(texts))
        listed = re.findall(r'href="(/office/asks/\w{26})"', other.get("/office/asks").text)
        asks.append(next(one for one in listed if one not in asks))
        if decided:
            sent(other, asks[-1], **{"amount": "120.00"} | decided)
    return ["/office/asks", *asks]


def council_tax_pages(town: WebTown, other: Visitor, lively: Lively, texts: Iterator[str]) -> list[str]:
    """Nights, the list that staff key, an item of which some is asked back, and the council's decisions."""
    office.night(town, town.now.date())
    may = (Permission.APPROVE, Permission.EXPORT)
    releasing = [office.officer(town, f"{name}@example.org", *may) for name in ("sixth", "seventh")]
    release_saying(releasing, next(texts))
    office.answer(town, "20001234")
    item = f"/office/council-tax/items/{lively.item}"
    sent(other, item, amount="1.00", reason="ORG", why=next(texts))
    office.night(town, town.now.date() + timedelta(days=1))
    sent(releasing[0], f"{COUNCIL_TAX}/2", decision="send-back", reason=next(texts))
    reversal = re.search(rf'href="(/office/council-tax/items/(?!{lively.item})[^"]+)"', other.get(item).text)[1]
    nights = [f"/office/council-tax/{number}{end}" for number in (1, 2) for end in ("", "/lines")]
    return [
        *("/office/council-tax", *nights, "/office/council-tax/1/worklist", item, reversal),
        *decision_pages(town, other, texts),
    ]


def decision_pages(town: WebTown, other: Visitor, texts: Iterator[str]) -> list[str]:
    """A decision that ended, one in its place that is to end, and that council tax is to be closed for everybody."""
    checker = office.officer(town, "fourth@example.org", *Permission)
    endings: list[str] = []
    for _ in range(2):
        recorded = {"decision_reference": next(texts), "class_wording": next(texts), "signed_by": next(texts)}
        sent(checker, sent(other, NEW, **FIELDS | recorded), decision="approve")
        listed = re.findall(rf'href="({LIST}/\w{{26}}/end)"', other.get(LIST).text)
        endings.append(next(one for one in listed if one not in endings))
    ended, standing = endings
    sent(checker, sent(other, ended, reason=next(texts)), decision="approve")
    sent(other, standing, reason=next(texts))
    sent(other, CLOSE, **CLOSING, reason=next(texts))
    return [LIST, NEW, CLOSE, standing]


def release_saying(releasing: list[Visitor], why: str) -> None:
    """Two officers release the first file, of whom one says why they are sure."""
    first, second = releasing
    sent(first, f"{COUNCIL_TAX}/1", decision="approve", why=why)
    sent(second, f"{COUNCIL_TAX}/1", decision="release", right="y")


def correction_pages(other: Visitor, lively: Lively, texts: Iterator[str], said: str) -> list[str]:
    """A reversal, an adjustment by hand, and disputes, the first of which is answered."""
    taken = to_text(lively.taken.transaction_id)
    page, adjust = f"{CORRECTIONS}/{taken}", f"{CORRECTIONS}/adjust?about={taken}"
    purse, issuance = (other.choice(adjust, "debit", word) for word in ("A resident", "Issuance"))
    fields = {"debit": purse, "credit": issuance, "amount": "1.00", "reason": next(texts), "evidence": next(texts)}
    assert other.fill(adjust, f"{CORRECTIONS}/adjust", **fields).status_code == 303
    sent(other, page, reason=next(texts), evidence=next(texts))
    sent(other, said, outcome="upheld", answer=next(texts))
    disputed = re.findall(r'href="(/office/disputes/[^"]+)"', other.get("/office/disputes").text)
    found = f"{CORRECTIONS}?{urlencode({'reference': next(texts)})}"
    return [CORRECTIONS, found, page, adjust, "/office/disputes", said, *disputed]


def approval_pages(other: Visitor) -> list[str]:
    """All that waits for somebody else to agree, of each kind."""
    listed = set(re.findall(r'href="(/office/approvals/[^"]+)"', other.get("/office/approvals").text))
    return ["/office/approvals", *sorted(listed)]


def month_pages(town: WebTown, other: Visitor, texts: Iterator[str]) -> list[str]:
    """A closed month, its pack, and that it is to be opened again."""
    office.close_october(town)
    sent(other, f"{OCTOBER}/open", reason=next(texts))
    packs = ["/office/month-end", "/office/month-end/2026-10"]
    return [*packs, "/office/months", OCTOBER, f"{OCTOBER}/open"]


def people_pages(town: WebTown, other: Visitor, texts: Iterator[str]) -> list[str]:
    """Officers and what they may, and residents who were looked up."""
    page = page_of(other, "Third")
    sent(other, f"{page}/end", permission="settle", reason=next(texts))
    sent(other, f"{page}/grant", permission="settle", reason=next(texts))
    for looked_for in ("Amina", next(texts)):
        assert other.fill(PEOPLE, PEOPLE, by="name", text=looked_for, reason=next(texts)).status_code == 200
    gone = left_saying(town, other, next(texts))
    added = {"name": next(texts), "email": "added@example.org"}
    assert other.fill(f"{OFFICERS}/new", f"{OFFICERS}/new", **added).status_code == 200
    forms = [f"{page}/{verb}" for verb in ("grant", "end", "leave")]
    look_ups = [PEOPLE, f"{PEOPLE}/look-ups", f"{PEOPLE}/look-ups?{urlencode({'resident': next(texts)})}"]
    return [OFFICERS, f"{OFFICERS}/new", page, gone, *forms, *look_ups]


def left_saying(town: WebTown, other: Visitor, why: str) -> str:
    """The page of an officer who left, of whom another said why."""
    town.officer(email="leaving@example.org")
    page = page_of(other, "Leaving")
    sent(other, f"{page}/leave", reason=why)
    return page


def setting_pages(town: WebTown, other: Visitor, texts: Iterator[str]) -> list[str]:
    """The scheme's settings, of which one is to change by what two decided, and another change of it waits."""
    checker = office.officer(town, "fifth@example.org", *Permission)
    sent(checker, sent(other, LIMIT, **CHANGE | {"decision": next(texts)}), decision="approve")
    sent(other, LIMIT, **CHANGE | {"decision": next(texts), "value": "16.00"})
    return [SETTINGS, LIMIT]


def audit_pages(texts: Iterator[str]) -> list[str]:
    """Who did what, and a search for texts."""
    typed = ({"action": next(texts)}, {"subject": next(texts)})
    return ["/office/audit", *(f"/office/audit?{urlencode(one)}" for one in typed)]
