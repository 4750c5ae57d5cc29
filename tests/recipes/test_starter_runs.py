"""The engine in this process, as the figures of the starters use it."""

import numpy as np

from artrator.engine.settings import EngineSettings
from artrator.recipes.starter_runs import StarterRuns, pixels


def test_more_pictures_than_the_engine_lets_wait_come_all_and_in_their_order() -> None:
    asked = [{"seed": i, "digit": str(i % 10)} for i in range(EngineSettings().max_waiting + 8)]
    with StarterRuns(threads=1) as starters:
        painted = starters.paint("digits-flow", asked)
        (alone,) = starters.paint("digits-flow", asked[-1:])
    assert len(set(painted)) == len(asked)
    assert np.abs(pixels(alone).astype(int) - pixels(painted[-1])).max() <= 1
