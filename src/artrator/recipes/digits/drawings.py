"""The drawings that the flow learns from, in sixteen greys, kept once they are drawn."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artrator.recipes.digits.drawing import DIGITS, draw_digits
from artrator.recipes.whole_files import keep_file

GREYS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """greys: (N, SIDE_PX, SIDE_PX) uint8 below GREYS, 0 is paper; digits: (N,) int64."""

    greys: NDArray[np.uint8]
    digits: NDArray[np.int64]


def load_drawings(work: Path, count: int, *, first_seed: int) -> Drawings:
    """Draw `count` digits, the ten equally often, or read them back from `work`. first_seed: a multiple of ten."""
    file = work / f"drawings-{first_seed}-{count}.npy"
    if not file.exists():
        print(f"drawing {count} digits", flush=True)
        pieces = [draw_digits(seeds)[0] for seeds in _in_pieces(range(first_seed, first_seed + count))]
        keep_file(file, partial(np.save, arr=np.concatenate([_in_greys(piece) for piece in pieces])))
    return Drawings(greys=np.load(file), digits=np.arange(count, dtype=np.int64) % len(DIGITS))


def bits_of_histograms(drawings: Drawings, fresh: Drawings) -> float:
    """Give the bits a pixel that fresh drawings cost by a histogram of each pixel, digit by digit: what a flow must beat."""
    bits: list[float] = []
    for digit in range(len(DIGITS)):
        learned, asked = (each.greys[each.digits == digit] for each in (drawings, fresh))
        counts = np.stack([(learned == grey).sum(0) for grey in range(GREYS)]) + 0.1
        shares = counts / counts.sum(0)
        bits.append(-np.log2(np.take_along_axis(shares, asked.astype(np.int64), 0)).mean())
    return float(np.mean(bits))


def _in_greys(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (ink * (GREYS - 1) + 0.5).astype(np.uint8)


def _in_pieces(seeds: range, size: int = 2_000) -> list[range]:
    return [seeds[i : i + size] for i in range(0, len(seeds), size)]
