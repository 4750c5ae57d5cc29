"""One picture from a process that holds nothing yet: `python -m tests.bench.diffusion_cold ours|diffusers FOLDER STEPS THREADS`.

Prints the seconds since the interpreter began, those of the processor, the most memory that it held, resident, and of the processor's
seconds what it took to import, to load and to paint.
"""

from __future__ import annotations

import time

BEGAN_S = time.perf_counter()

import itertools  # noqa: E402 - the clock runs before anything is imported
import os  # noqa: E402
import queue  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from artrator.engine.processes.resident import peak_bytes  # noqa: E402

PROMPT = "a red circle"


def mark() -> None:
    """Note that another part is done."""
    MARKS.append(time.process_time())


MARKS: list[float] = [0.0]


def ours(folder: Path, steps: int, threads: int) -> None:
    """Paint with the engine."""
    from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
    from artrator.engine.execution.inference import Inference
    from artrator.engine.fleet import Finished, InstalledBundle, RunEvent, RunRequest, Started
    from artrator.engine.settings import EngineSettings
    from artrator.kernel.errors import ArtratorError
    from artrator.kernel.ids import Digest

    mark()
    manifest = read_manifest((folder / MANIFEST_NAME).read_text())
    bundle = InstalledBundle(digest=Digest("cold"), folder=folder, manifest=manifest, batchable=True)
    engine = Inference(EngineSettings(threads_per_worker=1, threads_per_call=threads))
    ended: queue.Queue[Finished | ArtratorError] = queue.Queue()
    request = RunRequest(
        id="cold",
        bundle=bundle,
        inputs={"prompt": PROMPT, "negative_prompt": "", "steps": steps, "guidance": 7.5, "seed": 1},
        account="bench",
        deadline_s=600,
    )

    def listen(event: RunEvent | ArtratorError) -> None:
        if isinstance(event, Started):
            mark()
        elif isinstance(event, Finished | ArtratorError):
            ended.put(event)

    engine.submit(request, listen)
    finished = ended.get()
    if isinstance(finished, ArtratorError):
        raise finished
    engine.close()


def diffusers(folder: Path, steps: int, threads: int) -> None:
    """Paint with diffusers."""
    import torch
    from diffusers import StableDiffusionPipeline

    torch.set_num_threads(threads)
    mark()
    pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None)
    pipeline.set_progress_bar_config(disable=True)
    mark()
    pipeline(PROMPT, negative_prompt="", num_inference_steps=steps, guidance_scale=7.5)


def main() -> None:
    """Paint and print."""
    kind, folder, steps, threads = sys.argv[1:]
    {"ours": ours, "diffusers": diffusers}[kind](Path(folder), int(steps), int(threads))
    mark()
    parts_s = [after - before for before, after in itertools.pairwise(MARKS)]
    print(time.perf_counter() - BEGAN_S, MARKS[-1], peak_bytes(os.getpid()), *parts_s)


if __name__ == "__main__":
    main()
