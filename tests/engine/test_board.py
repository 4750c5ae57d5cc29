"""The shared bytes that outlive a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from artrator.engine.processes.launch import clean_environment
from artrator.engine.wire.board import BOARD_BYTES, Activity, Board
from artrator.kernel.ids import Digest

A, B = Digest("a" * 64), Digest("b" * 64)


@pytest.fixture
def board() -> Iterator[Board]:
    """An empty board."""
    made = Board.make()
    yield made
    made.close()


CHILD = """
import os, signal, sys
from artrator.engine.wire.board import Activity, Board
board = Board(int(sys.argv[1]))
board.note(0, Activity.RUNS, "a" * 64)
board.note(3, Activity.LOADS, "b" * 64)
board.note(4, Activity.RUNS, "b" * 64)
board.clear(4)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_child_notes_stays_after_its_death(board: Board) -> None:
    subprocess.run(
        [sys.executable, "-P", "-c", CHILD, str(board.descriptor)],
        env=clean_environment(),
        pass_fds=[board.descriptor],
        timeout=60,
        check=False,
    )
    assert [(each.digest, each.activity) for each in board.read()] == [(A, Activity.RUNS), (B, Activity.LOADS)]


def test_nonsense_on_the_board_is_not_read(board: Board) -> None:
    os.pwrite(board.descriptor, b"\xff" * BOARD_BYTES, 0)
    assert board.read() == ()
