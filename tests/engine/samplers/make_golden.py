"""Make the golden samples again with diffusers' own schedulers: `python -m tests.engine.samplers.make_golden`.

Needs diffusers 0.42 and torch; the tests that read what it writes need neither.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from artrator.bundle.sampler_reader import read_sampler_config
from artrator.engine.execution.call import Floats
from tests.engine.samplers.cases import SHAPE, Case, ToyModel, cases, noise_source, picture

GOLDEN = Path(__file__).parent / "golden" / "samples.npz"


def sample(case: Case) -> tuple[Floats, Floats]:
    """Give the final latent and the timesteps of diffusers."""
    import diffusers  # pyright: ignore[reportMissingImports]
    import torch  # pyright: ignore[reportMissingImports]

    kind = getattr(diffusers, str(case.config["_class_name"]))
    scheduler = kind.from_config({key: value for key, value in case.config.items() if key != "eta"})
    draw, model = noise_source(), ToyModel(read_sampler_config(case.config))
    sys.modules[kind.__module__].randn_tensor = lambda *_, **__: torch.from_numpy(draw())
    scheduler.set_timesteps(case.steps)
    start, noise = 0, torch.from_numpy(draw())
    if case.strength is None:
        x = noise * scheduler.init_noise_sigma
    else:
        start = (case.steps - min(int(case.steps * case.strength), case.steps)) * scheduler.order
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(start)
        x = scheduler.add_noise(torch.from_numpy(picture()), noise, scheduler.timesteps[start : start + 1])
    more = {"eta": case.config["eta"]} if "eta" in case.config else {}
    for timestep in scheduler.timesteps[start:]:
        seen = scheduler.scale_model_input(x, timestep).numpy()
        answer = torch.from_numpy(model(seen.astype(np.float32), float(timestep)))
        x = scheduler.step(answer, timestep, x, **more).prev_sample
    return x.numpy().astype(np.float32), scheduler.timesteps.numpy().astype(np.float32)


def main() -> None:
    """Write the samples, in the order of the cases, and the timesteps, end to end."""
    finals, timesteps = zip(*map(sample, cases()), strict=True)
    GOLDEN.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        GOLDEN,
        finals=np.stack(finals).reshape(-1, *SHAPE),
        timesteps=np.concatenate(timesteps),
        counts=np.array([len(each) for each in timesteps]),
    )
    sys.stdout.write(f"{len(finals)} samples, {GOLDEN.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
