"""What loading our parts brings along: no runtime into the server, and nothing that phones home anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from artrator.engine.processes.launch import clean_environment

ASKS = """
import sys
import artrator.engine.examination.examine, artrator.engine.local
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


LOADS_THE_RUNTIME = """
import os
import artrator.engine.execution.session
print(len(os.listdir("/proc/self/task")), os.listdir(os.environ["HOME"]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads by /proc")
def test_the_runtime_reports_its_use_to_nobody(tmp_path: Path) -> None:
    """It does so unless told otherwise, and would leave an id in the home folder and a thread that sends."""
    environment = clean_environment() | {"HOME": str(tmp_path)}
    del environment["ORT_DISABLE_TELEMETRY"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADS_THE_RUNTIME], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1 []"
