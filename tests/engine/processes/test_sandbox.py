"""The sandbox from inside: a child confines itself and tries what a hostile model would."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from artrator.engine.processes.launch import clean_environment
from artrator.engine.processes.readable import make_readable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these protections are Linux's")
WORKS = {"read the folder", "read a file in the folder", "start a thread", "allocate what is allowed"}


@dataclass(frozen=True)
class Report:
    """What a probe printed."""

    protections: list[str]
    attempts: Mapping[str, str]


def probe(folder: Path, outside: Path, *words: str, before: Sequence[str] = ()) -> Report:
    """Run the probe as a child of this process, with a socket listening that it may try to reach.

    before: a program that starts it with fewer rights.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        done = subprocess.run(
            [
                *(*before, sys.executable, "-P", "-m", "artrator.engine.sandbox.probe"),
                *(str(folder), str(os.getpid()), f"{host}:{port}", str(outside), *words),
            ],
            env=clean_environment(),
            capture_output=True,
            timeout=60,
            check=True,
        )
    return Report(**json.loads(done.stdout))


@pytest.fixture(scope="module")
def outside() -> Iterator[Path]:
    """A readable file that is none of a worker's business."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        secret = Path(home, "secret")
        secret.write_text("secret")
        secret.chmod(0o644)
        yield secret


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a file, which everybody may even write."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        file = Path(home, "readable")
        file.write_text("content")
        file.chmod(0o666)
        yield Path(home)


@pytest.fixture(scope="module")
def confined(folder: Path, outside: Path) -> Report:
    """What a child achieves that is confined as workers are."""
    return probe(folder, outside)


@pytest.fixture(scope="module")
def unprivileged(folder: Path, outside: Path) -> Report:
    """What a child achieves that was never root, so that it has no root folder of its own."""
    return probe(folder, outside, "unprivileged")


def test_what_running_a_graph_needs_still_works(confined: Report) -> None:
    assert {name: said for name, said in confined.attempts.items() if name in WORKS and "denied" in said} == {}
    assert "content" in confined.attempts["read a file in the folder"]


def test_everything_else_is_denied(confined: Report) -> None:
    achieved = {name: said for name, said in confined.attempts.items() if name not in WORKS and "denied" not in said}
    assert achieved == {}
    assert len(confined.attempts) > 25


def test_everything_else_is_denied_to_whom_was_never_root_too(unprivileged: Report) -> None:
    said = unprivileged.attempts
    assert {name for name, each in said.items() if "denied" not in each} == WORKS
    assert not any("root folder" in line for line in unprivileged.protections)
    assert "Permission" in said["read a file outside"]
    assert "Permission" in said["write into the folder"]


@pytest.mark.parametrize(
    "attempt",
    ["connect over TCP", "make a unix socket", "execute a program", "fork", "signal the parent", "trace the parent"],
)
def test_the_kernel_itself_refuses(confined: Report, attempt: str) -> None:
    assert confined.attempts[attempt].startswith("denied: PermissionError: [Errno 1]")


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="takes rights away from root")
@pytest.mark.parametrize(
    ("lacks", "home_mode", "keeps_files"),
    [
        ("-sys_admin", 0o755, "files: Landlock"),
        ("-sys_admin", 0o700, "and a root folder of its own"),
        ("-sys_admin,-sys_chroot", 0o755, "files: Landlock"),
    ],
)
def test_root_of_a_container_with_few_rights_is_confined_all_the_same(
    outside: Path, lacks: str, home_mode: int, keeps_files: str
) -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(home_mode)
        folder = Path(home, "folder")
        folder.mkdir(mode=0o755)
        (folder / "readable").write_text("content")
        report = probe(folder, outside, before=("setpriv", f"--bounding-set={lacks}", f"--inh-caps={lacks}"))
    assert {name for name, said in report.attempts.items() if "denied" not in said} == WORKS
    assert keeps_files in report.protections[0]


def test_the_folder_is_as_it_was(confined: Report, folder: Path) -> None:
    assert confined.attempts
    assert [each.name for each in folder.iterdir()] == ["readable"]


def test_nothing_is_written_elsewhere(confined: Report) -> None:
    assert confined.attempts
    assert not Path(tempfile.gettempdir(), "artrator-probe").exists()


def test_a_childs_environment_holds_nothing_of_the_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTRATOR_SECRET_KEY", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("HOME", "/home/hush")
    assert "hush" not in json.dumps(clean_environment())
    assert clean_environment()["ORT_DISABLE_TELEMETRY"] == "1"


RUNS_CONFINED = """
import os, sys
from pathlib import Path
import numpy as np
from artrator.engine.sandbox import Confinement, confine
from artrator.engine.sandbox.identity import become_nobody, nobody
from artrator.engine.sandbox.limits import Limits
from artrator.engine.execution.session import StopSwitch, open_session
from artrator.engine.processes.warm_up import warm_up
warm_up()
if sys.argv[2] == "unprivileged" and os.geteuid() == 0:
    become_nobody(*nobody())
limits = Limits(memory_bytes=512 << 20)
root = confine(Confinement(folder=Path(sys.argv[1]), limits=limits, parent_pid=os.getppid())).root
session = open_session(root / "bundle", "model.onnx", threads=2, stop=StopSwitch())
print(session.run({"x": np.ones((1, 4), np.float32)}, StopSwitch())["y"].tolist())
"""


@pytest.mark.parametrize("user", ["root", "unprivileged"])
def test_a_graph_with_its_weights_beside_it_runs_confined_on_several_threads(user: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        bundle = Path(home, "bundle")
        bundle.mkdir()
        onnx.save_model(_heavy(), bundle / "model.onnx", save_as_external_data=True, size_threshold=0)
        make_readable(bundle, deep=True)
        done = subprocess.run(
            [sys.executable, "-P", "-c", RUNS_CONFINED, home, user],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout.strip() == "[[4.0, 4.0, 4.0, 4.0]]", done.stderr


def _heavy() -> onnx.ModelProto:
    weights = numpy_helper.from_array(np.ones((4, 4), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 4])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
