"""How varied and how faithful samples are, beside the drawings that a model learned from, as points of a feature space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""(N, D): a row a picture."""

NEIGHBOURS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What samples look like among drawings.

    diversity: the mean distance between two samples, as a share of that between two drawings.
    coverage: the share of drawings that have a sample in their ball; of equals it is `expected_coverage`.
    density: how many drawings' balls a sample lies in, where 1 is as many as a drawing does; above 1 samples keep to
    the middle. precision: the share of samples that lie in any ball.

    The ball of a drawing reaches to its NEIGHBOURS-th nearest drawing.
    Source: Naeem et al. 2020, Reliable Fidelity and Diversity Metrics for Generative Models; precision: Kynkäänniemi et
    al. 2019.
    """

    diversity: float
    coverage: float
    density: float
    precision: float


def compare(samples: Points, drawings: Points) -> Likeness:
    """Measure samples against drawings, at least NEIGHBOURS + 1 of these. Raises: ValueError if there are too few."""
    if len(drawings) <= NEIGHBOURS or len(samples) < 2:
        raise ValueError(f"{len(samples)} samples and {len(drawings)} drawings are too few to be compared.")
    among = distances(drawings, drawings)
    radius = np.partition(among, NEIGHBOURS, axis=1)[:, NEIGHBOURS]  # the nearest is the drawing itself
    between = distances(samples, drawings)
    inside = between <= radius
    return Likeness(
        diversity=spread(samples) / (float(among.sum()) / (len(among) * (len(among) - 1))),
        coverage=float(inside.any(0).mean()),
        density=float(inside.sum(1).mean()) / NEIGHBOURS,
        precision=float(inside.any(1).mean()),
    )


def spread(points: Points) -> float:
    """Give the mean distance between two different points."""
    return float(distances(points, points).sum()) / (len(points) * (len(points) - 1))


def expected_coverage(samples: int, drawings: int) -> float:
    """Give the coverage of samples that come from the very distribution of the drawings.

    Source: Naeem et al. 2020, Lemma 2.
    """
    missed = 1.0
    for i in range(1, NEIGHBOURS + 1):
        missed *= (drawings - i) / (samples + drawings - i)
    return 1 - missed


def distances(one: Points, other: Points) -> NDArray[np.float64]:
    """Give the distance of every row of one to every row of the other, (N, M); exactly 0 of a row to itself."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    squared = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
    if one is other:
        np.fill_diagonal(squared, 0)
    return np.sqrt(np.maximum(squared, 0))
