"""The migration makes the tables that the code declares."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from artrator.db.database import sqlalchemy_url
from artrator.predictions import tables

OWN = {"predictions", "prediction_keys", "runners", "files", "webhook_secrets"}


def test_the_migrated_database_has_the_declared_tables(dsn: str) -> None:
    engine = create_engine(sqlalchemy_url(dsn))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or name in OWN,
            },
        )
        differences = compare_metadata(context, tables.metadata)
    engine.dispose()
    own = [each for each in differences if not _of_others(each)]
    assert own == []


def _of_others(difference: object) -> bool:
    """A table of another part is declared but was not looked for."""
    kind, subject = difference[0], difference[1]  # type: ignore[index]
    return kind in {"add_table", "add_index"} and getattr(getattr(subject, "table", subject), "name", "") not in OWN
