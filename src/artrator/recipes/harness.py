"""What every training recipe shares: arguments, cached paintings, seeds, a resumable loop and a checked export."""

import argparse
import hashlib
import inspect
import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artrator.recipes.art import PALETTES, STYLES, paint
from artrator.recipes.tracking import Tracking, tracked
from artrator.recipes.whole_files import keep_file

OPSET = 18
_PARITY = 1e-4
_SAVE_EVERY_S = 120.0
_SAY_EVERY_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asked for."""

    out: Path
    work: Path
    quick: bool
    steps: int
    paintings: int
    seed: int


def read_options(recipe: str, *, steps: int, paintings: int, arguments: Sequence[str] | None = None) -> Options:
    """Read `--out FOLDER [--quick] …`; seeds everything and sets the threads.

    steps, paintings: a full run's; `--quick` makes both tiny, which tests the way but paints nothing worth seeing.
    """
    parser = argparse.ArgumentParser(prog=f"python -m artrator.recipes.{recipe}")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the bundle's .onnx")
    parser.add_argument("--work", type=Path, help="folder for cached paintings and checkpoints; default OUT/.work")
    parser.add_argument("--quick", action="store_true", help="a tiny run, to see that all of it works")
    parser.add_argument("--steps", type=int, default=None, help=f"default {steps}")
    parser.add_argument("--paintings", type=int, default=None, help=f"default {paintings}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    got = parser.parse_args(arguments)
    torch.set_num_threads(got.threads)
    torch.set_flush_denormal(True)
    random.seed(got.seed)
    np.random.seed(got.seed)  # libraries that draw from the global stream
    torch.manual_seed(got.seed)
    got.out.mkdir(parents=True, exist_ok=True)
    work = (got.work or got.out / ".work") / ("quick" if got.quick else "full")
    work.mkdir(parents=True, exist_ok=True)
    return Options(
        out=got.out,
        work=work,
        quick=got.quick,
        steps=got.steps or (4 if got.quick else steps),
        paintings=got.paintings or (48 if got.quick else paintings),
        seed=got.seed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paintings:
    """Painted pictures and their labels.

    images: (N, size_px, size_px, 3) uint8; styles, palettes: (N,) int64, indices into the lists asked for and PALETTES;
    compositions: (N,), what else their captions say, in the captions' own words.
    """

    images: NDArray[np.uint8]
    styles: NDArray[np.int64]
    palettes: NDArray[np.int64]
    compositions: Sequence[Sequence[str]]

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Draw random batches for ever: images (B, 3, H, W) float32 in -1..1, styles (B,), palettes (B,)."""
        while True:
            chosen = rng.integers(len(self.images), size=size)
            pixels = torch.from_numpy(self.images[chosen]).permute(0, 3, 1, 2).float() / 127.5 - 1
            yield pixels, torch.from_numpy(self.styles[chosen]), torch.from_numpy(self.palettes[chosen])


