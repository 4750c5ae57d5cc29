"""The migration makes exactly the tables that the queries use."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from artrator.db.database import sqlalchemy_url
from artrator.verification import tables

OURS = {tables.findings.name, tables.consents.name, tables.version_profiles.name}


def test_the_migrated_database_has_the_declared_tables(dsn: str) -> None:
    engine = create_engine(sqlalchemy_url(dsn))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": lambda item, name, kind, _reflected, _other: kind != "table" or name in OURS,
            },
        )
        differences = compare_metadata(context, tables.metadata)
    engine.dispose()
    assert differences == []
