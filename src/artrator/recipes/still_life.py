"""Render a photograph-like still life, so that picture-to-picture models have an example that belongs to nobody.

python -m artrator.recipes.still_life --out FILE.jpg
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float64]

_LIGHT = np.array([-0.55, 0.72, -0.42])  # towards the window
_EYE = np.array([0.0, 1.25, -4.2])
_HAZE = np.array([0.80, 0.82, 0.84])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball:
    """A ball on the table; colour is linear RGB, gloss 0..1."""

    centre: tuple[float, float, float]
    radius: float
    colour: tuple[float, float, float]
    gloss: float


_BALLS = (
    Ball(centre=(-0.75, 0.62, 0.35), radius=0.62, colour=(0.72, 0.24, 0.05), gloss=0.25),
    Ball(centre=(0.42, 0.48, -0.1), radius=0.48, colour=(0.50, 0.03, 0.03), gloss=0.7),
    Ball(centre=(1.25, 0.58, 0.75), radius=0.58, colour=(0.22, 0.34, 0.05), gloss=0.35),
    Ball(centre=(-0.12, 0.22, -0.85), radius=0.22, colour=(0.72, 0.55, 0.08), gloss=0.3),
    Ball(centre=(0.95, 0.17, -0.75), radius=0.17, colour=(0.08, 0.06, 0.22), gloss=0.8),
)


def render(width_px: int, height_px: int, seed: int = 0) -> NDArray[np.uint8]:
    """Cast a ray a pixel, twice as fine and reduced; gives (height_px, width_px, 3) uint8 with a camera's noise."""
    rays = _rays(2 * width_px, 2 * height_px)
    light = _LIGHT / np.linalg.norm(_LIGHT)
    picture, nearest = _backdrop(rays, light)
    for ball in _BALLS:
        reach = _hit(np.broadcast_to(_EYE, rays.shape), rays, ball)
        seen = reach < nearest
        nearest = np.where(seen, reach, nearest)
        picture[seen] = _shade(ball, rays[seen], reach[seen], light)
    picture = picture.reshape(height_px, 2, width_px, 2, 3).mean((1, 3)) ** (1 / 2.2)
    picture += np.random.default_rng(seed).normal(0, 0.008, picture.shape)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _rays(width: int, height: int) -> Array:
    across = (np.arange(width) + 0.5 - width / 2) / height
    down = (np.arange(height) + 0.5 - height / 2) / height
    x, y = np.meshgrid(across, down)
    rays = np.stack([x, -y - 0.2, np.full_like(x, 1.35)], -1)
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def _backdrop(rays: Array, light: Array) -> tuple[Array, Array]:
    """Paint the wall and the table with its shadows; gives the picture and how far the table is."""
    wall = _HAZE * (0.50 + 0.35 * rays[..., :1] * -1 + 0.25 * rays[..., 1:2])
    reach = np.where(rays[..., 1] < -1e-4, -_EYE[1] / np.minimum(rays[..., 1], -1e-4), np.inf)
    on_table = (reach < 7.5)[..., None]
    spot = _EYE + np.where(on_table, reach[..., None] * rays, 0.0)
    boards = 0.5 + 0.5 * np.sin(9 * spot[..., :1] + 0.5 * np.sin(2.3 * spot[..., 2:] + spot[..., :1]))
    wood = np.array([0.34, 0.20, 0.10]) * (0.75 + 0.25 * boards)
    lit = _lit(spot, light)[..., None]
    picture = np.where(on_table, wood * (0.25 + 0.95 * light[1] * lit), np.clip(wall, 0.02, 1))
    return picture, reach


def _shade(ball: Ball, rays: Array, reach: Array, light: Array) -> Array:
    spot = _EYE + reach[:, None] * rays
    normal = (spot - np.array(ball.centre)) / ball.radius
    facing = np.clip(normal @ light, 0, 1) * _lit(spot + 0.01 * normal, light)
    mirrored = rays - 2 * (rays * normal).sum(1, keepdims=True) * normal
    shine = ball.gloss * np.clip(mirrored @ light, 0, 1) ** 40 * (facing > 0)
    sky = 0.16 + 0.14 * normal[:, 1]
    return np.array(ball.colour) * (sky + 1.05 * facing)[:, None] + 0.9 * shine[:, None]


def _lit(spots: Array, light: Array) -> Array:
    """Say how much of the window each spot sees, 0..1: a few rays towards it, each a little aside."""
    open_ = np.zeros(spots.shape[:-1])
    asides = [(dx, dz) for dx in (-0.12, 0.0, 0.12) for dz in (-0.12, 0.0, 0.12)]
    for dx, dz in asides:
        towards = light + np.array([dx, 0.0, dz])
        towards = np.broadcast_to(towards / np.linalg.norm(towards), spots.shape)
        blocked = np.zeros(spots.shape[:-1], bool)
        for ball in _BALLS:
            blocked |= np.isfinite(_hit(spots, towards, ball))
        open_ += ~blocked
    return open_ / len(asides)


def _hit(starts: Array, rays: Array, ball: Ball) -> Array:
    """Measure along each ray to the ball; infinite where it misses."""
    to_start = starts - np.array(ball.centre)
    half = (to_start * rays).sum(-1)
    room = half**2 - (to_start**2).sum(-1) + ball.radius**2
    reach = -half - np.sqrt(np.maximum(room, 0))
    return np.where((room > 0) & (reach > 1e-3), reach, np.inf)


def main(arguments: list[str] | None = None) -> None:
    """Write the still life as a JPEG of 480 x 360 px."""
    parser = argparse.ArgumentParser(prog="python -m artrator.recipes.still_life")
    parser.add_argument("--out", type=Path, required=True)
    Image.fromarray(render(480, 360)).save(parser.parse_args(arguments).out, quality=85)


if __name__ == "__main__":
    main()
