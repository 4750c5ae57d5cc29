"""The home folder as the verbs at the machine use it: its settings, its secret, its database."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError

from artrator.db.database import Database
from artrator.kernel.errors import Invalid, NotFound
from artrator.settings import DEVELOPMENT_SECRET, Environment, Settings
from artrator.wiring import opened_database

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder for the database, blobs and caches [default: ~/.artrator].")
]


def read_settings(
    home: Path | None, *, environment: Environment | None = None, port: int | None = None, host: str | None = None
) -> Settings:
    """Read the environment's settings, with what the command line says instead. Raises: Invalid naming the field."""
    try:
        settings = Settings() if home is None else Settings(home=home)
        if environment is not None:
            settings = settings.model_copy(update={"environment": environment})
        http = {"port": port, "host": host}
        changes = {name: value for name, value in http.items() if value is not None}
        return settings.model_copy(update={"http": settings.http.model_copy(update=changes)})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Invalid("setting_malformed", f"The setting {field} is wrong: {first['msg']}.", field=field) from error


def with_own_secret(settings: Settings) -> Settings:
    """Keep a secret of this home's own when none is set, so that no two demos share one."""
    if settings.secret_key.get_secret_value() != DEVELOPMENT_SECRET:
        return settings
    file = settings.home_folder / "secret_key"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return settings.model_copy(update={"secret_key": SecretStr(file.read_text())})


@asynccontextmanager
async def existing_database(settings: Settings) -> AsyncGenerator[Database]:
    """Give the database of a home that was started before. Raises: NotFound where there is none."""
    if settings.database.url is None and not (settings.home_folder / "postgres").exists():
        raise NotFound(
            "home_empty",
            f"Nothing was ever started in {settings.home_folder}; name its folder with --home, or start `artrator demo`.",
        )
    async with opened_database(settings) as database:
        yield database
