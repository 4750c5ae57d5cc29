"""Optimised copies: they give the same bits, weigh little, belong to one bundle and one machine, and can be poisoned by nobody."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from artrator.engine.examination.examine import Examiner
from artrator.engine.execution.session import StopSwitch, open_session
from artrator.engine.fleet import InstalledBundle, OutputValue
from artrator.engine.local import LocalFleet
from artrator.engine.models import optimised, optimised_files
from artrator.engine.models.optimised import FOLDER, WORTH_RUNS, OptimisedGraphs
from artrator.engine.models.optimised_files import OPTIMISED_GRAPH, RECORD, is_whole, size_bytes
from artrator.engine.processes.launch import clean_environment
from artrator.engine.processes.nursery import Nursery
from artrator.engine.settings import EngineSettings
from artrator.kernel.ids import Digest
from tests.engine.pipelines.test_text_to_image import TINY, manifest
from tests.engine.processes import worker_bundles
from tests.engine.processes.test_local_fleet import run, until_restarted, worker_pid

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux alone")
WIDTH = 256
PLACE = re.compile(r"\|(\d+);\d+;")


def heavy(folder: Path, name: str = "heavy") -> InstalledBundle:
    """Two matrices with a tanh between them: something to pack and something to fuse."""
    random = np.random.default_rng(3)
    nodes = [
        helper.make_node("MatMul", ["x", "widen"], ["wide"]),
        helper.make_node("Tanh", ["wide"], ["bent"]),
        helper.make_node("MatMul", ["bent", "narrow"], ["y"]),
    ]
    constants = {
        "widen": random.standard_normal((4, WIDTH), dtype=np.float32),
        "narrow": random.standard_normal((WIDTH, 4), dtype=np.float32),
    }
    return worker_bundles.install(folder, name, nodes, constants, output="tensor")


@pytest.fixture
async def graphs(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None
) -> AsyncIterator[OptimisedGraphs]:
    """Copies beside the bundles of the folder."""
    async for each in opened(bundle_cache, engine_settings, nursery):
        yield each


async def opened(
    bundles: Path, settings: EngineSettings, nursery: Nursery | None, max_bytes: int = 1 << 30
) -> AsyncIterator[OptimisedGraphs]:
    copies = OptimisedGraphs(bundles, Examiner(settings, nursery), max_bytes=max_bytes, on_made=lambda _: None)
    copies.open()
    try:
        yield copies
    finally:
        await copies.close()


async def made(copies: OptimisedGraphs, bundle: InstalledBundle) -> Path | None:
    """Ask for a bundle often enough, and give its copy."""
    for _ in range(WORTH_RUNS):
        copies.ran(bundle)
    await asyncio.wait_for(copies.drained(), 60)
    return copies.folder_of(bundle.digest)


async def test_a_painters_copy_has_its_attention_in_one_operator(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    folder = bundle_cache / "painter"
    shutil.copytree(TINY, folder)
    copy = await made(
        graphs, InstalledBundle(digest=Digest("painter"), folder=folder, manifest=manifest(), batchable=True)
    )
    assert copy is not None
    kinds = {node.op_type for node in onnx.load(copy / "unet" / OPTIMISED_GRAPH, load_external_data=False).graph.node}
    assert "MultiHeadAttention" in kinds
    assert "Softmax" not in kinds


async def test_a_copy_gives_the_same_bits_and_the_same_signature(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    bundle = heavy(bundle_cache)
    copy = await made(graphs, bundle)
    assert copy is not None
    x = {"x": np.random.default_rng(1).standard_normal((3, 4), dtype=np.float32)}
    plain = open_session(bundle.folder, "model.onnx", threads=1, stop=StopSwitch())
    ready = open_session(copy / "model", OPTIMISED_GRAPH, threads=1, stop=StopSwitch(), is_optimised=True)
    assert plain.signature == ready.signature
    assert plain.run(x, StopSwitch())["y"].tobytes() == ready.run(x, StopSwitch())["y"].tobytes()


async def test_a_copys_weights_begin_where_the_widest_loads_may(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    """Rows of an odd number of numbers, each to be packed: they end anywhere, and an address that fits none ends the process."""
    random = np.random.default_rng(5)
    widths = (4, 31, 33, 47, 63, 65, 77, 4)
    names = [f"w{index}" for index in range(len(widths) - 1)]
    constants = {
        name: random.standard_normal(pair, dtype=np.float32) / 6
        for name, pair in zip(names, pairwise(widths), strict=True)
    }
    values = ["x", *(f"v{index}" for index in range(1, len(names))), "y"]
    nodes = [helper.make_node("MatMul", [a, w], [b]) for (a, b), w in zip(pairwise(values), names, strict=True)]
    bundle = worker_bundles.install(bundle_cache, "odd", nodes, constants, output="tensor")
    copy = await made(graphs, bundle)
    assert copy is not None
    graph = onnx.load(copy / "model" / OPTIMISED_GRAPH, load_external_data=False).graph
    described = [entry for each in graph.initializer for entry in each.external_data]
    places = [int(entry.value) for entry in described if entry.key == "offset"]
    packed = [int(place) for entry in described if "prepacked" in entry.key for place in PLACE.findall(entry.value)]
    assert len(packed) >= len(names) - 1
    assert [place % 64 for place in (*places, *packed)] == [0] * (len(places) + len(packed))
    x = {"x": random.standard_normal((3, 4), dtype=np.float32)}
    plain = open_session(bundle.folder, "model.onnx", threads=1, stop=StopSwitch())
    ready = open_session(copy / "model", OPTIMISED_GRAPH, threads=1, stop=StopSwitch(), is_optimised=True)
    assert plain.run(x, StopSwitch())["y"].tobytes() == ready.run(x, StopSwitch())["y"].tobytes()


async def test_a_copy_is_readable_to_all_and_writable_to_nobody(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    copy = await made(graphs, heavy(bundle_cache))
    assert copy is not None
    modes = {path.name: path.stat().st_mode & 0o777 for path in (copy, *copy.rglob("*"))}
    assert modes[copy.name] == modes["model"] == 0o755
    assert {mode for name, mode in modes.items() if name in {OPTIMISED_GRAPH, "200"}} == {0o444}
    assert is_whole(copy)


async def test_a_bundle_that_runs_once_gets_no_copy(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    bundle = heavy(bundle_cache)
    graphs.ran(bundle)
    await graphs.drained()
    assert graphs.folder_of(bundle.digest) is None


@pytest.mark.parametrize("file", [f"model/{OPTIMISED_GRAPH}", "model/200", RECORD])
async def test_a_copy_with_other_bytes_than_were_recorded_is_made_anew(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None, file: str
) -> None:
    bundle, settings = heavy(bundle_cache), engine_settings
    async for copies in opened(bundle_cache, settings, nursery):
        copy = await made(copies, bundle)
        assert copy is not None
        right = (copy / file).read_bytes()
        (copy / file).chmod(0o644)
        (copy / file).write_bytes(right[:-8] + b"poisoned")
    assert not is_whole(copy)
    async for copies in opened(bundle_cache, settings, nursery):
        assert copies.folder_of(bundle.digest) is None
        assert await made(copies, bundle) == copy
        assert (copy / file).read_bytes() == right


async def test_a_file_or_link_that_was_added_makes_a_copy_another(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    copy = await made(graphs, heavy(bundle_cache))
    assert copy is not None
    (copy / "model" / "more").write_bytes(b"")
    assert not is_whole(copy)
    (copy / "model" / "more").unlink()
    assert is_whole(copy)
    (copy / "model" / "200").rename(copy.parent / "elsewhere")
    (copy / "model" / "200").symlink_to(copy.parent / "elsewhere")
    assert not is_whole(copy)


async def test_a_copy_of_another_runtime_or_machine_is_removed(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = heavy(bundle_cache)
    async for copies in opened(bundle_cache, engine_settings, nursery):
        copy = await made(copies, bundle)
        assert copy is not None
    monkeypatch.setattr(optimised_files, "version", lambda _: "0.0.1")
    async for copies in opened(bundle_cache, engine_settings, nursery):
        assert not copy.exists()
        assert await made(copies, bundle) != copy


async def test_copies_make_room_for_newer_ones(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles = [heavy(bundle_cache, name) for name in ("first", "second", "third")]
    async for copies in opened(bundle_cache, engine_settings, nursery):
        first = await made(copies, bundles[0])
        assert first is not None
        one_bytes = size_bytes(first)
    shutil.rmtree(first)
    monkeypatch.setattr(optimised, "FILE_COPIES", 0)
    monkeypatch.setattr(optimised, "FILE_MARGIN_BYTES", 2 * one_bytes)
    async for copies in opened(bundle_cache, engine_settings, nursery, max_bytes=2 * one_bytes):
        for bundle in bundles:
            assert await made(copies, bundle) is not None
        kept = [copies.folder_of(bundle.digest) is not None for bundle in bundles]
        assert kept == [False, True, True]
        assert not first.exists()
        assert await made(copies, bundles[0]) is not None


async def test_a_model_whose_copy_could_take_more_than_all_goes_without(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None
) -> None:
    async for copies in opened(bundle_cache, engine_settings, nursery, max_bytes=1 << 20):
        assert await made(copies, heavy(bundle_cache)) is None


async def test_a_model_that_cannot_be_optimised_goes_without(graphs: OptimisedGraphs, bundle_cache: Path) -> None:
    bundle = heavy(bundle_cache)
    (bundle.folder / "model.onnx").write_bytes(b"no graph")
    assert await made(graphs, bundle) is None
    assert list((bundle_cache / FOLDER).iterdir()) == []


async def test_the_fleet_loads_the_copy_and_falls_back_where_it_has_gone(fleet: LocalFleet, bundle_cache: Path) -> None:
    bundle = heavy(bundle_cache)

    async def answer() -> OutputValue:
        return (await run(fleet, worker_bundles.request(bundle))).outputs["y"]

    answers = [await answer() for _ in range(WORTH_RUNS)]
    await asyncio.wait_for(fleet.optimised.drained(), 60)
    copy = fleet.optimised.folder_of(bundle.digest)
    assert copy is not None
    await restart(fleet, 1)
    answers.append(await answer())
    assert f"{copy.name}/model/200" in mapped_by(await worker_pid(fleet))
    for path in copy.glob("model/*"):
        path.unlink()
    await restart(fleet, 2)
    answers.append(await answer())
    assert all(each == answers[0] for each in answers)


def mapped_by(pid: int) -> str:
    """List the files that a process has mapped."""
    return Path(f"/proc/{pid}/maps").read_text()


async def restart(fleet: LocalFleet, times: int) -> None:
    os.kill(await worker_pid(fleet), signal.SIGKILL)
    await until_restarted(fleet, times)


WRITES = """
import os, sys
from pathlib import Path
from artrator.engine.sandbox import Confinement, confine
from artrator.engine.sandbox.identity import become_nobody, nobody
from artrator.engine.sandbox.limits import Limits
folder, output, other, user = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if user == "unprivileged" and os.geteuid() == 0:
    become_nobody(*nobody())