def load_paintings(
    work: Path, count: int, size_px: int, *, styles: Sequence[str] = tuple(STYLES), first_seed: int = 1_000_000
) -> Paintings:
    """Paint `count` pictures, every style and palette equally often, or read them back from `work`."""
    key = hashlib.sha256(repr((count, size_px, tuple(styles), first_seed, tuple(PALETTES))).encode()).hexdigest()[:12]
    file, words = work / f"paintings-{key}.npy", work / f"paintings-{key}.json"
    pairs = [(i % len(styles), (i // len(styles)) % len(PALETTES)) for i in range(count)]
    if not (file.exists() and words.exists()):
        print(f"painting {count} pictures of {size_px} px", flush=True)
        jobs = [(first_seed + i, styles[style], list(PALETTES)[palette]) for i, (style, palette) in enumerate(pairs)]
        with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
            painted = list(pool.map(partial(_paint, size_px), jobs, chunksize=64))
        keep_file(file, partial(np.save, arr=np.stack([image for image, _ in painted])))
        compositions = json.dumps([composition for _, composition in painted])
        keep_file(words, lambda path: path.write_text(compositions))
    labels = np.array(pairs, np.int64)
    return Paintings(
        images=np.load(file, mmap_mode="r"),
        styles=labels[:, 0],
        palettes=labels[:, 1],
        compositions=json.loads(words.read_text()),
    )


def _paint(size_px: int, job: tuple[int, str, str]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    seed, style, palette = job
    painting = paint(seed, size_px, style=style, palette=palette)
    return painting.image, painting.caption.composition


class Stateful(Protocol):
    """What a checkpoint keeps: modules and optimisers."""

    def state_dict(self) -> dict[str, object]: ...

    def load_state_dict(self, state_dict: dict[str, object]) -> object: ...


def train(
    options: Options, name: str, parts: Mapping[str, Stateful], step: Callable[[int], Mapping[str, float]]
) -> None:
    """Run `step(i)` for every step left, saying how it goes; stopped at any moment, the next run goes on.

    parts: everything that changes while training; saved together, so that a checkpoint is never half of one.
    """
    file = options.work / f"{name}.ckpt"
    first = _restore(file, parts)
    settings = {key: getattr(options, key) for key in ("steps", "paintings", "seed", "quick")}
    with tracked(options.work, name, settings) as tracking:
        for done, kept in _learn(name, step, range(first, options.steps), tracking):
            if kept:
                _save(file, parts, done)


def _learn(
    name: str, step: Callable[[int], Mapping[str, float]], steps: range, tracking: Tracking
) -> Iterator[tuple[int, bool]]:
    """Take the steps, saying and logging how it goes; gives after each how many are done, and whether to keep them."""
    said = saved = started = time.monotonic()
    smooth: dict[str, float] = {}
    for i in steps:
        for key, value in step(i).items():
            smooth[key] = value if key not in smooth else 0.98 * smooth[key] + 0.02 * value
        now, done, last = time.monotonic(), i + 1, i == steps[-1]
        if now - said > _SAY_EVERY_S or last:
            step_s = (now - started) / (done - steps[0])
            losses = " ".join(f"{key} {value:.4f}" for key, value in smooth.items())
            left_min = step_s * (steps[-1] - i) / 60
            print(f"{name} {done}/{steps[-1] + 1} {losses} · {left_min:.1f} min left", flush=True)
            tracking.log({**smooth, "steps_per_s": 1 / step_s}, done)
            said = now
        kept = now - saved > _SAVE_EVERY_S or last
        yield done, kept
        saved = now if kept else saved


def _save(file: Path, parts: Mapping[str, Stateful], step: int) -> None:
    state = {"step": step, "torch_rng": torch.get_rng_state(), "parts": {k: p.state_dict() for k, p in parts.items()}}
    keep_file(file, partial(torch.save, state))


def _restore(file: Path, parts: Mapping[str, Stateful]) -> int:
    if not file.exists():
        return 0
    state = torch.load(file, weights_only=True)
    for key, part in parts.items():
        part.load_state_dict(state["parts"][key])
    torch.set_rng_state(state["torch_rng"])
    print(f"going on from step {state['step']}", flush=True)
    return int(state["step"])


def half_precision() -> torch.autocast:
    """Compute in bfloat16 where the processor has instructions for it: about twice as fast, weights stay float32."""
    able = torch.ops.mkldnn._is_mkldnn_bf16_supported()  # torch offers no public question
    return torch.autocast("cpu", torch.bfloat16, enabled=able)


def descent(i: int, steps: int, *, warm: int) -> float:
    """Give the share of the learning rate at a step: up in `warm` steps, then down along a cosine."""
    return min(1.0, (i + 1) / warm) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * i / steps)))


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """Take one step down."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


@torch.no_grad()
def follow(average: nn.Module, module: nn.Module, keep: float) -> None:
    """Move the weights of `average` towards those of `module` (exponential moving average)."""
    for slow, fast in zip(average.parameters(), module.parameters(), strict=True):
        slow.lerp_(fast, 1 - keep)


def export(module: nn.Module, file: Path, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> onnx.ModelProto:
    """Write a module as one ONNX file with its weights inside and a free batch dimension, then check it against torch.

    Raises: ArithmeticError if ONNX Runtime and torch differ by more than 1e-4.
    """
    module.eval()
    free = tuple({0: torch.export.Dim("N", min=1, max=1024)} for _ in inputs)
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(module.forward).parameters.values())
    program = torch.onnx.export(
        module,
        tuple(inputs.values()),
        dynamo=True,
        opset_version=OPSET,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=(free,) if takes_any else free,
        external_data=False,
        verbose=False,
    )
    model = program.model_proto
    for graph_value in [*model.graph.input, *model.graph.output]:
        graph_value.type.tensor_type.shape.dim[0].dim_param = "N"
    del model.metadata_props[:]
    _forget_sources(model)
    onnx.checker.check_model(model, full_check=True)
    keep_file(file, partial(onnx.save, model))
    _compare(module, file, inputs, outputs)
    return model


def _forget_sources(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes on each node: they hold paths of the machine that trained it."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]


def _compare(module: nn.Module, file: Path, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> None:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    got = session.run(list(outputs), {key: value.numpy() for key, value in inputs.items()})
    with torch.no_grad():
        wanted = module(*inputs.values())
    wanted = (wanted,) if isinstance(wanted, Tensor) else wanted
    worst = max(float(np.abs(g - w.numpy()).max()) for g, w in zip(got, wanted, strict=True))
    if not worst <= _PARITY:
        raise ArithmeticError(f"{file.name}: ONNX Runtime and torch differ by {worst:.2e}")
    print(f"wrote {file} ({file.stat().st_size / 1e6:.2f} MB, differs from torch by {worst:.1e})", flush=True)
