"""A small town for tests of redemption: one resident with purses, two shops with a till each, and the clock."""

import random
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger.book.accounts import open_account
from ledger.book.posting import post
from ledger.book.queries import strict_balances
from ledger.book.requests import Answer, Asked
from ledger.book.rules import Line, Mode, Posting, Unit
from ledger.identifiers import SCHEME
from ledger.occasion import Occasion
from ledger.people.models import Operator, Organisation, Resident, SignIn
from ledger.people.rules import OperatorRole, OrganisationKind, Realm, ResidentStatus, SignInKind
from ledger.redemption.at_once import prepare, redeem_at_once
from ledger.redemption.codes import ShownCode, draw_again, end_code, end_codes_of, issue_code
from ledger.redemption.misses import count_miss
from ledger.redemption.queries import code_shown
from ledger.redemption.redemptions import Redeemed, redeem
from ledger.redemption.voids import Voided, void
from ledger.settings import SchemeRules
from ledger.store import reading, run, unit_of_work
from ledger.wallets.operations import open_purse
from ledger.wallets.queries import PURSE

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CODE_KEY = b"only for tests, thirty-two bytes"
AT_ONCE = {"at_once": True}
"""The option of an engine whose town takes by one statement first, as a till does."""
ANSWER = Answer(status=201, content_type="application/json", body=b"{}")
RULES = SchemeRules()
MAY, JUNE = date(2028, 5, 31), date(2028, 6, 30)
_source = random.Random(1844)


def occasion_at(now: datetime) -> Occasion:
    """An occasion at an instant, with randomness that differs from the last one's."""
    return Occasion(now=now, actor="test", token_bytes=_source.randbytes)


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A merchant with one till and one operator."""

    merchant_id: UUID
    till_id: UUID
    operator_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Where things happen, each verb in a unit of work of its own; `now` is noon unless a test says another."""

    engine: Engine
    resident_id: UUID
    deli: Shop
    baker: Shop

    def award(self, amount: int, expires_on: date = MAY) -> None:
        """Credits come into the resident's purse of a month."""
        with unit_of_work(self.engine) as session:
            give(session, resident_id=self.resident_id, amount=amount, expires_on=expires_on)

    def issue(self, now: datetime = NOON, cap: int | None = None) -> ShownCode:
        """The resident asks for a code."""
        asked = partial(
            issue_code, resident_id=self.resident_id, cap=cap, rules=RULES, code_key=CODE_KEY, occasion=occasion_at(now)
        )
        return run(self.engine, asked)

    def draw(self, code: ShownCode, now: datetime) -> ShownCode:
        """The resident's phone has the code drawn again."""
        with unit_of_work(self.engine) as session:
            return draw_again(
                session,
                code_id=code.code_id,
                resident_id=self.resident_id,
                code_key=CODE_KEY,
                occasion=occasion_at(now),
            )

    def not_me(self, code: ShownCode, now: datetime = NOON) -> None:
        """The resident says it was not them."""
        with unit_of_work(self.engine) as session:
            end_code(session, code_id=code.code_id, resident_id=self.resident_id, occasion=occasion_at(now))

    def sign_out(self, now: datetime = NOON) -> None:
        """The resident signs out."""
        with unit_of_work(self.engine) as session:
            end_codes_of(session, resident_id=self.resident_id, occasion=occasion_at(now))

    def take(self, presented: str, amount: int, *, now: datetime = NOON, shop: Shop | None = None) -> Redeemed:
        """A till redeems; the deli's, unless a test says another."""
        asked = self.asked(presented, amount, now=now, shop=shop)
        if AT_ONCE.items() <= self.engine.get_execution_options().items():
            taking = prepare(**asked)
            if redeem_at_once(self.engine, taking, asked=new_request(), answer=ANSWER):
                return taking.redeemed
        return run(self.engine, partial(redeem, **asked))

    def asked(self, presented: str, amount: int, *, now: datetime = NOON, shop: Shop | None = None) -> dict[str, Any]:
        """What a till asks for, by the names that `redeem` and `prepare` give it."""
        return {
            "presented": presented,
            "amount": amount,
            **asdict(shop or self.deli),
            "rules": RULES,
            "code_key": CODE_KEY,
            "occasion": occasion_at(now),
        }

    def void(self, reference: str, *, now: datetime = NOON, shop: Shop | None = None) -> Voided:
        """A shop voids a redemption."""
        merchant_id = (shop or self.deli).merchant_id
        with unit_of_work(self.engine) as session:
            return void(session, reference=reference, merchant_id=merchant_id, occasion=occasion_at(now))

    def miss(self, now: datetime = NOON, shop: Shop | None = None) -> None:
        """A till is about to try a short code."""
        with unit_of_work(self.engine) as session:
            count_miss(session, till_id=(shop or self.deli).till_id, occasion=occasion_at(now))

    def state(self, code: ShownCode, now: datetime = NOON) -> str:
        """How the code stands on the resident's phone."""
        with reading(self.engine) as session:
            return code_shown(session, code_id=code.code_id, resident_id=self.resident_id, now=now).state

    def freeze(self) -> None:
        """An officer freezes the resident."""
        with unit_of_work(self.engine) as session:
            resident = session.get(Resident, self.resident_id)
            assert resident is not None, "the town has a resident"
            resident.status = ResidentStatus.FROZEN

    def purses(self) -> dict[date | None, int]:
        """What stands in each of the resident's purses, by its month."""
        with reading(self.engine) as session:
            rows = strict_balances(session.connection(), owner_id=self.resident_id, kind=PURSE, unit=Unit.CR, now=NOON)
        return {row.expires_on: row.balance for row in rows}


