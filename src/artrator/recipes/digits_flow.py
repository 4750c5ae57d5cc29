"""Train a normalising flow on digits that draw themselves, and write its way back as a bundle's decoder.

    python -m artrator.recipes.digits_flow --out FOLDER

A wavelet flow (Yu et al. 2020) of affine couplings (Dinh et al. 2017): the digit seen from afar, then the details, twice. Of all the starters it alone can say how likely a picture is: at the end it prints what
fresh drawings cost, in bits a pixel. `--steps` are those of the overview; the details take a share of them.
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from artrator.recipes.digits.drawings import Drawings, bits_of_histograms, load_drawings
from artrator.recipes.digits.flow import LATENT, PARTS, DigitsFlow, between_greys, bits_a_pixel, kinds_of, log_density
from artrator.recipes.digits.printing import Print
from artrator.recipes.harness import Options, descent, export, follow, read_options, train
from artrator.recipes.weights import store_int8

STEPS, DRAWINGS = 4_000, 48_000
SHARE = {"overview": 1.0, "middle": 0.3, "fine": 0.3}  # of the steps
BATCH = {"overview": 256, "middle": 64, "fine": 64}
LEARNING_RATE = 2e-3
LONGEST = 1.0  # a gradient may be
KEEP = 0.998
EXAMPLES = 4_000  # that means and sizes are taken from
FIRST_SEED, FRESH_SEED = 1_000_000, 900_000_000  # drawings from the second on are never trained on
FRESH = 2_000


def fit(options: Options, drawings: Drawings) -> DigitsFlow:
    """Train the three parts, one after another."""
    flow = DigitsFlow()
    flow.measure(between_greys(torch.from_numpy(drawings.greys[:EXAMPLES])))
    for name in PARTS:
        steps = options.steps if options.quick else round(SHARE[name] * options.steps)
        _fit_part(replace(options, steps=steps), flow, name, drawings)
    return flow.eval()


def _fit_part(options: Options, flow: DigitsFlow, name: str, drawings: Drawings) -> None:
    """Train one part of a flow; leaves it with averaged weights."""
    part: nn.Module = getattr(flow, name)
    average = copy.deepcopy(part)
    adam = torch.optim.AdamW(part.parameters(), LEARNING_RATE, (0.9, 0.99), weight_decay=1e-4)
    rng = np.random.default_rng(options.seed)

    def step(i: int) -> dict[str, float]:
        for group in adam.param_groups:
            group["lr"] = LEARNING_RATE * descent(i, options.steps, warm=100)
        chosen = rng.integers(len(drawings.greys), size=BATCH[name])
        pictures = between_greys(torch.from_numpy(drawings.greys[chosen]))
        latents, change = flow.through(name, pictures, kinds_of(torch.from_numpy(drawings.digits[chosen])))
        loss = -log_density(latents, change).mean() / latents[0].numel()
        adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(part.parameters(), LONGEST)
        adam.step()
        follow(average, part, min(KEEP, (i + 1) / (i + 10)))
        return {"nats": loss.item()}

    train(options, f"digits-{name}", {"part": part, "average": average, "adam": adam}, step)
    part.load_state_dict(average.state_dict())


@torch.no_grad()
def measure(flow: DigitsFlow, fresh: Drawings) -> float:
    """Give what drawings cost, in bits a pixel of sixteen greys."""
    batches = torch.arange(len(fresh.greys)).split(500)
    greys, kinds = torch.from_numpy(fresh.greys), kinds_of(torch.from_numpy(fresh.digits))
    return bits_a_pixel(torch.cat([flow.log_likelihood(between_greys(greys[b]), kinds[b]) for b in batches]))


def main(arguments: list[str] | None = None) -> None:
    """Train, say what fresh drawings cost, and write `decoder.onnx`."""
    options = read_options("digits_flow", steps=STEPS, paintings=DRAWINGS, arguments=arguments)
    drawings = load_drawings(options.work, options.paintings, first_seed=FIRST_SEED)
    flow = fit(options, drawings)
    fresh = load_drawings(options.work, 100 if options.quick else FRESH, first_seed=FRESH_SEED)
    by_histograms = bits_of_histograms(drawings, fresh)
    print(f"fresh drawings: {measure(flow, fresh):.3f} bits a pixel of 16 greys; by histograms {by_histograms:.3f}")
    file = options.out / "decoder.onnx"
    export(Print(flow), file, {"latent": torch.randn(2, LATENT), "digit": torch.tensor([3, 8])}, ["image"])
    store_int8(file)
    print(f"{file.stat().st_size / 1e6:.2f} MB with weights of eight bits")


if __name__ == "__main__":
    main()
