"""Whatever is asked in whatever order, the ledger answers and balances as its rules in their plainest form do."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.movements import balances, books_of, codes, run_of, top_up, write
from tests.ledger.reference import ReferenceLedger

from artrator.db.database import Database
from artrator.kernel.ids import AccountId, UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.account import earnings_of, wallet_of
from artrator.ledger.run_payment import RunPayment, hold, release, settle
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind

users = st.sampled_from(("ada", "bo", "cy"))
payments = st.builds(
    lambda run, buyer, creator, price, fee: (run, buyer, creator, price, fee),
    st.integers(0, 3),
    users,
    users,
    st.integers(0, 1500),
    st.sampled_from((0, 1, 200, 1000)),
)
moves = st.one_of(
    st.tuples(st.just("top_up"), users, st.integers(1, 2000), st.integers(0, 5)),
    st.tuples(st.just("spend_earnings"), users, st.integers(1, 500)),
    st.tuples(st.just("hold"), payments),
    st.tuples(st.just("settle"), payments, st.integers(0, 1000)),
    st.tuples(st.just("release"), payments),
)
histories = st.lists(st.lists(moves, min_size=1, max_size=8), min_size=1, max_size=8)


class Story:
    """Turns drawn moves into groups whose users and keys no other story shares."""

    def __init__(self) -> None:
        self.prefix = new_id()
        self.terms: dict[int, RunPayment] = {}

    def user(self, name: str) -> UserId:
        return UserId(f"{self.prefix}-{name}")

    def payment(self, run: int, buyer: str, creator: str, price: int, fee: int) -> RunPayment:
        return run_of(
            price, fee_permille=fee, buyer=self.user(buyer), creator=self.user(creator), run_id=f"{self.prefix}-{run}"
        )

    def group(self, move: tuple[object, ...]) -> TransferGroup:
        match move:
            case ("top_up", str(name), int(amount), int(key)):
                return top_up(amount, user=self.user(name), key=f"top_up:{self.prefix}:{key}")
            case ("spend_earnings", str(name), int(amount)):
                return spend_earnings(self.user(name), amount)
            case ("hold", (int(run), *rest)):
                payment = self.payment(run, *rest)
                self.terms.setdefault(run, payment)
                return hold(payment)
            case ("settle", (int(run), *rest), int(permille)):
                payment = self.terms.get(run) or self.payment(run, *rest)
                return settle(payment, Micros(payment.price * permille // 1000))
            case ("release", (int(run), *rest)):
                return release(self.terms.get(run) or self.payment(run, *rest))
            case _:
                raise AssertionError(move)


def spend_earnings(user: UserId, amount: int) -> TransferGroup:
    transfer = NewTransfer(
        kind=TransferKind.DIRECT,
        debit_account=earnings_of(user),
        credit_account=wallet_of(user),
        amount=Micros(amount),
        code=TransferCode.PROMOTION,
    )
    return TransferGroup(key=new_id(), transfers=(transfer,))


async def _tell(database: Database, history: list[list[tuple[object, ...]]]) -> None:
    story, reference = Story(), ReferenceLedger()
    for batch in history:
        groups = [story.group(move) for move in batch]
        assert codes(await write(database, *groups)) == reference.apply(groups)
    for account, expected in reference.books.balances.items():
        if account.startswith(("wallet", "earnings")):  # the others are shared with other stories
            assert await balances(database, AccountId(account)) == tuple(expected)
    assert (await books_of(database)).problems == ()


def test_the_ledger_follows_its_rules(dsn: str) -> None:
    database = Database(dsn)
    with asyncio.Runner() as runner:

        @settings(max_examples=100, deadline=None)
        @given(history=histories)
        def follow(history: list[list[tuple[object, ...]]]) -> None:
            runner.run(_tell(database, history))

        try:
            follow()
        finally:
            runner.run(database.close())
