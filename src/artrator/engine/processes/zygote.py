"""The process that has imported everything and forks children on demand: `python -m artrator.engine.processes.zygote ORDERS`.

It reads no stranger's byte, holds no secret and keeps one thread, so that a fork is safe and a child starts in
milliseconds. Each child confines itself, as one that was started on its own does.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import NoReturn, assert_never

import msgspec

from artrator.engine.examination import examinee
from artrator.engine.processes import worker
from artrator.engine.processes.warm_up import name_process, warm_up
from artrator.engine.sandbox.identity import die_with_parent
from artrator.engine.wire.protocol import (
    Fork,
    FromZygote,
    HasEnded,
    HasForked,
    Kill,
    Orders,
    encode_message,
    to_zygote,
)

SERVE: Mapping[str, Callable[[Orders], NoReturn]] = {
    worker.__name__: worker.serve,
    examinee.__name__: examinee.serve,
}
MAX_MESSAGE_BYTES = 1 << 18
MAX_DESCRIPTORS = 8


class Zygote:
    """Answers one parent over a socket of whole messages, until the parent closes it."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._ends, self._end_noted = socket.socketpair()
        self._children: set[int] = set()

    def serve(self) -> None:
        """Fork, kill and report."""
        self._ends.setblocking(False)
        self._end_noted.setblocking(False)
        signal.set_wakeup_fd(self._end_noted.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        events = select.poll()
        events.register(self._control, select.POLLIN)
        events.register(self._ends, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in events.poll()}
            if self._ends.fileno() in ready:
                self._bury()
            if self._control.fileno() in ready and not self._answer():
                return

    def _answer(self) -> bool:
        """Do what a message asks; False when the parent has gone."""
        data, descriptors, *_ = socket.recv_fds(self._control, MAX_MESSAGE_BYTES, MAX_DESCRIPTORS)
        if not data:
            return False
        message = to_zygote.decode(data)
        match message:
            case Fork():
                self._say(HasForked(pid=self._fork(message, descriptors)))
            case Kill(pid=pid):
                # a child that nobody has buried yet keeps its number, so this hits nobody else
                if pid in self._children:
                    os.kill(pid, signal.SIGKILL)
            case _:
                assert_never(message)
        return True

    def _fork(self, message: Fork, descriptors: list[int]) -> int | None:
        parent_pid = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            sys.stderr.write(f"a child could not be forked: {error}\n")
            pid = None
        if pid == 0:
            self._become_child(message, descriptors, parent_pid)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid is not None:
            self._children.add(pid)
        return pid

    def _become_child(self, message: Fork, descriptors: list[int], parent_pid: int) -> NoReturn:
        """Let go of what is the zygote's, and serve. Never returns, whatever happens."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (self._control, self._ends, self._end_noted):
                each.close()
            os.setsid()
            link, errors, *others = descriptors
            os.dup2(errors, sys.stderr.fileno())
            os.close(errors)
            board = others.pop(0) if message.has_board else -1
            orders = msgspec.structs.replace(
                message.orders, socket=link, board=board, outputs=tuple(others), parent_pid=parent_pid
            )
            SERVE[message.module](orders)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(1)

    def _bury(self) -> None:
        """Take note of the children that have ended."""
        self._ends.recv(4096)
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._children.discard(pid)
            self._say(HasEnded(pid=pid, exit_code=os.waitstatus_to_exitcode(status)))

    def _say(self, message: FromZygote) -> None:
        self._control.send(encode_message(message))


def main(arguments: list[str]) -> None:
    """Import everything, then serve."""
    descriptor, parent_pid = map(int, arguments)
    faulthandler.enable()
    die_with_parent(parent_pid)
    name_process("zygote")
    warm_up()
    # what lives now lives as long as the process: the collector need not touch, and so copy, its pages in a child
    gc.collect()
    gc.freeze()
    Zygote(socket.socket(fileno=descriptor)).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
