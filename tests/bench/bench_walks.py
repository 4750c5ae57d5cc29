"""What sharing and even steps gain and cost in walks of the shipped starters: `python -m tests.bench walks`.

By the real fleet, with the server's rules. Calls, evenness and PSNR are the same on every machine; times are medians of rounds
in turns, as ratios, and want idle cores.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.engine.fleet import Priority
from artrator.engine.settings import cores
from artrator.identity.user import User
from artrator.walks.schemas import NewWalk
from artrator.walks.settings import WalkSettings
from artrator.walks.sharing import DEFAULT_DIAL
from artrator.walks.spacing import COARSE, SpacingKind
from artrator.walks.walk import WalkStatus
from tests.bench.walk_runs import FAST, MUSEUM, Film, Inputs, Shape, WalkEngine, copied, starter, walk_engine
from tests.engine.simulation import percentile
from tests.platforms import Plan, Platform, open_platform

PAIRS = (
    ("a warm colour field", "cool op-art waves"),
    ("pastel tiles", "neon night targets"),
    ("a warm abstract landscape of hills", "ocean waves"),
)
DIALS = (0.25, 0.5, 0.75, 1.0)
STEPS, FEW, FEWEST = 8, 4, 2
MANY_FRAMES, SOME_FRAMES = 120, 60
CALLS_A_STEP = {MUSEUM: 2, FAST: 1}
"""The small museum is guided: each step asks the UNet with the prompt and without it."""
SAME_DB = 99.0
"""Of two pictures that do not differ."""
INTERACTIVE_RUNS = 30
TURNS = 20
"""For what a step costs: the least of them, since other programs only ever add to it."""
PAUSE_S = 0.05


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sharing", type=float, default=DEFAULT_DIAL, help="the dial, 0 to 1")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        home = Path(folder)
        async with walk_engine(home, threads=cores()) as engine:
            await warm(engine)
            print(f"walks of {MANY_FRAMES} frames, {STEPS} steps, sharing {arguments.sharing}, of {MUSEUM}")
            for pair in PAIRS:
                await beside_naive(engine, walk(pair, sharing=arguments.sharing))
            print(f"\nthe dial, of the last of them{'UNet calls':>22}{'PSNR, dB':>12}{'worst tenth':>13}")
            for dial in DIALS:
                await by_dial(engine, walk(PAIRS[-1], sharing=dial))
            print(f"\n{'times, medians of rounds':62}{'ratio':>8}  limit")
            await few_steps(engine, walk(PAIRS[0], sharing=arguments.sharing), arguments.rounds)
            await beside_a_person(engine, walk(PAIRS[0], sharing=arguments.sharing))
        async with walk_engine(home, threads=1) as one, walk_engine(home, workers=2, threads=1) as two:
            await by_two_workers(one, two, walk(PAIRS[0], sharing=arguments.sharing), arguments.rounds)
        await coarse_film(home, arguments.sharing, arguments.rounds)


def walk(pair: tuple[str, str], *, sharing: float) -> Shape:
    """Give a walk between two prompts with one seed."""
    keyframes = [{"prompt": prompt} for prompt in pair]
    return Shape(keyframes=keyframes, shared={"steps": STEPS, "seed": 3}, frames=MANY_FRAMES, sharing=sharing)


def short(shape: Shape, steps: int) -> Shape:
    """Give it with fewer frames, of so many steps."""
    return replace(shape, frames=SOME_FRAMES, shared={**shape.shared, "steps": steps})


async def warm(engine: WalkEngine) -> None:
    """Load what is measured."""
    for model in (MUSEUM, FAST):
        await engine.walk(model, replace(walk(PAIRS[0], sharing=1.0), frames=12))


async def beside_naive(engine: WalkEngine, shape: Shape) -> None:
    """Compare a walk with the naive one, and its frames with those that nothing was shared for."""
    naive = await engine.walk(MUSEUM, replace(shape, sharing=0.0, spacing=SpacingKind.UNIFORM))
    film, alike = await likeness(engine, shape)
    print(f"  {' -> '.join(str(each['prompt']) for each in shape.keyframes)}")
    print_figure("UNet calls / the naive walk's", film.evaluations / naive.evaluations, "<= 0.50")
    print_figure("evenness (CV of neighbours' distances)", evenness(film), f"<= 0.15  (naive {evenness(naive):.3f})")
    tenth = f">= 30    (worst tenth {percentile(alike, 0.1):.1f})"
    print_figure("PSNR to frames rendered alone, median dB", statistics.median(alike), tenth)


async def by_dial(engine: WalkEngine, shape: Shape) -> None:
    """Tell what the dial saves and costs."""
    film, alike = await likeness(engine, shape)
    share = film.evaluations / (MANY_FRAMES * STEPS)
    print(
        f"    {shape.sharing:<24.2f}{share:>22.3f}{statistics.median(alike):>12.1f}{percentile(alike, 0.1):>13.1f}",
        flush=True,
    )


async def likeness(engine: WalkEngine, shape: Shape) -> tuple[Film, list[float]]:
    """Render a walk, and tell how alike each frame is to the one at its place that nothing was shared for, in dB."""
    film = await engine.walk(MUSEUM, shape)
    same = await engine.alone(MUSEUM, shape, [frame.place for frame in film.ordered])
    return film, [psnr_db(one.pixels, other.pixels) for one, other in zip(film.ordered, same, strict=True)]


async def coarse_film(folder: Path, sharing: float, rounds: int) -> None:
    """Tell how soon a walk of the whole platform has something to look at: database, disk and all."""
    await asyncio.to_thread(folder.chmod, 0o711)  # PostgreSQL runs as somebody else where this is root
    home, server = folder / "platform", EmbeddedPostgres(folder=folder / "postgres")
    with server.running():
        await asyncio.to_thread(migrate, server.dsn())
        async with open_platform(Plan(dsn=server.dsn(), home=home, walks=WalkSettings())) as platform:
            creator = await platform.make_user("atelier")
            await platform.publish(creator, copied(starter(MUSEUM), home))
            asked: dict[str, object] = {"model": f"atelier/{MUSEUM}", "frames": MANY_FRAMES, "sharing": sharing}
            asked |= {"keyframes": [{"prompt": prompt} for prompt in PAIRS[0]], "input": {"steps": STEPS, "seed": 3}}
            ratios = [await coarse_part(platform, creator, asked) for _ in range(rounds + 1)]
    what = f"first {COARSE} frames / all {MANY_FRAMES}, on the whole platform"
    print_figure(what, statistics.median(ratios[1:]), f"<= 0.10  (cold {ratios[0]:.3f})")


async def coarse_part(platform: Platform, user: User, asked: Mapping[str, object]) -> float:
    """Make a walk; tell after which part of its time it had a coarse film."""
    walks = platform.walks
    made = await walks.creation.create(user, NewWalk.model_validate(asked).wanted(), None)
    while True:
        await asyncio.sleep(0.1)
        ended = await walks.reader.find(made.id)
        if ended.status.final:
            break
    assert ended.status is WalkStatus.SUCCEEDED, ended.error
    assert ended.completed_at is not None
    first = next(frame for frame in await walks.reader.frames(ended) if frame.sequence == COARSE)
    return (first.created_at - ended.created_at) / (ended.completed_at - ended.created_at)


async def few_steps(engine: WalkEngine, shape: Shape, rounds: int) -> None:
    """Compare the few-step model's film with the other's."""
    for name, dial in (("shared", shape.sharing), ("alone", 0.0)):
        films: dict[str, Film] = {}
        times_s: dict[str, list[float]] = {MUSEUM: [], FAST: []}
        for _ in range(rounds):
            for model, steps in ((MUSEUM, STEPS), (FAST, FEW)):
                films[model] = await engine.walk(model, replace(short(shape, steps), sharing=dial))
                times_s[model].append(films[model].whole_s)
        few_s, many_s = statistics.median(times_s[FAST]), statistics.median(times_s[MUSEUM])
        what = f"{SOME_FRAMES} frames of {FEW} steps / of {STEPS}, {name}"
        print_ratio(
            what, few_s, many_s, f"<= 0.25  evenness {evenness(films[FAST]):.3f} / {evenness(films[MUSEUM]):.3f}"
        )
        few, many = (films[model].evaluations * CALLS_A_STEP[model] for model in (FAST, MUSEUM))
        print_figure("  their UNet calls", few / many, f"         ({few} / {many})")


async def beside_a_person(engine: WalkEngine, shape: Shape) -> None:
    """Tell for how many steps of a walk somebody's run waits."""
    took_s = dict.fromkeys((STEPS, FEWEST), math.inf)
    for _ in range(TURNS):
        for steps, least in took_s.items():
            began_s = time.perf_counter()
            await engine.alone(MUSEUM, short(shape, steps), [0.5])
            took_s[steps] = min(least, time.perf_counter() - began_s)
    most_s, least_s = took_s.values()
    step_s = (most_s - least_s) / (STEPS - FEWEST)
    rest = least_s / step_s - FEWEST
    print_figure(
        f"a frame besides its steps (of {step_s * 1e3:.1f} ms), in steps",
        rest,
        "         decoder, texts, PNG, features",
    )
    alone_s = [await first_step_s(engine) for _ in range(INTERACTIVE_RUNS)]
    walking = asyncio.create_task(walk_on(engine, shape))
    await asyncio.sleep(1.0)
    beside_s: list[float] = []
    for _ in range(INTERACTIVE_RUNS):
        beside_s.append(await first_step_s(engine))
        await asyncio.sleep(PAUSE_S)
    walking.cancel()
    with suppress(asyncio.CancelledError):
        await walking
    base_s = statistics.median(alone_s)
    waits = [max(0.0, each - base_s) / step_s for each in beside_s]
    what = "a person's first step waits, in steps of a walk, median"
    print_figure(what, statistics.median(waits), f"<= 1     (slowest tenth {percentile(waits, 0.9):.1f})")


