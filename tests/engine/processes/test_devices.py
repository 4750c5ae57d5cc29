"""Workers on devices: a fall-back is told, each device has its worker, and what a driver needs is open, nothing else."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from artrator.engine.devices import Device
from artrator.engine.local import LocalFleet
from artrator.engine.processes.launch import clean_environment
from artrator.engine.processes.nursery import Nursery
from artrator.engine.settings import EngineSettings
from tests.engine.processes import worker_bundles
from tests.engine.processes.test_local_fleet import QUICK_ANSWER, run


async def test_a_fleet_without_the_device_runs_on_the_processor_and_says_why(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None
) -> None:
    settings = engine_settings.model_copy(update={"device": Device.TENSORRT, "device_ids": (0, 1)})
    async with LocalFleet(settings, bundles=bundle_cache, nursery=nursery) as fleet:
        health = await fleet.health()
        assert health.devices == ("cpu", "cpu")
        assert "no tensorrt" in health.lacks_device
        finished = await run(fleet, worker_bundles.request(worker_bundles.quick(bundle_cache)))
        assert finished.outputs == QUICK_ANSWER
        assert finished.engine["provider"] == "CPUExecutionProvider"


@pytest.mark.skipif(sys.platform != "linux", reason="these protections are Linux's")
async def test_workers_with_a_driver_say_that_their_filter_is_missing(
    engine_settings: EngineSettings, nursery: Nursery | None
) -> None:
    settings = engine_settings.model_copy(update={"device_files": (Path("/dev/zero"),)})
    with tempfile.TemporaryDirectory() as home:
        # without a root of its own, a worker must be able to reach the folder
        Path(home).chmod(0o755)  # noqa: ASYNC240 - a test
        fleet = LocalFleet(settings, bundles=Path(home, "bundles"), nursery=nursery)
        async with fleet:
            health = await fleet.health()
    assert {line.partition(":")[0] for line in health.missing} == {"network", "processes"}
    assert any(line.startswith("files: Landlock") for line in health.protections)


TRIES = """
import os, sys
from pathlib import Path
from artrator.engine.sandbox import Confinement, confine
from artrator.engine.sandbox.limits import Limits
confined = confine(
    Confinement(
        folder=Path(sys.argv[1]),
        limits=Limits(memory_bytes=1 << 29),
        parent_pid=os.getppid(),
        device_files=(Path("/dev/zero"), Path(sys.argv[2])),
    )
)
def opens(path, flags):
    try:
        os.close(os.open(path, flags))
        return "1"
    except OSError:
        return "0"
print(
    opens("/dev/zero", os.O_RDWR),
    opens("/dev/full", os.O_RDWR),
    opens(f"{sys.argv[2]}/file", os.O_RDONLY),
    opens(f"{sys.argv[2]}/file", os.O_WRONLY),
    opens("/etc/passwd", os.O_RDONLY),
    opens(f"{sys.argv[1]}/file", os.O_RDONLY),
)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="these protections are Linux's")
def test_a_drivers_files_are_open_its_folders_readable_and_all_else_closed() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        for each in ("bundles", "driver"):
            (home / each).mkdir()
            (home / each / "file").touch(mode=0o666)
        done = subprocess.run(
            [sys.executable, "-P", "-c", TRIES, str(home / "bundles"), str(home / "driver")],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout.split() == ["1", "0", "1", "0", "0", "1"], done.stderr
