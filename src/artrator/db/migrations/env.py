"""Tell alembic which connection to use: the one of the caller, whose transaction holds all migrations or none."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
