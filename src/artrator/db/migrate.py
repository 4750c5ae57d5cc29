"""Bring a database to the schema that this program expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from artrator.db.database import sqlalchemy_url
from artrator.kernel.errors import Unavailable

LOCK_KEY = 4_150_201


def migrate(dsn: str) -> None:
    """Run the migrations that are missing, one process at a time. Blocks; run it before serving.

    Raises: Unavailable where no database answers.
    """
    engine = create_engine(sqlalchemy_url(dsn))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as error:
        # the driver's own words name host and port, and never the password
        raise Unavailable("database_unreachable", f"No use of the database: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()
