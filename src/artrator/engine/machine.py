"""Names what measurements depend on: the processor, how much of it there is, and the runtime."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from artrator.engine.settings import cores

MAX_NAME_LETTERS = 100


@cache
def device_name() -> str:
    """Name the processor and the cores that this process may use."""
    return f"{_processor()[:MAX_NAME_LETTERS]}, {cores()} cores"


def runtime_name() -> str:
    """Name what evaluates graphs."""
    return f"onnxruntime {version('onnxruntime')}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
