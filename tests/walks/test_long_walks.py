"""A walk of a thousand frames, and its film, take no more memory than one of a hundred."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.walks.conftest import Scene

from artrator.walks.film import FilmFormat, FilmStatus
from artrator.walks.walk import WalkStatus

MIB = 1 << 20
FRAMES, EARLY = 1000, 250
ALLOWED_MIB = 48
"""Growth over three quarters of the walk: a frame that stayed in memory as a picture would be 0.3 MiB, those of them together 220."""


def resident_mib() -> float:
    """What this process holds, in MiB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


@pytest.mark.slow
@pytest.mark.timeout(1500)
async def test_a_thousand_frames_and_their_film_take_flat_memory(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.fleet.side_px = 320
    await scene.fleet.let(EARLY)
    walk = await scene.walk(frames=FRAMES, user=scene.creator)
    await scene.rendered(walk, EARLY)
    early = resident_mib()
    await scene.fleet.let(None)
    ended = await scene.until(walk, lambda row: row.status.final, within_s=1200)
    late = resident_mib()
    assert (ended.status, ended.rendered) == (WalkStatus.SUCCEEDED, FRAMES), ended.error
    films = scene.platform.walks.films
    short = await scene.platform.walks.films.make(replace(ended, rendered=FRAMES), FilmFormat.ZIP, None)
    await scene.film(short)
    before = resident_mib()
    written = [await scene.film(await films.make(ended, form, 24)) for form in (FilmFormat.WEBM, FilmFormat.GIF)]
    after = resident_mib()
    assert [film.status for film in written] == [FilmStatus.READY] * 2
    with capsys.disabled():
        print(
            f"\n{FRAMES} frames of {scene.fleet.side_px} px: {early:.0f} MiB after {EARLY}, {late:.0f} MiB at the end;"
            f" {before:.0f} MiB before the films, {after:.0f} MiB after"
        )
    assert late - early < ALLOWED_MIB
    assert after - before < 160  # the codecs themselves, once
