"""`artrator ledger`: what an operator asks of the books."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.kernel.clock import system_clock
from artrator.kernel.errors import NotFound
from artrator.ledger.books import BooksReport, check_books
from artrator.ledger.settings import LedgerSettings
from artrator.settings import Settings

DEFAULT_STALE_HOLD_S = LedgerSettings().stale_hold_s

app = typer.Typer(no_args_is_help=True, help="Look after the books.")


@app.callback()
def ledger() -> None:
    """Look after the books."""


@app.command()
def check(
    home: Annotated[
        Path | None, typer.Option(help="Folder with the database; ARTRATOR_DATABASE__URL goes before it.")
    ] = None,
    stale_hold_s: Annotated[int, typer.Option(help="Warn of holds that are open for longer.")] = DEFAULT_STALE_HOLD_S,
) -> None:
    """Recompute every balance from the transfers; exit with 1 unless the books balance."""
    settings = Settings() if home is None else Settings(home=home)
    report = asyncio.run(_check(settings, stale_hold_s))
    for line in report.warnings:
        print(f"warning: {line}", file=sys.stderr)
    for line in report.problems:
        print(f"wrong: {line}", file=sys.stderr)
    print(f"{report.accounts} accounts, {report.transfers} transfers: {'good' if report.balance else 'NOT in balance'}")
    raise typer.Exit(0 if report.balance else 1)


async def _check(settings: Settings, stale_hold_s: int) -> BooksReport:
    async with _database(settings) as database, database.unit_of_work() as connection:
        return await check_books(connection, now=system_clock(), stale_hold_s=stale_hold_s)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Database]:
    async with AsyncExitStack() as stack:
        if settings.database.url is not None:
            dsn = settings.database.url.get_secret_value()
        else:
            folder = settings.home.expanduser().resolve() / "postgres"
            if not folder.exists():
                raise NotFound("home_empty", f"There is no database in {settings.home}; name its folder with --home.")
            dsn = await asyncio.to_thread(stack.enter_context, EmbeddedPostgres(folder=folder).running())
        database = Database(dsn)
        stack.push_async_callback(database.close)
        yield database
