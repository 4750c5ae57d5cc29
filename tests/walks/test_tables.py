"""The migration makes the tables that the code declares."""

from __future__ import annotations

from tests.predictions.test_tables import differences_of

OWN = {"walks", "walk_keys", "walk_frames", "walk_films"}


def test_the_migrated_database_has_the_declared_tables(dsn: str) -> None:
    assert differences_of(dsn, OWN) == []
