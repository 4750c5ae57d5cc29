"""The server's own process never loads what parses or runs a stranger's model."""

from __future__ import annotations

import subprocess
import sys

from artrator.engine.spawn import clean_environment

ASKS = """
import sys
import artrator.engine.examine, artrator.engine.local
print(sorted({"onnx", "onnxruntime", "PIL", "google.protobuf"} & set(sys.modules)))
"""


def test_the_fleet_and_the_examiner_load_no_runtime() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", ASKS],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
