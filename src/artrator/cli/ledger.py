"""`artrator ledger`: what an operator asks of the books."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from artrator.cli.home import HomeOption, existing_database, read_settings
from artrator.kernel.clock import system_clock
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
    home: HomeOption = None,
    stale_hold_s: Annotated[int, typer.Option(help="Warn of holds that are open for longer.")] = DEFAULT_STALE_HOLD_S,
) -> None:
    """Recompute every balance from the transfers; exit with 1 unless the books balance."""
    report = asyncio.run(_check(read_settings(home), stale_hold_s))
    for line in report.warnings:
        print(f"warning: {line}", file=sys.stderr)
    for line in report.problems:
        print(f"wrong: {line}", file=sys.stderr)
    print(f"{report.accounts} accounts, {report.transfers} transfers: {'good' if report.balance else 'NOT in balance'}")
    raise typer.Exit(0 if report.balance else 1)


async def _check(settings: Settings, stale_hold_s: int) -> BooksReport:
    async with existing_database(settings) as database, database.unit_of_work() as connection:
        return await check_books(connection, now=system_clock(), stale_hold_s=stale_hold_s)
