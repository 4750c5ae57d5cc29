"""Start a child and connect to it: forked by the zygote where there is one, else as a fresh process."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from artrator.engine.processes.child_log import UntilItsEnd, log_errors
from artrator.engine.processes.launch import start_python
from artrator.engine.processes.nursery import ForkedProcess, Nursery
from artrator.engine.wire.board import Board
from artrator.engine.wire.link import Link, Listener
from artrator.engine.wire.protocol import Fork, Orders

STOP_S = 3.0
LAST_WORDS_S = 1.0


class Process(Protocol):
    """What is asked of a child's process, however it was started."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    async def wait(self) -> int:
        """Wait until it has ended and give its exit code."""
        ...


@dataclass(slots=True, kw_only=True)
class Child:
    """A running child process and the way to talk to it."""

    process: Process
    link: Link
    board: Board | None
    log: asyncio.Task[str]

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

    module: whose `serve` it runs. folder: what it may read. memory_bytes, cpu_s: its limits. settings: EngineSettings as JSON.
    outputs: descriptors of the only files that it may write, file_bytes at most into each.
    device_files: what a driver needs.
    """

    name: str
    module: str
    folder: Path
    memory_bytes: int
    cpu_s: int | None
    settings: str
    max_payload_bytes: int
    outputs: tuple[int, ...] = ()
    file_bytes: int = 0
    device_files: tuple[Path, ...] = ()


async def spawn(recipe: Recipe, listener: Listener, board: Board | None, nursery: Nursery | None) -> Child:
    """Start a child and connect to it. Raises: OSError."""
    ours, theirs = socket.socketpair()
    try:
        process, errors = await (_launch if nursery is None else partial(_fork, nursery))(recipe, theirs, board)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    try:
        link = await Link.over(ours, listener, recipe.max_payload_bytes)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    log = asyncio.create_task(log_errors(errors, f"{recipe.name} {process.pid}"))
    return Child(process=process, link=link, board=board, log=log)


async def _launch(
    recipe: Recipe, theirs: socket.socket, board: Board | None
) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
    descriptors = [theirs.fileno(), *([] if board is None else [board.descriptor]), *recipe.outputs]
    orders = _orders(recipe, theirs.fileno(), -1 if board is None else board.descriptor)
    process = await start_python(recipe.module, [msgspec.json.encode(orders).decode()], descriptors)
    if process.stderr is None:
        raise RuntimeError("a child was started without a pipe for its errors")
    return process, process.stderr


async def _fork(
    nursery: Nursery, recipe: Recipe, theirs: socket.socket, board: Board | None
) -> tuple[ForkedProcess, asyncio.StreamReader]:
    readable, writable = os.pipe()
    errors = asyncio.StreamReader()
    try:
        pipe = os.fdopen(readable, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: UntilItsEnd(errors), pipe)
        descriptors = [theirs.fileno(), writable, *([] if board is None else [board.descriptor]), *recipe.outputs]
        fork = Fork(module=recipe.module, has_board=board is not None, orders=_orders(recipe))
        process = await nursery.fork(fork, descriptors)
    finally:
        os.close(writable)
    return process, errors


def _orders(recipe: Recipe, link: int = -1, board: int = -1) -> Orders:
    return Orders(
        socket=link,
        board=board,
        folder=str(recipe.folder),
        parent_pid=os.getpid(),
        memory_bytes=recipe.memory_bytes,
        cpu_s=recipe.cpu_s,
        settings=recipe.settings,
        outputs=recipe.outputs,
        file_bytes=recipe.file_bytes,
        device_files=tuple(map(str, recipe.device_files)),
    )
