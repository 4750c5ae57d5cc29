"""What a diffusion run costs beside its graphs, and beside diffusers: `python -m tests.bench diffusion`.

Engine and bare ONNX Runtime calls take turns in one process, on equally many threads; ratios of processor time and of time
are printed, of the least of all rounds, since other programs only ever add to it. Where diffusers is installed (the train
environment) the same weights, steps and threads are measured there too, first in this process, then in fresh ones.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from artrator.bundle.manifest import Manifest
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.examination.rehearse import Rehearser
from artrator.engine.execution.bundle_text import tokenizer_of
from artrator.engine.execution.inference import Inference
from artrator.engine.execution.session import StopSwitch, open_session
from artrator.engine.fleet import Finished, InputValue, InstalledBundle, RunRequest
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest, new_id
from tests.bench.diffusion_cold import PROMPT
from tests.bench.diffusion_models import BUNDLE, PEER, has_diffusers, write_bundle

SIDE_PX = 96
"""Of the tiny model's pictures: large enough that a step takes a tenth of a second, as small models do."""
FEW, MANY = 2, 10
LIMITS = CodecLimits(max_image_bytes=1 << 24, max_image_px=1 << 24, max_tensor_bytes=1 << 28)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run, or a difference of two."""

    seconds: float
    processor_s: float

    def least(self, other: Cost) -> Cost:
        """Take the least of both, each by itself."""
        return Cost(min(self.seconds, other.seconds), min(self.processor_s, other.processor_s))


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of one call")
    parser.add_argument("--cold-rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        bench = Bench(Path(folder), write_bundle(Path(folder)), arguments.threads)
        print(f"{'':58}{'processor':>11}{'time':>8}  limit")
        bench.beside_its_graphs(arguments.rounds)
        if not has_diffusers():
            print("beside diffusers: not measured, it is not installed here")
            return
        bench.beside_diffusers(arguments.rounds)
        bench.from_cold(arguments.cold_rounds)


class Bench:
    """One bundle, its engine, and the bare graphs."""

    def __init__(self, folder: Path, manifest: Manifest, threads: int) -> None:
        self.folder, self.threads = folder, threads
        self.bundle = InstalledBundle(digest=Digest("bench"), folder=folder / BUNDLE, manifest=manifest, batchable=True)
        self.engine = Inference(EngineSettings(threads_per_worker=1, threads_per_call=threads, max_batch=1))
        self.size: dict[str, InputValue] = {} if has_diffusers() else {"width": SIDE_PX, "height": SIDE_PX}
        self.bare = {role: self._session(path) for role, path in manifest.graphs.items()}

    def _session(self, path: str) -> ort.InferenceSession:
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return ort.InferenceSession(str(self.bundle.folder / path), options, providers=["CPUExecutionProvider"])

    def beside_its_graphs(self, rounds: int) -> None:
        """Compare a step with its call, and a run with the sum of its calls."""
        calls = self._calls()
        rows = least_of(
            {
                "few": lambda: self.paint(FEW, guidance=1.0),
                "many": lambda: self.paint(MANY, guidance=1.0),
                "guided": lambda: self.paint(MANY),
                "unet": lambda: [self.bare["unet"].run(None, calls["unet"]) for _ in range(MANY - FEW)],
                "graphs": lambda: self._bare_run(calls),
            },
            rounds,
        )
        step = Cost(rows["many"].seconds - rows["few"].seconds, rows["many"].processor_s - rows["few"].processor_s)
        print_row("a UNet step in the engine / a bare call", step, rows["unet"], "<= 1.05")
        print_row(f"a run of {MANY} steps / the sum of its calls", rows["guided"], rows["graphs"], "<= 1.05")

    def beside_diffusers(self, rounds: int) -> None:
        """Compare a warm run with diffusers' own."""
        import torch
        from diffusers import StableDiffusionPipeline

        torch.set_num_threads(self.threads)
        pipeline: Any = StableDiffusionPipeline.from_pretrained(self.folder / PEER, safety_checker=None)
        pipeline.set_progress_bar_config(disable=True)
        asked = {"negative_prompt": "", "num_inference_steps": MANY, "guidance_scale": 7.5}
        rows = least_of({"ours": lambda: self.paint(MANY), "theirs": lambda: pipeline(PROMPT, **asked)}, rounds)
        print_row(f"diffusers / ours, a warm run of {MANY} steps", rows["theirs"], rows["ours"], ">= 1.3")

    def from_cold(self, rounds: int) -> None:
        """Compare the first picture of fresh processes, in turns; modules are compiled before, as those of installed packages are."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = str(self.folder / "compiled")
        least: dict[str, list[float]] = {}
        for index in range(rounds + 1):
            for kind, folder in (("ours", self.folder / BUNDLE), ("diffusers", self.folder / PEER)):
                command = [sys.executable, "-W", "ignore", "-m", "tests.bench.diffusion_cold", kind, str(folder)]
                words = [*command, str(MANY), str(self.threads)]
                done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
                found = list(map(float, done.stdout.splitlines()[-1].split()))
                if index:
                    least[kind] = list(map(min, least.get(kind, found), found))
        ours, theirs = (Cost(*least[kind][:2]) for kind in ("ours", "diffusers"))
        print_row("diffusers / ours, first picture of a fresh process", theirs, ours, ">= 5")
        for kind, (*_, importing_s, loading_s, painting_s) in least.items():
            parts = f"import {importing_s:.2f} s, load {loading_s:.2f} s, paint {painting_s:.2f} s"
            print(f"{f'  of the processor, {kind}':58}{parts}")
        ours_bytes, theirs_bytes = (least[kind][2] for kind in ("ours", "diffusers"))
        memory = f"({ours_bytes / 2**20:.0f} MiB / {theirs_bytes / 2**20:.0f} MiB)"
        print(f"{'ours / diffusers, its peak memory':58}{ours_bytes / theirs_bytes:>19.3f}  <= 0.5  {memory}")

    def paint(self, steps: int, *, guidance: float = 7.5) -> Finished:
        """Paint one picture with the engine."""
        ended: queue.Queue[Finished | ArtratorError] = queue.Queue()
        request = RunRequest(
            id=new_id(), bundle=self.bundle, inputs=self._inputs(steps, guidance), account="bench", deadline_s=600
        )
        self.engine.submit(
            request, lambda event: ended.put(event) if isinstance(event, Finished | ArtratorError) else None
        )
        finished = ended.get()
        if isinstance(finished, ArtratorError):
            raise finished
        return finished

    def _inputs(self, steps: int, guidance: float) -> dict[str, InputValue]:
        asked: dict[str, InputValue] = {"prompt": PROMPT, "negative_prompt": "", "seed": 1}
        return {**asked, "steps": steps, "guidance": guidance, **self.size}

    def _calls(self) -> dict[str, dict[str, np.ndarray]]:
        """Give a call of each graph, as the pipeline makes it."""
        sessions = {
            role: open_session(self.bundle.folder, path, threads=self.threads, stop=StopSwitch())
            for role, path in self.bundle.manifest.graphs.items()
        }
        rehearser = Rehearser(self.bundle, LIMITS, sessions, tokenizer_of(self.bundle))
        rehearser.run(self._inputs(1, 7.5))
        return {role: dict(answered.call.tensors) for role, answered in rehearser.first_calls.items()}

    def _bare_run(self, calls: Mapping[str, dict[str, np.ndarray]]) -> None:
        for _ in range(2):
            self.bare["text_encoder"].run(None, calls["text_encoder"])
        for _ in range(2 * MANY):
            self.bare["unet"].run(None, calls["unet"])
        self.bare["vae_decoder"].run(None, calls["vae_decoder"])


def least_of(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Do everything once to warm it, then in turns; give the least that each cost."""
    least: dict[str, Cost] = {}
    for index in range(rounds + 1):
        for name, do in ways.items():
            cost = cost_of(do)
            if index:
                least[name] = least[name].least(cost) if name in least else cost
    return least


def cost_of(do: Callable[[], object]) -> Cost:
    """Do something and give what it cost."""
    began_s, used_s = time.perf_counter(), time.process_time()
    do()
    return Cost(time.perf_counter() - began_s, time.process_time() - used_s)


def print_row(what: str, one: Cost, other: Cost, limit: str) -> None:
    """Print how much more one costs than another."""
    processor, seconds = one.processor_s / other.processor_s, one.seconds / other.seconds
    print(f"{what:58}{processor:>11.3f}{seconds:>8.3f}  {limit}  ({one.seconds:.3f} s / {other.seconds:.3f} s)")


if __name__ == "__main__":
    main()
