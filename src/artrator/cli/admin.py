"""`artrator admin`: what only the person at the machine may do."""

from __future__ import annotations

import asyncio
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from artrator.bundle.naming import name_from
from artrator.cli.console import errors, say
from artrator.cli.home import HomeOption
from artrator.cli.keys import opened_identity
from artrator.identity.user import Role

app = typer.Typer(no_args_is_help=True, help="Set up and look after accounts.")


@app.command()
def create(
    email: Annotated[str, typer.Option(help="the operator's e-mail")],
    handle: Annotated[str | None, typer.Option(help="the operator's handle; none takes the e-mail's name")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="read the password from standard input")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Make an operator: the first account of a fresh server. Prints a random password unless one is given."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(18)
    handle = handle or name_from(email.partition("@")[0])
    asyncio.run(_create(home, email, handle, password))
    errors.print(f"{handle} is an operator and logs in with {email}")
    if not password_stdin:
        say(password)


@app.command()
def grant(
    user: Annotated[str, typer.Argument(help="the account's handle")],
    role: Annotated[Role, typer.Argument(help="creator; operators are made by `create` alone")],
    home: HomeOption = None,
) -> None:
    """Give an account a role."""
    asyncio.run(_grant(home, user, role))
    say(f"{user} is now a {role.value}")


@app.command()
def enable(user: Annotated[str, typer.Argument(help="the account's handle")], home: HomeOption = None) -> None:
    """Let a disabled account in again."""
    asyncio.run(_enable(home, user))
    say(f"{user} may log in again")


async def _create(home: Path | None, email: str, handle: str, password: str) -> None:
    async with opened_identity(home, fresh=True) as identity:
        await identity.make_admin(email, handle, password)


async def _grant(home: Path | None, user: str, role: Role) -> None:
    async with opened_identity(home) as identity:
        await identity.grant_role((await identity.find_by_handle(user)).id, role)


async def _enable(home: Path | None, user: str) -> None:
    async with opened_identity(home) as identity:
        await identity.enable(user)
