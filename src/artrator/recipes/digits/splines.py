"""Monotone curves with an exact inverse, by which a coupling bends each number."""

import math

import torch
from torch import Tensor
from torch.nn import functional as fn

PIECES = 6
NUMBERS = 3 * PIECES - 1  # that describe one curve
REACH = 4.0  # beyond, a number stays as it is
_LEAST = 1e-3
_STRAIGHT = math.log(math.e - 1)  # softplus of it is 1


def bend(x: Tensor, numbers: Tensor, *, back: bool = False) -> tuple[Tensor, Tensor]:
    """Bend each number of x (...) along its own curve (..., NUMBERS); gives them and the logarithms of the slopes.

    Source: Durkan et al. 2019, Neural Spline Flows: rational quadratic pieces.
    """
    widths, heights, slopes = numbers.split([PIECES, PIECES, PIECES - 1], -1)
    xs, ys = _knots(widths), _knots(heights)
    slopes = fn.pad(fn.softplus(slopes + _STRAIGHT) + _LEAST, (1, 1), value=1.0)
    inside = x.abs() < REACH
    held = torch.where(inside, x, torch.zeros_like(x))
    edges = (ys if back else xs)[..., 1:-1]
    # which piece, as ones and zeros: the graph that is exported knows no search
    passed = fn.pad((held[..., None] >= edges).to(x.dtype), (1, 1))
    passed = torch.cat([torch.ones_like(passed[..., :1]), passed[..., 1:]], -1)
    chosen = passed[..., :-1] - passed[..., 1:]
    x0, x1, y0, y1, s0, s1 = (
        (each * chosen).sum(-1)
        for each in (xs[..., :-1], xs[..., 1:], ys[..., :-1], ys[..., 1:], slopes[..., :-1], slopes[..., 1:])
    )
    width, height = x1 - x0, y1 - y0
    mean = height / width
    curved = s0 + s1 - 2 * mean
    if back:
        risen = held - y0
        a, b, c = height * (mean - s0) + risen * curved, height * s0 - risen * curved, -mean * risen
        t = 2 * c / (-b - (b * b - 4 * a * c).clamp(min=0).sqrt())
        bent = x0 + t * width
    else:
        t = (held - x0) / width
        bent = y0 + height * (mean * t * t + s0 * t * (1 - t)) / (mean + curved * t * (1 - t))
    between = t * (1 - t)
    slope = mean * mean * (s1 * t * t + 2 * mean * between + s0 * (1 - t) ** 2) / (mean + curved * between) ** 2
    logarithm = -slope.log() if back else slope.log()
    return torch.where(inside, bent, x), torch.where(inside, logarithm, torch.zeros_like(x))


def _knots(shares: Tensor) -> Tensor:
    """Place PIECES + 1 knots from -REACH to REACH, no two closer than a thousandth of the whole."""
    shares = torch.softmax(shares, -1) * (1 - _LEAST * PIECES) + _LEAST
    inner = torch.cumsum(shares, -1)[..., :-1] * (2 * REACH) - REACH
    return fn.pad(fn.pad(inner, (1, 0), value=-REACH), (0, 1), value=REACH)
