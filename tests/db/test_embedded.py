"""The private PostgreSQL comes up, holds what it was given, and is shared."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from artrator.db.embedded import EmbeddedPostgres


@pytest.fixture
def server(tmp_path: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder=tmp_path / "postgres")


def _pid(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_what_was_committed_is_there_after_a_restart(server: EmbeddedPostgres) -> None:
    with server.running() as dsn, psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    with server.running() as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (7,)


def test_what_was_committed_is_there_after_kill_9(server: EmbeddedPostgres) -> None:
    with server.running() as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        os.kill(_pid(server), signal.SIGKILL)
        server.start()
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SELECT value FROM kept").fetchone() == (7,)


def test_a_second_user_shares_the_server_and_the_last_one_stops_it(server: EmbeddedPostgres) -> None:
    with server.running():
        first = _pid(server)
        with EmbeddedPostgres(folder=server.folder).running():
            assert _pid(server) == first
        assert _pid(server) == first
    assert not (server.data / "postmaster.pid").exists()


def test_the_password_and_the_socket_are_for_the_owner_alone(server: EmbeddedPostgres) -> None:
    with server.running():
        assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700


def test_a_wrong_password_is_refused(server: EmbeddedPostgres) -> None:
    with server.running() as dsn:
        password = (server.folder / "password").read_text()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(dsn.replace(password, "wrong"))


def test_it_listens_on_no_port(server: EmbeddedPostgres) -> None:
    with server.running() as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
