"""The migration makes the tables that the code declares."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from artrator.db.database import sqlalchemy_url
from artrator.db.metadata import metadata
from artrator.identity import tables

OURS = {table.name for table in (tables.users, tables.credentials, tables.sessions, tables.api_keys, tables.attempts)}


def test_the_migrated_database_has_identitys_tables_as_declared(dsn: str) -> None:
    engine = create_engine(sqlalchemy_url(dsn))

    def is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return kind != "table" or name in OURS

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
