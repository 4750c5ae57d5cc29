"""Users see what they have, buy credits once for each wish, and read where their money went."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest
from sqlalchemy import update
from tests.ledger.movements import BUYER, CREATOR, books_of, run_of, write

from artrator.db.database import Database
from artrator.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.ledger.balance import Balance
from artrator.ledger.run_payment import hold, release, settle
from artrator.ledger.sandbox import SandboxPayments
from artrator.ledger.settings import LedgerSettings, PaymentSettings
from artrator.ledger.statement import EntryKind
from artrator.ledger.statement_csv import statement_csv
from artrator.ledger.tables import top_ups
from artrator.ledger.top_up import StartedPayment, TopUp, TopUpStatus
from artrator.ledger.wallets import Wallets
from artrator.wire.page import write_cursor

TEN = Micros(10_000_000)


async def test_a_user_of_whom_the_ledger_knows_nothing_has_nothing(wallets: Wallets) -> None:
    nothing = Micros(0)
    assert await wallets.balance(BUYER) == Balance(available=nothing, held=nothing, earned=nothing, expected=nothing)


async def test_a_top_up_can_be_spent(wallets: Wallets) -> None:
    made = await wallets.top_up(BUYER, TEN)
    assert made.status is TopUpStatus.SUCCEEDED
    assert (await wallets.balance(BUYER)).available == TEN


async def test_a_balance_tells_what_is_held_and_what_may_be_earned(wallets: Wallets, database: Database) -> None:
    await wallets.top_up(BUYER, TEN)
    done, open_run = run_of(1_000_000), run_of(2_000_000)
    await write(database, hold(done), hold(open_run), settle(done))
    buyer, creator = await wallets.balance(BUYER), await wallets.balance(CREATOR)
    assert (buyer.available, buyer.held) == (7_000_000, 2_000_000)
    assert (creator.earned, creator.expected) == (800_000, 1_600_000)


async def test_the_same_wish_again_pays_once(wallets: Wallets) -> None:
    first = await wallets.top_up(BUYER, TEN, idempotency_key="wish")
    assert await wallets.top_up(BUYER, TEN, idempotency_key="wish") == first
    assert (await wallets.balance(BUYER)).available == TEN


async def test_the_same_wish_ten_times_at_once_pays_once(wallets: Wallets, database: Database) -> None:
    made = await asyncio.gather(*(wallets.top_up(BUYER, TEN, idempotency_key="wish") for _ in range(10)))
    assert len({each.id for each in made}) == 1
    assert (await wallets.balance(BUYER)).available == TEN
    assert (await books_of(database)).problems == ()


async def test_a_key_belongs_to_one_wish_of_one_user(wallets: Wallets) -> None:
    await wallets.top_up(BUYER, TEN, idempotency_key="wish")
    with pytest.raises(Conflict) as caught:
        await wallets.top_up(BUYER, Micros(5_000_000), idempotency_key="wish")
    assert caught.value.code == "idempotency_key_reused"
    await wallets.top_up(CREATOR, TEN, idempotency_key="wish")
    assert (await wallets.balance(CREATOR)).available == TEN


async def test_a_top_up_has_bounds(wallets: Wallets) -> None:
    for amount in (1, 499_999, 100_000_001):
        with pytest.raises(Invalid) as caught:
            await wallets.top_up(BUYER, Micros(amount))
        assert (caught.value.code, caught.value.field) == ("top_up_out_of_range", "amount_micros")


async def test_play_money_is_refused_outside_development(database: Database) -> None:
    closed = SandboxPayments(is_development=False, allow_outside_development=False)
    wallets = Wallets(database, closed, ledger=LedgerSettings(), limits=PaymentSettings())
    with pytest.raises(Unavailable) as caught:
        await wallets.top_up(BUYER, TEN)
    assert caught.value.code == "top_ups_unavailable"
    assert (await wallets.balance(BUYER)).available == 0


async def test_play_money_that_an_operator_insists_on_comes_with_a_loud_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        SandboxPayments(is_development=False, allow_outside_development=True).check_open()
    assert "ANYBODY CAN HAVE CREDITS FOR NOTHING" in caplog.text


class LatePayments(SandboxPayments):
    """Like a real provider, says only later that the money came."""

    async def start(self, top_up: TopUp) -> StartedPayment:
        return StartedPayment(reference=f"late-{top_up.id}", is_confirmed=False)


@pytest.fixture
def late(database: Database) -> Wallets:
    payments = LatePayments(is_development=True, allow_outside_development=False)
    return Wallets(database, payments, ledger=LedgerSettings(), limits=PaymentSettings())


async def test_a_top_up_moves_nothing_until_the_provider_confirms_it(late: Wallets, database: Database) -> None:
    made = await late.top_up(BUYER, TEN)
    assert made.status is TopUpStatus.PENDING
    assert (await late.balance(BUYER)).available == 0
    confirmed = await asyncio.gather(*(late.confirm_top_up(made.id) for _ in range(5)))
    assert {each.status for each in confirmed} == {TopUpStatus.SUCCEEDED}
    assert (await late.balance(BUYER)).available == TEN
    assert (await books_of(database)).problems == ()


async def test_a_top_up_that_failed_cannot_be_confirmed(late: Wallets, database: Database) -> None:
    made = await late.top_up(BUYER, TEN)
    async with database.unit_of_work() as connection:
        await connection.execute(update(top_ups).values(status="failed"))
    with pytest.raises(Conflict):
        await late.confirm_top_up(made.id)
    assert (await late.balance(BUYER)).available == 0


async def test_a_top_up_that_nobody_made_cannot_be_confirmed(wallets: Wallets) -> None:
    with pytest.raises(NotFound):
        await wallets.confirm_top_up("nothing")


async def test_credits_are_given_once_for_each_key(wallets: Wallets) -> None:
    for _ in range(2):
        await wallets.give_credits(BUYER, TEN, key="welcome", memo="Welcome")
    assert (await wallets.balance(BUYER)).available == TEN
    with pytest.raises(Conflict):
        await wallets.give_credits(BUYER, Micros(1), key="welcome", memo="Welcome")


async def test_a_statement_says_what_each_run_cost_and_how_it_was_split(wallets: Wallets, database: Database) -> None:
    await wallets.top_up(BUYER, TEN)
    payment, lost = run_of(1_000_000), run_of(3_000_000)
    await write(database, hold(payment), hold(lost), settle(payment), release(lost))
    run, bought = (await wallets.statement(BUYER)).rows
    assert (run.kind, run.memo, run.subject) == (EntryKind.RUN, "atelier/shape-gan", payment.run_id)
    assert (run.amount, run.balance) == (-1_000_000, 9_000_000)
    assert [(part.code, part.amount) for part in run.parts] == [("creator_share", 800_000), ("platform_fee", 200_000)]
    assert (bought.kind, bought.memo, bought.amount, bought.balance) == (EntryKind.TOP_UP, "sandbox", TEN, TEN)


async def test_creators_read_what_each_run_earned_them(wallets: Wallets, database: Database) -> None:
    await wallets.top_up(BUYER, TEN)
    payment = run_of(1_000_000)
    await write(database, hold(payment), settle(payment, Micros(500_000)))
    (entry,) = (await wallets.earnings(CREATOR)).rows
    assert (entry.amount, entry.balance, entry.memo) == (400_000, 400_000, "atelier/shape-gan")
    assert sum(part.amount for part in entry.parts) == 500_000


async def test_pages_of_a_statement_join_without_gap_or_repetition(wallets: Wallets, database: Database) -> None:
    await wallets.top_up(BUYER, TEN)
    for _ in range(3):
        payments = [run_of(price) for price in (1, 200_000, 300_000)]
        await write(database, *(hold(each) for each in payments), *(settle(each) for each in payments))
    whole = [entry async for entry in wallets.whole_statement(BUYER)]
    paged, cursor = [], None
    while True:
        page = await wallets.statement(BUYER, cursor=cursor, limit=2)
        assert 1 <= len(page.rows) <= 2
        paged += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == whole
    assert len(whole) == 10
    assert whole[0].balance == (await wallets.balance(BUYER)).available
    for newer, older in pairwise(whole):
        assert newer.balance - newer.amount == older.balance
    assert whole[-1].balance == whole[-1].amount


@pytest.mark.parametrize("kind", EntryKind)
async def test_lines_of_one_kind_have_the_balances_that_all_lines_left(
    wallets: Wallets, database: Database, kind: EntryKind
) -> None:
    for price in (100_000, 200_000, 300_000):
        await wallets.top_up(BUYER, TEN)
        payments = [run_of(price), run_of(price + 1)]
        await write(database, *(hold(each) for each in payments), *(settle(each) for each in payments))
        await wallets.give_credits(BUYER, Micros(price), key=str(price), memo="a gift")
    wanted = [entry async for entry in wallets.whole_statement(BUYER) if entry.kind is kind]
    found, cursor = [], None
    while True:
        page = await wallets.statement(BUYER, kind=kind, cursor=cursor, limit=2)
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(found) >= 3
    assert found == wanted


async def test_a_new_run_between_two_pages_disturbs_neither(wallets: Wallets, database: Database) -> None:
    await wallets.top_up(BUYER, TEN)
    first = run_of(1_000_000)
    await write(database, hold(first), settle(first))
    page = await wallets.statement(BUYER, limit=1)
    second = run_of(1_000_000)
    await write(database, hold(second), settle(second))
    (older,) = (await wallets.statement(BUYER, cursor=page.next_cursor)).rows
    assert (older.kind, older.balance) == (EntryKind.TOP_UP, TEN)


async def test_a_made_up_cursor_is_refused(wallets: Wallets) -> None:
    keys = ((1,), ("a", 1), (2**63, 1), (-1, 1))
    for cursor in ("", "x", *(write_cursor(key) for key in keys)):
        with pytest.raises(Invalid) as caught:
            await wallets.statement(BUYER, cursor=cursor)
        assert caught.value.code == "cursor_malformed"


async def test_nobody_reads_another_ones_statement(wallets: Wallets) -> None:
    await wallets.top_up(BUYER, TEN)
    assert (await wallets.statement(UserId("buyer2"))).rows == []
    assert (await wallets.statement(UserId("buye"))).rows == []


async def test_a_statement_as_a_table_is_what_a_spreadsheet_reads(wallets: Wallets, database: Database) -> None:
    await wallets.top_up(BUYER, TEN)
    payment = run_of(1_000_000)
    await write(database, hold(payment), settle(payment))
    lines = [line async for line in statement_csv(wallets.whole_statement(BUYER), wallets.currency)]
    assert lines[0] == "time,kind,for,id,amount,balance,currency,creator_share,platform_fee,models\r\n"
    assert lines[1].endswith(f",run,atelier/shape-gan,{payment.run_id},-1.00,9.00,EUR,0.80,0.20,atelier/shape-gan\r\n")
    assert ",top_up,sandbox," in lines[2]
    assert lines[2].endswith(",10.00,10.00,EUR,,,\r\n")


async def test_a_table_holds_no_formula_that_somebody_named_a_thing_by(wallets: Wallets) -> None:
    await wallets.give_credits(BUYER, TEN, key="gift", memo='=HYPERLINK("http://evil")')
    lines = [line async for line in statement_csv(wallets.whole_statement(BUYER), wallets.currency)]
    assert "\"'=HYPERLINK(" in lines[1]
