"""Let each starter paint, by the engine in this process, and measure what comes and how long it takes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artrator.recipes.starter_runs import StarterRuns, pixels
from artrator.recipes.trilemma.contenders import Contender
from artrator.recipes.trilemma.features import Eye
from artrator.recipes.trilemma.measures import Likeness, compare

ALONE = 9  # pictures, one at a time
TWO_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one starter was measured to do.

    likeness: of its pictures to drawings that it never saw; limit: of further such drawings to them, which no model can
    be expected to pass. pictures_per_s: of one thread, by the processor's time, many asked for at once. alone_s: the
    shortest time of ALONE pictures, when nothing else is asked for and each may use two threads: whatever else the
    machine does only adds to it.
    """

    contender: Contender
    likeness: Likeness
    limit: Likeness
    pictures_per_s: float
    alone_s: float

    @property
    def pixels_per_s(self) -> float:
        """Pixels of the pictures that it gives, in the processor's time."""
        return self.pictures_per_s * self.contender.printed_px**2


def run_round(contender: Contender, eye: Eye, pictures: int, beside: Sequence[Path] = ()) -> Round:
    """Measure one starter on as many pictures, and as many drawings, twice."""
    asked = [contender.ask(i) for i in range(pictures)]
    with StarterRuns(threads=1, beside=beside) as starters:
        starters.paint(contender.name, asked[:1])
        began_s = time.process_time()
        painted = starters.paint(contender.name, asked)
        took_s = time.process_time() - began_s
    with StarterRuns(threads=1, beside=beside, threads_per_call=TWO_THREADS) as starters:
        alone_s = [_time(starters, contender, index) for index in range(ALONE + 1)][1:]
    drawings, others = (
        eye.look(contender.draw(i, contender.printed_px) for i in range(first, first + pictures))
        for first in (0, pictures)
    )
    return Round(
        contender=contender,
        likeness=compare(eye.look(pixels(picture) for picture in painted), drawings),
        limit=compare(others, drawings),
        pictures_per_s=pictures / took_s,
        alone_s=min(alone_s),
    )


def _time(starters: StarterRuns, contender: Contender, index: int) -> float:
    began_s = time.perf_counter()
    starters.paint(contender.name, [contender.ask(index)])
    return time.perf_counter() - began_s