limits = Limits(memory_bytes=1 << 29, file_bytes=1000)
root = confine(Confinement(folder=Path(folder), limits=limits, parent_pid=os.getppid(), outputs=(output,))).root
said = []
def attempt(name, do):
    try:
        do()
        said.append(name)
    except OSError:
        pass
def write(descriptor, size, mode="wb"):
    with open(f"/proc/self/fd/{descriptor}", mode, buffering=0) as file:
        file.write(bytes(size))
attempt("the output", lambda: write(output, 1000))
attempt("beyond its bound", lambda: write(output, 1, "ab"))
attempt("another file", lambda: write(other, 1))
attempt("a new file", lambda: open(root / "new", "wb"))
attempt("the folder", lambda: open(root / "readable", "wb"))
print(",".join(said))
"""


@pytest.mark.parametrize("user", ["root", "unprivileged"])
def test_the_child_that_makes_a_copy_writes_to_its_outputs_alone(user: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        folder = home / "folder"
        folder.mkdir()
        (folder / "readable").write_text("content")
        with (home / "output").open("wb") as output, (home / "other").open("wb") as other:
            for file in (output, other):
                os.fchmod(file.fileno(), 0o666)
            done = subprocess.run(
                [sys.executable, "-P", "-c", WRITES, str(folder), str(output.fileno()), str(other.fileno()), user],
                env=clean_environment(),
                pass_fds=(output.fileno(), other.fileno()),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.stdout.strip() == "the output", done.stderr
        assert (home / "output").stat().st_size == 1000
        assert (home / "other").stat().st_size == 0