async def by_two_workers(one: WalkEngine, two: WalkEngine, shape: Shape, rounds: int) -> None:
    """Compare workers of one thread each, in turns."""
    times_s: dict[WalkEngine, list[float]] = {one: [], two: []}
    for engine, measured in times_s.items():
        await warm(engine)
        del measured[:]
    for _ in range(rounds):
        for engine, measured in times_s.items():
            measured.append((await engine.walk(MUSEUM, shape)).whole_s)
    what = "one worker's time / two workers'"
    print_ratio(what, statistics.median(times_s[one]), statistics.median(times_s[two]), ">= 1.8")


async def walk_on(engine: WalkEngine, shape: Shape) -> None:
    """Keep walking until cancelled."""
    while True:
        await engine.walk(MUSEUM, shape)


async def first_step_s(engine: WalkEngine) -> float:
    """Paint a picture for a person; give how long its first step took to come."""
    inputs: Inputs = {"prompt": "ocean waves", "steps": FEW, "guidance": 1.0, "seed": 1}
    return (await engine.run(MUSEUM, inputs, priority=Priority.INTERACTIVE)).first_step_s


def psnr_db(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Tell how alike two pictures are."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return SAME_DB if error == 0 else min(SAME_DB, 10 * float(np.log10(255**2 / error)))


def evenness(film: Film) -> float:
    """Give the coefficient of variation of its neighbours' distances."""
    assert film.evenness is not None, "all frames were looked at"
    return film.evenness


def print_figure(what: str, figure: float, limit: str) -> None:
    """Print a row."""
    print(f"    {what:58}{figure:>8.3f}  {limit}", flush=True)


def print_ratio(what: str, one_s: float, other_s: float, limit: str) -> None:
    """Print how much longer one takes than another."""
    print_figure(what, one_s / other_s, f"{limit}  ({one_s:.2f} s / {other_s:.2f} s)")


if __name__ == "__main__":
    asyncio.run(main())
