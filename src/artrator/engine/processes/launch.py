"""Start a fresh Python: never by forking a threaded parent, with nothing of the parent's but what it is handed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import artrator

PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT")
"""Variables without which the runtime may not find its libraries; none holds a secret."""


async def start_python(module: str, arguments: Sequence[str], descriptors: Sequence[int]) -> asyncio.subprocess.Process:
    """Run a module of ours in a process of its own, with a pipe for its errors. Raises: OSError."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-X",
        "faulthandler",
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=clean_environment(),
        cwd="/",
        pass_fds=descriptors,
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
