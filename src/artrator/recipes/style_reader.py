"""Train a small classifier that names the style and the palette of a picture, even of one held before a webcam.

    python -m artrator.recipes.style_reader --out FOLDER

A plain convolutional network with two heads. It learns from the paintings as a camera would see them: turned, cropped,
on some background, in other light, blurred and noisy.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.art import PALETTES, STYLES
from artrator.recipes.harness import (
    Options,
    Paintings,
    descend,
    export,
    follow,
    half_precision,
    load_paintings,
    read_options,
    train,
)

SIZE_PX = 96
WIDTHS = (24, 40, 72, 112, 144)
BATCH = 48
LEARNING_RATE = 3e-3
KEEP = 0.997
FRESH_SEED = 900_000_000  # pictures from here on are never trained on
FRESH = 1_430


class Reader(nn.Module):
    """image (N, 3, SIZE_PX, SIZE_PX) in 0..1 -> style (N, S), palette (N, P), logits."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(12, WIDTHS[0], 3, padding=1)
        self.downs = nn.ModuleList(nn.Conv2d(i, o, 3, stride=2, padding=1) for i, o in pairwise(WIDTHS))
        self.same = nn.ModuleList(nn.Conv2d(o, o, 3, padding=1, groups=8) for o in WIDTHS[1:])
        self.norms = nn.ModuleList(nn.GroupNorm(8, o) for o in WIDTHS[1:])
        self.style = nn.Linear(WIDTHS[-1] * 2, len(STYLES))
        self.palette = nn.Sequential(nn.Linear(WIDTHS[-1] * 2 + 9, 64), nn.ReLU(), nn.Linear(64, len(PALETTES)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        image = image * 2 - 1
        x = fn.relu(self.first(fn.pixel_unshuffle(image, 2)))
        for down, same, norm in zip(self.downs, self.same, self.norms, strict=True):
            x = fn.relu(norm(down(x)))
            x = x + fn.relu(same(x))
        seen = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        small = fn.avg_pool2d(image, 4)
        colour = torch.cat([small.mean((2, 3)), small.amax((2, 3)), small.amin((2, 3))], 1)
        return self.style(seen), self.palette(torch.cat([seen, colour], 1))


def as_seen(images: Tensor) -> Tensor:
    """See pictures as a camera would; images (N, 3, H, W) in 0..1, every fourth stays as it is."""
    n = images.shape[0]
    seen = _held(images)
    # light: strength, colour cast, contrast, shade from one side
    seen = seen * torch.empty(n, 1, 1, 1).uniform_(0.75, 1.2) * (1 + 0.05 * torch.randn(n, 3, 1, 1))
    seen = (seen - 0.5) * torch.empty(n, 1, 1, 1).uniform_(0.75, 1.15) + 0.5
    ramp = torch.linspace(-1, 1, SIZE_PX)
    shade = 0.12 * (torch.randn(n, 1, 1, 1) * ramp[None, None, None, :] + torch.randn(n, 1, 1, 1) * ramp[:, None])
    seen = seen * (1 + shade)
    soft = fn.avg_pool2d(fn.pad(seen, (1, 1, 1, 1), mode="replicate"), 3, 1)
    seen = torch.lerp(seen, soft, torch.rand(n, 1, 1, 1) * (torch.rand(n, 1, 1, 1) < 0.6))
    seen = (seen + torch.rand(n, 1, 1, 1) * 0.06 * torch.randn_like(seen)).clamp(0, 1)
    return torch.where(torch.rand(n, 1, 1, 1) < 0.25, images, seen)


def _held(images: Tensor) -> Tensor:
    """Turn, move, crop or shrink the pictures over a plain background of any colour."""
    n = images.shape[0]
    turn, size = 0.12 * torch.randn(n), torch.empty(n).uniform_(0.75, 1.3)
    cos, sin = torch.cos(turn) * size, torch.sin(turn) * size
    move = 0.12 * torch.randn(n, 2)
    matrix = torch.stack([torch.stack([cos, -sin, move[:, 0]], 1), torch.stack([sin, cos, move[:, 1]], 1)], 1)
    matrix = matrix + torch.cat([0.04 * torch.randn(n, 2, 2), torch.zeros(n, 2, 1)], 2)
    places = fn.affine_grid(matrix, list(images.shape), align_corners=False)
    seen = fn.grid_sample(images, places, padding_mode="border", align_corners=False)
    inside = (places.abs().amax(3) <= 1).float()[:, None]
    behind = torch.where(torch.rand(n, 1, 1, 1) < 0.5, torch.rand(n, 3, 1, 1), torch.rand(n, 1, 1, 1))
    return torch.where(torch.rand(n, 1, 1, 1) < 0.4, seen, inside * seen + (1 - inside) * behind)


def fit(options: Options) -> Reader:
    """Train the reader; gives the averaged one."""
    batches = load_paintings(options.work, options.paintings, SIZE_PX).batches(
        BATCH, np.random.default_rng(options.seed)
    )
    reader, average = Reader(), Reader()
    average.load_state_dict(reader.state_dict())
    adam = torch.optim.AdamW(reader.parameters(), LEARNING_RATE, weight_decay=1e-3)

    def step(i: int) -> dict[str, float]:
        for group in adam.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (i + 1) / 100, (options.steps - i) / (0.6 * options.steps))
        images, styles, palettes = next(batches)
        with half_precision():
            style, palette = reader(as_seen(images / 2 + 0.5))
            loss = fn.cross_entropy(style.float(), styles) + fn.cross_entropy(palette.float(), palettes)
        descend(adam, loss)
        follow(average, reader, min(KEEP, (i + 1) / (i + 10)))
        right = [
            (got.argmax(1) == wanted).float().mean().item() for got, wanted in ((style, styles), (palette, palettes))
        ]
        return {"loss": loss.item(), "style": right[0], "palette": right[1]}

    train(options, "style-reader", {"reader": reader, "average": average, "adam": adam}, step)
    return average


@torch.no_grad()
def measure(reader: Reader, paintings: Paintings, *, held: bool) -> tuple[float, float]:
    """Give the shares of styles and of palettes read rightly, of the pictures as they are or as a camera sees them."""
    reader.eval()
    images = torch.from_numpy(np.array(paintings.images)).permute(0, 3, 1, 2).float() / 255
    style, palette = reader(as_seen(images) if held else images)
    right = [
        got.argmax(1).numpy() == wanted for got, wanted in ((style, paintings.styles), (palette, paintings.palettes))
    ]
    return float(right[0].mean()), float(right[1].mean())


def main(arguments: list[str] | None = None) -> None:
    """Train, measure on fresh pictures and write `reader.onnx`."""
    options = read_options("style_reader", steps=3_000, paintings=28_600, arguments=arguments)
    reader = fit(options)
    fresh = load_paintings(options.work, 24 if options.quick else FRESH, SIZE_PX, first_seed=FRESH_SEED)
    for held in (False, True):
        style, palette = measure(reader, fresh, held=held)
        print(f"{'as a camera sees them' if held else 'fresh pictures'}: style {style:.1%}, palette {palette:.1%}")
    export(reader, options.out / "reader.onnx", {"image": torch.rand(2, 3, SIZE_PX, SIZE_PX)}, ["style", "palette"])


if __name__ == "__main__":
    main()
