"""Print how well the small museum obeys, and how long it takes, as its model card says.

    python -m artrator.recipes.small_museum_figures FOLDER [--pictures 500] [--sheet FILE]

Every style and palette is asked for equally often, in all the wordings of the prompts, with seeds of their own; the
style-reader, which was trained apart from it, says what it sees. FOLDER is the bundle; no torch is needed.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from artrator.recipes.art import PALETTES, STYLES, paint
from artrator.recipes.museum.prompts import write_prompt
from artrator.recipes.starter_runs import StarterRuns, pixels

FRESH_SEED = 3_000_000_000  # captions of paintings from here on were never trained on
COLUMNS = 13
Pair = tuple[str, str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Paint, read and print."""
    parser = argparse.ArgumentParser(prog="python -m artrator.recipes.small_museum_figures", description=__doc__)
    parser.add_argument("folder", type=Path, help="a bundle as the recipe leaves it, or a starter's")
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--sheet", type=Path, help="a PNG of the first pictures, thirteen in a row")
    told = parser.parse_args(arguments)
    chosen = {key: value for key in ("guidance", "steps") if (value := getattr(told, key)) is not None}
    folder: Path = told.folder.resolve()
    with StarterRuns(told.threads, beside=[folder]) as starters:
        pairs = [pair_of(i) for i in range(told.pictures)]
        asked = [{"prompt": prompt_of(i), "seed": FRESH_SEED + i, **chosen} for i in range(told.pictures)]
        starters.paint(folder.name, asked[:1])
        alone_s = _time_alone(starters, folder.name, asked[: min(8, len(asked))])
        began_s, used_s = time.monotonic(), time.process_time()
        pictures = starters.paint(folder.name, asked)
        took_s, used_s = time.monotonic() - began_s, time.process_time() - used_s
        _print_obedience(pairs, starters.read(pictures))
    print(f"{took_s / len(asked):.2f} s a picture, many at once ({used_s / len(asked):.2f} s of processor time)")
    print(f"{alone_s:.2f} s a picture, one at a time, median of {min(8, len(asked))}")
    if told.sheet is not None:
        _write_sheet([pixels(picture) for picture in pictures[: 6 * COLUMNS]], told.sheet)


def pair_of(index: int) -> Pair:
    """Choose the style and the palette of a picture: after 143 pictures, every pair was there."""
    styles, palettes = list(STYLES), list(PALETTES)
    return styles[index % len(styles)], palettes[(index + index // (len(styles) * len(palettes))) % len(palettes)]


def prompt_of(index: int) -> str:
    """Word the prompt of a picture as a fresh painting's caption, or in few words."""
    style, palette = pair_of(index)
    composition = paint(FRESH_SEED + index, 16, style=style, palette=palette).caption.composition
    return write_prompt(style, palette, composition, np.random.default_rng([FRESH_SEED, index]))


def _time_alone(starters: StarterRuns, name: str, asked: Sequence[dict[str, object]]) -> float:
    times_s: list[float] = []
    for each in asked:
        began_s = time.monotonic()
        starters.paint(name, [each])
        times_s.append(time.monotonic() - began_s)
    return float(np.median(times_s))


def _print_obedience(asked: Sequence[Pair], read: Sequence[Pair]) -> None:
    for which, names in ((0, STYLES), (1, PALETTES)):
        right = {
            name: [r[which] == name for a, r in zip(asked, read, strict=True) if a[which] == name] for name in names
        }
        share = np.mean([each for one in right.values() for each in one])
        worst = sorted((float(np.mean(each)), name) for name, each in right.items() if each)[:4]
        told = ", ".join(f"{name} {of:.0%}" for of, name in worst)
        print(f"{('style', 'palette')[which]} as asked: {share:.1%} of {len(asked)} (least: {told})")


def _write_sheet(pictures: Sequence[np.ndarray], file: Path) -> None:
    rows = [np.concatenate(pictures[i : i + COLUMNS], 1) for i in range(0, len(pictures) - COLUMNS + 1, COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(file)


if __name__ == "__main__":
    main()
