"""`artrator keys`: API keys, made by whoever is at the machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from artrator.cli.console import errors, print_json, say
from artrator.cli.home import HomeOption, existing_database, read_settings
from artrator.identity.api_key import ApiKey, NewApiKey
from artrator.identity.scope import EVERY_SCOPE, Scope
from artrator.identity.service import Identity
from artrator.kernel.ids import ApiKeyId
from artrator.wiring import opened_database

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys of this machine's accounts.")

UserOption = Annotated[str, typer.Option("--user", help="the account's handle")]


@app.command()
def create(
    user: UserOption,
    name: Annotated[str, typer.Option(help="what the key is for")] = "command line",
    scopes: Annotated[list[Scope] | None, typer.Option("--scope", help="what it may do; none means everything")] = None,
    home: HomeOption = None,
) -> None:
    """Make a key and print it, this once, as the last line."""
    made = asyncio.run(_create(home, user, name, frozenset(scopes or EVERY_SCOPE)))
    errors.print(f"a key for {user}; it is not shown again:")
    say(made.secret)


@app.command("list")
def list_keys(
    user: UserOption,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List an account's keys, without their secrets."""
    keys = asyncio.run(_list(home, user))
    if as_json:
        print_json(
            [{"id": key.id, "name": key.name, "prefix": key.prefix, "scopes": sorted(key.scopes)} for key in keys]
        )
        return
    for key in keys:
        say(f"{key.id}  {key.prefix}…  {key.name}")


@app.command()
def revoke(user: UserOption, key: Annotated[str, typer.Argument(help="the key's id")], home: HomeOption = None) -> None:
    """End a key at once."""
    asyncio.run(_revoke(home, user, key))
    say("revoked")


async def _create(home: Path | None, user: str, name: str, scopes: frozenset[Scope]) -> NewApiKey:
    async with opened_identity(home) as identity:
        return await identity.create_key(await identity.find_by_handle(user), name, scopes)


async def _list(home: Path | None, user: str) -> list[ApiKey]:
    async with opened_identity(home) as identity:
        return list(await identity.list_keys((await identity.find_by_handle(user)).id))


async def _revoke(home: Path | None, user: str, key: str) -> None:
    async with opened_identity(home) as identity:
        await identity.revoke_key((await identity.find_by_handle(user)).id, ApiKeyId(key))


@asynccontextmanager
async def opened_identity(home: Path | None, *, fresh: bool = False) -> AsyncGenerator[Identity]:
    """Give the accounts of a home. fresh: a home that was never started is set up first."""
    settings = read_settings(home)
    async with opened_database(settings) if fresh else existing_database(settings) as database:
        identity = Identity(database, settings.identity)
        try:
            yield identity
        finally:
            await identity.close()
