"""Start a child: never by forking a threaded parent, with nothing of the parent's but a socket and a board."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

import artrator
from artrator.engine.board import Board
from artrator.engine.child_log import log_errors
from artrator.engine.link import Link, Listener
from artrator.engine.protocol import Orders

PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT")
"""Variables without which the runtime may not find its libraries; none holds a secret."""
STOP_S = 3.0
LAST_WORDS_S = 1.0


@dataclass(slots=True, kw_only=True)
class Child:
    """A running child process and the way to talk to it."""

    process: asyncio.subprocess.Process
    link: Link
    board: Board | None
    log: asyncio.Task[None]

    def kill(self) -> None:
        """End the process at once."""
        if self.process.returncode is None:
            self.process.kill()

    async def wait(self) -> int:
        """Wait until the process has ended and all that it said is heard; give its exit code, negative for a signal."""
        code = await self.process.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self.link.has_closed.wait()
        self.link.close()
        await asyncio.shield(self.log)
        return code

    async def stop(self) -> None:
        """Close the socket, at which a child ends; kill one that does not."""
        self.link.close()
        try:
            async with asyncio.timeout(STOP_S):
                await self.process.wait()
        except TimeoutError:
            self.kill()
        await self.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a child is started from.

    module: its main. folder: what it may read. memory_bytes, cpu_s: its limits. settings: EngineSettings as JSON.
    """

    name: str
    module: str
    folder: Path
    memory_bytes: int
    cpu_s: int | None
    settings: str
    max_payload_bytes: int


async def spawn(recipe: Recipe, listener: Listener, board: Board | None) -> Child:
    """Start a child and connect to it. Raises: OSError."""
    ours, theirs = socket.socketpair()
    try:
        process = await _start(recipe, theirs, board)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    if process.stderr is None:
        raise RuntimeError("a child was started without a pipe for its errors")
    try:
        link = await Link.over(ours, listener, recipe.max_payload_bytes)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    log = asyncio.create_task(log_errors(process.stderr, f"{recipe.name} {process.pid}"))
    return Child(process=process, link=link, board=board, log=log)


async def _start(recipe: Recipe, theirs: socket.socket, board: Board | None) -> asyncio.subprocess.Process:
    orders = Orders(
        socket=theirs.fileno(),
        board=-1 if board is None else board.descriptor,
        folder=str(recipe.folder),
        parent_pid=os.getpid(),
        memory_bytes=recipe.memory_bytes,
        cpu_s=recipe.cpu_s,
        settings=recipe.settings,
    )
    inherited = [theirs.fileno()] + ([] if board is None else [board.descriptor])
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-X",
        "faulthandler",
        "-m",
        recipe.module,
        msgspec.json.encode(orders).decode(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=clean_environment(),
        cwd="/",
        pass_fds=inherited,
        start_new_session=True,
    )


def clean_environment() -> dict[str, str]:
    """Make the child's whole environment anew, so that no secret of the parent's is in it.

    One thread each for what computes outside the scheduler: a child must have one thread alone when it confines itself.
    """
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed_on | {
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(Path(artrator.__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # ONNX Runtime would otherwise start a thread that reports to its maker
        "ORT_DISABLE_TELEMETRY": "1",
        # fewer arenas give memory back sooner; more than two gain nothing for a few large tensors
        "MALLOC_ARENA_MAX": "2",
    }
