"""`artrator ledger check` says by its exit code whether the books balance."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from tests.ledger.movements import run_of, top_up, write
from typer.testing import CliRunner

from artrator.cli.ledger import app
from artrator.db.database import Database
from artrator.kernel.errors import NotFound
from artrator.ledger.run_payment import hold


@pytest.fixture
def used(dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    async def use() -> None:
        database = Database(dsn)
        await write(database, top_up(1000), hold(run_of(1000)))
        await database.close()

    asyncio.run(use())
    monkeypatch.setenv("ARTRATOR_DATABASE__URL", dsn)
    return dsn


@pytest.mark.usefixtures("used")
def test_books_that_balance_exit_with_0() -> None:
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 0
    assert result.stdout == "4 accounts, 3 transfers: good\n"


def test_books_that_do_not_balance_exit_with_1_and_say_why(used: str) -> None:
    with psycopg.connect(used, autocommit=True) as connection:
        connection.execute("UPDATE accounts SET credits_posted = credits_posted + 1 WHERE kind = 'wallet'")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert "wrong: account wallet:buyer: its balances are not the sums of its transfers" in result.stderr
    assert "NOT in balance" in result.stdout


def test_a_folder_without_a_database_is_said_to_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARTRATOR_DATABASE__URL", raising=False)
    with pytest.raises(NotFound, match="Nothing was ever started"):
        CliRunner().invoke(app, ["check", "--home", str(tmp_path)], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []
