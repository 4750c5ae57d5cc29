"""The journal applies each group whole, once, and never overdraws."""

from __future__ import annotations

from sqlalchemy import select
from tests.ledger.movements import BUYER, CREATOR, balances, codes, count_transfers, run_of, top_up, write

from artrator.db.database import Database
from artrator.kernel.errors import Conflict, NotFound, PaymentRequired
from artrator.kernel.ids import AccountId, TransferId, UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.account import PLATFORM_FEES, earnings_of, wallet_of
from artrator.ledger.run_payment import hold, release, settle
from artrator.ledger.tables import transfers
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind, transfer_id


async def test_a_held_price_is_set_aside_on_both_sides(database: Database) -> None:
    payment = run_of(1000)
    assert await write(database, top_up(1500), hold(payment)) == [None, None]
    assert await balances(database, wallet_of(BUYER)) == (1000, 0, 0, 1500)
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 800, 0)
    assert await balances(database, PLATFORM_FEES) == (0, 0, 200, 0)


async def test_a_successful_run_pays_creator_and_platform(database: Database) -> None:
    payment = run_of(1000)
    await write(database, top_up(1500), hold(payment))
    assert await write(database, settle(payment)) == [None]
    assert await balances(database, wallet_of(BUYER)) == (0, 1000, 0, 1500)
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 0, 800)
    assert await balances(database, PLATFORM_FEES) == (0, 0, 0, 200)


async def test_a_failed_run_costs_nothing(database: Database) -> None:
    payment = run_of(1000)
    await write(database, top_up(1500), hold(payment))
    assert await write(database, release(payment)) == [None]
    assert await balances(database, wallet_of(BUYER)) == (0, 0, 0, 1500)
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 0, 0)


async def test_a_run_that_costs_less_gives_the_rest_back(database: Database) -> None:
    payment = run_of(1000)
    await write(database, top_up(1000), hold(payment))
    assert await write(database, settle(payment, Micros(500))) == [None]
    assert await balances(database, wallet_of(BUYER)) == (0, 500, 0, 1000)
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 0, 400)
    assert await balances(database, PLATFORM_FEES) == (0, 0, 0, 100)


async def test_a_wallet_that_does_not_cover_the_price_is_refused_without_a_trace(database: Database) -> None:
    await write(database, top_up(999))
    before = await count_transfers(database)
    (answer,) = await write(database, hold(run_of(1000)))
    assert isinstance(answer, PaymentRequired)
    assert (answer.code, answer.facts) == ("insufficient_funds", {"available_micros": 999, "needed_micros": 1000})
    assert await balances(database, wallet_of(BUYER)) == (0, 0, 0, 999)
    assert await count_transfers(database) == before


async def test_a_refused_group_harms_no_other_in_its_batch(database: Database) -> None:
    first, too_much, last = run_of(600), run_of(600), run_of(400)
    answers = await write(database, top_up(1000), hold(first), hold(too_much), hold(last))
    assert codes(answers) == [None, None, "insufficient_funds", None]
    assert await balances(database, wallet_of(BUYER)) == (1000, 0, 0, 1000)


async def test_a_group_that_fails_half_way_undoes_its_first_half(database: Database) -> None:
    # The share of 800 fits, the fee of 200 does not.
    answers = await write(database, top_up(900), hold(run_of(1000)), hold(run_of(900)))
    assert codes(answers) == [None, "insufficient_funds", None]
    assert await balances(database, wallet_of(BUYER)) == (900, 0, 0, 900)


async def test_the_same_group_again_answers_as_before_and_moves_nothing(database: Database) -> None:
    payment = run_of(1000)
    await write(database, top_up(5000), hold(payment))
    before = await count_transfers(database)
    assert await write(database, hold(payment), hold(payment)) == [None, None]
    assert await balances(database, wallet_of(BUYER)) == (1000, 0, 0, 5000)
    assert await count_transfers(database) == before


async def test_a_repetition_is_recognised_even_when_the_wallet_is_empty_by_now(database: Database) -> None:
    payment = run_of(1000)
    await write(database, top_up(1000), hold(payment), settle(payment))
    assert await write(database, hold(payment), settle(payment)) == [None, None]
    assert await balances(database, wallet_of(BUYER)) == (0, 1000, 0, 1000)


async def test_a_key_with_other_content_is_a_conflict(database: Database) -> None:
    group = top_up(100)
    await write(database, group)
    for other in (top_up(101, key=group.key), top_up(100, key=group.key, user=CREATOR)):
        (answer,) = await write(database, other)
        assert isinstance(answer, Conflict)
        assert answer.code == "group_differs"
    assert await balances(database, wallet_of(BUYER)) == (0, 0, 0, 100)


