"""The migration makes the tables that the code declares."""

from __future__ import annotations

from collections.abc import Collection

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from artrator.db.database import sqlalchemy_url
from artrator.db.metadata import metadata
from artrator.predictions import tables as prediction_tables
from artrator.walks import tables as walk_tables

OWN = {"predictions", "prediction_keys", "runners", "files", "webhook_secrets"}
DECLARED = (prediction_tables, walk_tables)
"""Imported, so that their tables are known."""


def test_the_migrated_database_has_the_declared_tables(dsn: str) -> None:
    assert differences_of(dsn, OWN) == []


def differences_of(dsn: str, own: Collection[str]) -> list[object]:
    """Compare some tables of a migrated database with what the code declares."""
    engine = create_engine(sqlalchemy_url(dsn))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or name in own,
            },
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    return [each for each in differences if not _of_others(each, own)]


def _of_others(difference: object, own: Collection[str]) -> bool:
    """A table of another part is declared but was not looked for."""
    kind, subject = difference[0], difference[1]  # type: ignore[index]
    return kind in {"add_table", "add_index"} and getattr(getattr(subject, "table", subject), "name", "") not in own