def new_request() -> Asked:
    """A till's request, under a key of its own."""
    return Asked(principal="till:1", key=_source.randbytes(16).hex(), route="redeem", digest=bytes(32))


def make_town(engine: Engine) -> Town:
    """The town, its resident's wallet empty."""
    with unit_of_work(engine) as session:
        resident_id = occasion_at(NOON).new_id()
        session.add(
            Resident(
                id=resident_id,
                name="Ada Osei",
                email="ada@example.org",
                postcode=None,
                joined_at=NOON,
                status=ResidentStatus.OPEN,
            )
        )
        deli, baker = make_shop(session, "Santos Deli"), make_shop(session, "Coldharbour Bakery")
    return Town(engine=engine, resident_id=resident_id, deli=deli, baker=baker)


def make_shop(session: Session, name: str) -> Shop:
    """A shop with an operator and an open till."""
    occasion = occasion_at(NOON)
    shop = Shop(merchant_id=occasion.new_id(), till_id=occasion.new_id(), operator_id=occasion.new_id())
    organisation = Organisation(
        id=shop.merchant_id, kind=OrganisationKind.SHOP, name=name, address="1 Coldharbour Lane", joined_at=NOON
    )
    operator = Operator(
        id=shop.operator_id,
        organisation_id=shop.merchant_id,
        name=f"Rosa of {name}",
        email=f"{shop.operator_id}@example.org",
        role=OperatorRole.OWNER,
        joined_at=NOON,
    )
    session.add(organisation)
    session.flush()
    session.add(operator)
    session.flush()
    session.add(make_till(shop, operator_id=shop.operator_id))
    session.flush()
    return shop


def make_till(shop: Shop, *, operator_id: UUID) -> SignIn:
    """The row of a shop's open till."""
    return SignIn(
        id=shop.till_id,
        realm=Realm.MERCHANT,
        kind=SignInKind.TILL,
        person_id=operator_id,
        organisation_id=shop.merchant_id,
        token_digest=shop.till_id.bytes,
        till_name="Counter",
        signed_in_at=NOON,
        active_at=NOON,
        expires_at=NOON + timedelta(hours=12),
    )


def give(session: Session, *, resident_id: UUID, amount: int, expires_on: date) -> None:
    """Credits from issuance into a resident's purse."""
    connection, occasion = session.connection(), occasion_at(NOON - timedelta(days=1))
    issuance = open_account(
        connection,
        public_id=occasion.new_id(),
        kind="issuance",
        unit=Unit.CR,
        owner_id=SCHEME,
        mode=Mode.ROLLUP,
    )
    purse = open_purse(session, resident_id=resident_id, expires_on=expires_on, occasion=occasion)
    line = Line(debit=issuance, credit=purse, amount=amount)
    post(connection, Posting(id=occasion.new_id(), kind="award", lines=[line], at=occasion.now, actor="test"))