async def test_a_key_with_more_or_fewer_transfers_is_a_conflict(database: Database) -> None:
    payment = run_of(1000)
    whole = hold(payment)
    shorter = TransferGroup(key=whole.key, subject=whole.subject, transfers=whole.transfers[:1])
    await write(database, top_up(5000), whole)
    (answer,) = await write(database, shorter)
    assert isinstance(answer, Conflict)
    longer = TransferGroup(key=whole.key, subject=whole.subject, transfers=(*whole.transfers, whole.transfers[0]))
    (answer,) = await write(database, longer)
    assert isinstance(answer, Conflict)


async def test_one_key_for_two_contents_in_one_batch_applies_the_first(database: Database) -> None:
    answers = await write(database, top_up(100, key="same"), top_up(200, key="same"))
    assert codes(answers) == [None, "group_differs"]
    assert await balances(database, wallet_of(BUYER)) == (0, 0, 0, 100)


async def test_a_hold_is_ended_once(database: Database) -> None:
    paid, returned = run_of(300), run_of(300)
    await write(database, top_up(1000), hold(paid), hold(returned), settle(paid), release(returned))
    answers = await write(database, release(paid), settle(returned))
    assert codes(answers) == ["hold_already_ended", "hold_already_ended"]
    assert await balances(database, wallet_of(BUYER)) == (0, 300, 0, 1000)


async def test_a_hold_is_ended_once_within_one_batch(database: Database) -> None:
    payment = run_of(300)
    await write(database, top_up(1000), hold(payment))
    answers = await write(database, settle(payment), release(payment))
    assert codes(answers) == [None, "hold_already_ended"]


async def test_a_hold_that_was_never_made_cannot_be_ended(database: Database) -> None:
    await write(database, top_up(1000))
    answers = await write(database, settle(run_of(10)), release(run_of(10)))
    assert all(isinstance(each, NotFound) for each in answers)
    assert await balances(database, earnings_of(CREATOR)) == (0, 0, 0, 0)


async def test_a_refused_hold_cannot_be_ended_in_its_batch(database: Database) -> None:
    payment = run_of(10)
    answers = await write(database, hold(payment), settle(payment))
    assert codes(answers) == ["insufficient_funds", "hold_not_found"]


def _end(kind: TransferKind, pending_id: TransferId, amount: int, credit: AccountId) -> TransferGroup:
    transfer = NewTransfer(
        kind=kind,
        debit_account=wallet_of(BUYER),
        credit_account=credit,
        amount=Micros(amount),
        code=TransferCode.CREATOR_SHARE,
        pending_id=pending_id,
    )
    return TransferGroup(key=new_id(), transfers=(transfer,))


async def test_an_end_that_does_not_agree_with_its_hold_is_refused(database: Database) -> None:
    payment = run_of(1000)
    group = hold(payment)
    await write(database, top_up(1000), group)
    share, other = transfer_id(group.key, 0), earnings_of(UserId("other"))
    answers = await write(
        database,
        _end(TransferKind.POST, share, 801, earnings_of(CREATOR)),
        _end(TransferKind.POST, share, 800, other),
        _end(TransferKind.VOID, share, 799, earnings_of(CREATOR)),
    )
    assert codes(answers) == ["hold_exceeded", "hold_differs", "hold_differs"]


async def test_released_money_pays_for_the_next_group_of_the_batch(database: Database) -> None:
    first, second = run_of(1000), run_of(1000)
    await write(database, top_up(1000), hold(first))
    assert await write(database, release(first), hold(second)) == [None, None]


async def test_a_creator_runs_their_own_without_paying(database: Database) -> None:
    payment = run_of(1000, buyer=CREATOR)
    assert await write(database, hold(payment), settle(payment)) == [None, None]
    assert await count_transfers(database) == 0


async def test_a_transfer_keeps_what_it_was_for(database: Database) -> None:
    payment = run_of(1000)
    await write(database, top_up(1000), hold(payment))
    async with database.unit_of_work() as connection:
        row = (
            await connection.execute(select(transfers).where(transfers.c.id == transfer_id(hold(payment).key, 1)))
        ).one()
    assert (row.kind, row.code, row.subject, row.memo, row.amount) == (
        "hold",
        "platform_fee",
        payment.run_id,
        "atelier/shape-gan",
        200,
    )
