"""What a load costs and a loaded graph weighs: as published, with its weights in a file of their own, as an optimised copy.

`PYTHONPATH=src:. python -m tests.bench.bench_load`; each load is measured in a process of its own, rounds are interleaved.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from artrator.engine.execution.session import StopSwitch, open_session, save_optimised
from artrator.engine.models.optimised_files import OPTIMISED_GRAPH, WEIGHTS_DESCRIPTOR
from tests.bench.models import GRAPH, make_models
from tests.engine.graphs import constant, model, tensor_info

ROUNDS, SESSIONS = 5, 4
BLOCKS, WIDTH, WIDER = 60, 256, 1024
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Weighed:
    """Of one session: processor milliseconds to load, MiB of its own, MiB with the pages of files, ms of a run."""

    load_ms: float
    own_mib: float
    all_mib: float
    run_ms: float


def weigh(folder: Path, path: str, *, is_optimised: bool) -> Weighed:
    """Load a graph several times in this process."""
    before = _memory()
    began_s = time.process_time()
    sessions = [
        open_session(folder, path, threads=1, stop=StopSwitch(), is_optimised=is_optimised) for _ in range(SESSIONS)
    ]
    load_s = time.process_time() - began_s
    ((name, spec),) = sessions[0].signature.inputs.items()
    x = {name: np.zeros([each if isinstance(each, int) else 1 for each in spec.dims], np.float32)}
    for session in sessions:
        session.run(x, StopSwitch())
    after = _memory()
    times: list[float] = []
    for _ in range(20):
        began_s = time.process_time()
        sessions[0].run(x, StopSwitch())
        times.append(time.process_time() - began_s)
    own, every = ((b - a) * PAGE_BYTES / SESSIONS / (1 << 20) for a, b in zip(before, after, strict=True))
    return Weighed(load_s / SESSIONS * 1e3, own, every, statistics.median(times) * 1e3)


def _memory() -> tuple[int, int]:
    _, resident, of_files, *_ = map(int, Path("/proc/self/statm").read_text().split())
    return resident - of_files, resident


def deep(folder: Path) -> None:
    """A graph of many nodes: blocks of two products with a GELU in its parts between them, each added to its input."""
    random = np.random.default_rng(4)
    nodes: list[NodeProto] = []
    weights: list[TensorProto] = [constant("one", 1.0), constant("half", 0.5), constant("root2", 2**0.5)]
    for block in range(BLOCKS):
        for name, dims in ((f"u{block}", (WIDTH, WIDER)), (f"d{block}", (WIDER, WIDTH))):
            values = random.standard_normal(dims, dtype=np.float32) / np.float32(dims[0])
            weights.append(numpy_helper.from_array(values, name))
        x, wide = f"x{block}", f"wide{block}"
        steps = (
            ("MatMul", (x, f"u{block}"), wide),
            ("Div", (wide, "root2"), f"small{block}"),
            ("Erf", (f"small{block}",), f"erf{block}"),
            ("Add", (f"erf{block}", "one"), f"more{block}"),
            ("Mul", (wide, f"more{block}"), f"times{block}"),
            ("Mul", (f"times{block}", "half"), f"gelu{block}"),
            ("MatMul", (f"gelu{block}", f"d{block}"), f"narrow{block}"),
            ("Add", (x, f"narrow{block}"), f"x{block + 1}"),
        )
        nodes += [helper.make_node(kind, list(takes), [gives]) for kind, takes, gives in steps]
    graph = model(nodes, [tensor_info("x0", ["N", WIDTH])], [tensor_info(f"x{BLOCKS}", ["N", WIDTH])], weights)
    folder.mkdir()
    onnx.save(graph, folder / GRAPH)


def variants(home: Path, folder: Path) -> dict[str, tuple[Path, str, bool]]:
    """Write the graph of a folder in the other ways, and list all."""
    beside, copy = home / f"{folder.name}-beside", home / f"{folder.name}-copy"
    beside.mkdir()
    onnx.save_model(
        onnx.load(folder / GRAPH), beside / GRAPH, save_as_external_data=True, size_threshold=1024, location="weights"
    )
    copy.mkdir()
    with (copy / OPTIMISED_GRAPH).open("wb") as graph, (copy / str(WEIGHTS_DESCRIPTOR)).open("wb") as weights:
        os.dup2(weights.fileno(), WEIGHTS_DESCRIPTOR)
        save_optimised(folder, GRAPH, graph=graph.fileno(), weights=WEIGHTS_DESCRIPTOR)
        os.close(WEIGHTS_DESCRIPTOR)
    return {
        "as published": (folder, GRAPH, False),
        "weights beside": (beside, GRAPH, False),
        "optimised copy": (copy, OPTIMISED_GRAPH, True),
    }


def main() -> None:
    """Print the table."""
    print(
        f"{'model':18}{'graph':16}{'load, processor':>17}{'ratio':>7}{'own memory':>13}{'with files':>12}{'a run':>10}"
    )
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        folders = [each.folder for each in make_models(home)]
        deep(home / "deep")
        for folder in (*folders, home / "deep"):
            found: dict[str, list[Weighed]] = {}
            ways = variants(home, folder)
            for _ in range(ROUNDS):
                for way, (place, path, is_optimised) in ways.items():
                    orders = json.dumps([str(place), path, is_optimised])
                    done = subprocess.run(
                        [sys.executable, "-m", "tests.bench.bench_load", orders], capture_output=True, check=True
                    )
                    found.setdefault(way, []).append(Weighed(**json.loads(done.stdout)))
            first_ms = statistics.median(each.load_ms for each in found["as published"])
            for way, each in found.items():
                load_ms, own, every, run_ms = (
                    statistics.median(getattr(one, field) for one in each)
                    for field in ("load_ms", "own_mib", "all_mib", "run_ms")
                )
                print(
                    f"{folder.name:18}{way:16}{load_ms:>14.1f} ms{load_ms / first_ms:>7.2f}"
                    f"{own:>9.1f} MiB{every:>8.1f} MiB{run_ms:>7.2f} ms"
                )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        where, file, optimised = json.loads(sys.argv[1])
        print(json.dumps(asdict(weigh(Path(where), file, is_optimised=optimised))))
    else:
        main()
