"""The parent's side of the zygote: asks it for children, hears how they end, and starts another when it is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Self, assert_never

from artrator.engine.processes.child_log import log_errors
from artrator.engine.processes.launch import start_python
from artrator.engine.wire.protocol import Fork, HasEnded, HasForked, Kill, ToZygote, encode_message, from_zygote

MAX_MESSAGE_BYTES = 4096
STOP_S = 3.0
_log = logging.getLogger(__name__)


class ForkedProcess:
    """A child of the zygote; looks like an `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, zygote: _Zygote) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._zygote, self._has_ended = zygote, asyncio.Event()

    def kill(self) -> None:
        """End the process at once."""
        self._zygote.say(Kill(pid=self.pid))

    async def wait(self) -> int:
        """Wait until the process has ended; give its exit code, negative for a signal."""
        await self._has_ended.wait()
        assert self.returncode is not None
        return self.returncode

    def end(self, exit_code: int) -> None:
        """Note that the process has ended."""
        self.returncode = exit_code
        self._has_ended.set()


@asynccontextmanager
async def open_nursery() -> AsyncGenerator[Nursery | None]:
    """Give what forks children, and end it with all that it has forked; None where children are started afresh.

    macOS's libraries do not bear a fork once they are loaded.
    """
    if sys.platform != "linux":
        yield None
        return
    nursery = Nursery()
    try:
        yield nursery
    finally:
        await nursery.stop()


class Nursery:
    """Forks children; its zygote starts with the first of them."""

    def __init__(self) -> None:
        self._zygote: _Zygote | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Give the zygote's process id, once it has started."""
        return None if self._zygote is None else self._zygote.pid

    async def fork(self, fork: Fork, descriptors: Sequence[int]) -> ForkedProcess:
        """Fork a child, which gets copies of the descriptors. Raises: OSError."""
        async with self._starting:
            if self._zygote is None or self._zygote.has_ended:
                self._zygote = await _Zygote.start()
        return await self._zygote.fork(fork, descriptors)

    async def stop(self) -> None:
        """End the zygote, and with it what it has forked."""
        if self._zygote is not None:
            await self._zygote.stop()


class _Zygote:
    """One zygote process, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process, self._control = process, control
        self._asked: deque[asyncio.Future[ForkedProcess]] = deque()
        self._children: dict[int, ForkedProcess] = {}
        self.has_ended = False
        assert process.stderr is not None, "a zygote is started with a pipe for its errors"
        self._log = asyncio.create_task(log_errors(process.stderr, f"zygote {process.pid}"))
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    async def start(cls) -> Self:
        """Start the process; it forks as soon as it has imported everything. Raises: OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            process = await start_python(
                "artrator.engine.processes.zygote", [str(theirs.fileno()), str(os.getpid())], [theirs.fileno()]
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        return cls(process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def fork(self, fork: Fork, descriptors: Sequence[int]) -> ForkedProcess:
        """Ask for a child. Raises: OSError."""
        answer: asyncio.Future[ForkedProcess] = asyncio.get_running_loop().create_future()
        socket.send_fds(self._control, [encode_message(fork)], list(descriptors))
        self._asked.append(answer)
        return await answer

    def say(self, message: ToZygote) -> None:
        """Send a message; a zygote that is gone has taken its children along."""
        with suppress(OSError):
            self._control.send(encode_message(message))

    async def stop(self) -> None:
        """End the process and wait until it is gone."""
        self._hearing.cancel()
        with suppress(asyncio.CancelledError):
            await self._hearing
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._log

    async def _hear(self) -> None:
        """Take the zygote's messages until it is gone."""
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._control, MAX_MESSAGE_BYTES):
                self._take(from_zygote.decode(data))
            _log.error("the process that forks the workers is gone, and they with it; another is started")
        except ConnectionError as error:
            _log.error("the process that forks the workers is lost: %s", error)
        finally:
            self._end()

    def _take(self, message: HasForked | HasEnded) -> None:
        match message:
            case HasForked(pid=pid):
                self._answer(pid)
            case HasEnded(pid=pid, exit_code=exit_code):
                self._children.pop(pid).end(exit_code)
            case _:
                assert_never(message)

    def _answer(self, pid: int | None) -> None:
        answer = self._asked.popleft()
        child = None if pid is None else ForkedProcess(pid, self)
        if child is not None:
            self._children[child.pid] = child
        if answer.done():  # whoever asked has gone
            if child is not None:
                child.kill()
        elif child is None:
            answer.set_exception(OSError("the system has no room for another process"))
        else:
            answer.set_result(child)

    def _end(self) -> None:
        self.has_ended = True
        self._control.close()
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(OSError("the process that forks children ended"))
        for child in self._children.values():
            child.end(-signal.SIGKILL)
        self._children.clear()
