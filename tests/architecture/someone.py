"""One browser for each realm, in a town where much happened: who sends what is hostile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from ledger.identifiers import to_text
from ledger.people.rules import Permission
from tests.architecture.paths import best, filled
from tests.architecture.things import code_of, of_the_office
from tests.council_office import town as office
from tests.merchant_portal.deli import Deli
from tests.wallet_api.lively import live_a_little
from tests.wallet_api.organised import organised
from tests.web_town import Visitor, WebTown

SIGNED_OUT_BY = "/sign-out"
OTHER_FACES = ("/organise", "/merchant", "/office", "/static")


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A signed-in browser, where its paths begin, and what its paths may be of."""

    client: FlaskClient
    starts: tuple[str, ...]
    samples: dict[str, str]

    def path(self, rule: Rule, given: Mapping[str, str] | None = None) -> str:
        """The rule's path: of something that is there, but for the arguments that are given."""
        return filled(rule, best(rule, self.samples) or "x", given)


@pytest.fixture
def everybody(web_town: WebTown) -> list[Someone]:
    """One browser for each realm, a till of its own, and a stranger half-way in, in a town where much happened."""
    web_town.app.config["WTF_CSRF_ENABLED"] = False
    lively, roster = live_a_little(web_town), organised(web_town)
    deli = Deli(town=web_town)
    till = deli.till()
    taken = till.fill("/merchant/till/type?amount=4.50", code=code_of(web_town, lively.resident_id).short_code).location
    code_id = to_text(code_of(web_town, lively.resident_id).code_id)
    officer = office.officer(web_town, "all@example.org", *Permission)
    asking = web_town.visitor()
    for start in ("", "/organise", "/merchant", "/office"):
        asking.fill(f"{start}/sign-in", email="nobody@example.org")
    amina, rosa = web_town.visitor().sign_in("amina@example.org"), deli.owner()
    reference = taken.rpartition("/")[2]
    transaction = to_text(lively.taken.transaction_id)
    said = amina.fill(f"/disputes/new?transaction={transaction}", reason="Not me").location.rpartition("/")[2]
    of_amina = {
        "/earn": to_text(lively.sessions[1]),
        "/council-tax": lively.item,
        "/code": code_id,
        "/api/v1/codes": code_id,
        "/history": transaction,
        "/disputes": said,
    }
    return [
        _someone(amina, "/", of_amina),
        _someone(roster.olu(), "/organise/", {"/organise/sessions": to_text(roster.session_id)}),
        _someone(rosa, "/merchant/", {"/merchant": reference, "/merchant/operators": to_text(deli.rosa_id)}),
        _someone(till, "/merchant/", {"/merchant": reference}),
        _someone(officer, "/office/", of_the_office(web_town, roster, transaction=transaction, said=said)),
        _someone(asking, "/sign-in", {}),
        _someone(asking, "/organise/sign-in", {}),
        _someone(asking, "/merchant/sign-in", {}),
        _someone(asking, "/office/sign-in", {}),
    ]


def _someone(visitor: Visitor, start: str, samples: dict[str, str]) -> Someone:
    return Someone(client=visitor.client, starts=(start,), samples=samples)


def rules_of(town: WebTown, someone: Someone, method: str) -> Iterator[Rule]:
    """What this somebody may ask by a method; not the way out, after which they would be a stranger."""
    for rule in town.app.url_map.iter_rules():
        elsewhere = someone.starts == ("/",) and rule.rule.startswith(OTHER_FACES)
        mine = rule.rule.startswith(someone.starts) and not elsewhere
        if mine and method in (rule.methods or ()) and not rule.rule.endswith(SIGNED_OUT_BY):
            yield rule
