"""Group commit answers each caller with what became of its own command."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from artrator.db.database import Database
from artrator.kernel.errors import ArtratorError, Invalid
from artrator.kernel.group_commit import GroupCommit


class Ledger:
    """Writes numbers and refuses odd ones; counts the groups that it was given."""

    def __init__(self, database: Database) -> None:
        self.groups: list[int] = []
        self._database = database

    async def apply(self, commands: Sequence[int]) -> Sequence[int | ArtratorError]:
        self.groups.append(len(commands))
        good = [number for number in commands if number % 2 == 0]
        if good:
            async with self._database.unit_of_work() as connection:
                await connection.execute(
                    text("INSERT INTO numbers SELECT unnest(CAST(:numbers AS int[]))"), {"numbers": good}
                )
        return [number if number % 2 == 0 else Invalid("odd", "Odd.") for number in commands]


@pytest.fixture
async def table(database: Database) -> None:
    async with database.unit_of_work() as connection:
        await connection.execute(text("CREATE TABLE numbers (value int PRIMARY KEY)"))


async def _stored(database: Database) -> list[int]:
    async with database.unit_of_work() as connection:
        return list((await connection.execute(text("SELECT value FROM numbers ORDER BY value"))).scalars())


@pytest.mark.usefixtures("table")
async def test_concurrent_commands_share_commits(database: Database) -> None:
    ledger = Ledger(database)
    commit = GroupCommit(ledger.apply)
    assert await asyncio.gather(*(commit.submit(number) for number in range(0, 200, 2))) == list(range(0, 200, 2))
    assert await _stored(database) == list(range(0, 200, 2))
    assert len(ledger.groups) < 10


@pytest.mark.usefixtures("table")
async def test_a_refused_command_harms_no_other(database: Database) -> None:
    commit = GroupCommit(Ledger(database).apply)
    results = await asyncio.gather(*(commit.submit(number) for number in (2, 3, 4)), return_exceptions=True)
    assert results[0] == 2
    assert isinstance(results[1], Invalid)
    assert await _stored(database) == [2, 4]


@pytest.mark.usefixtures("table")
async def test_a_bug_reaches_every_caller_of_its_group_and_the_next_group_goes_on(database: Database) -> None:
    commit = GroupCommit(Ledger(database).apply)
    results = await asyncio.gather(commit.submit(6), commit.submit(6), return_exceptions=True)
    assert all(isinstance(result, Exception) for result in results)
    assert await _stored(database) == []
    assert await commit.submit(8) == 8


@pytest.mark.usefixtures("table")
async def test_a_caller_that_gives_up_does_not_disturb_the_rest(database: Database) -> None:
    commit = GroupCommit(Ledger(database).apply)
    impatient = asyncio.create_task(commit.submit(2))
    patient = asyncio.create_task(commit.submit(4))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 4


async def test_one_who_is_alone_is_written_at_once_and_among_many_a_group_gathers() -> None:
    groups: list[int] = []

    async def apply(commands: Sequence[int]) -> Sequence[int]:
        groups.append(len(commands))
        return commands

    async def submit_one_by_one(commit: GroupCommit[int, int]) -> None:
        tasks: list[asyncio.Task[int]] = []
        for number in range(4):
            tasks.append(asyncio.create_task(commit.submit(number)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    await submit_one_by_one(GroupCommit(apply, siblings=lambda: 1))
    assert groups == [1, 1, 1, 1]
    groups.clear()
    await submit_one_by_one(GroupCommit(apply, siblings=lambda: 32))
    assert groups == [4]
