"""The flow leads every picture to noise and back, and its likelihood is the one that calculus gives."""

import math
from collections.abc import Callable

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor

from artrator.recipes.digits.drawing import SIDE_PX
from artrator.recipes.digits.flow import (
    LATENT,
    PARTS,
    DigitsFlow,
    between_greys,
    bits_a_pixel,
    kinds_of,
    log_density,
)
from artrator.recipes.digits.overview import SIZE
from artrator.recipes.digits.wavelet import log_volume, merge, split


@pytest.fixture(scope="module")
def flow() -> DigitsFlow:
    """A flow of chance, in double precision."""
    torch.manual_seed(0)
    made = DigitsFlow()
    made.measure(torch.rand(200, 1, SIDE_PX, SIDE_PX))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return made.double().eval()


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    return torch.rand(3, 1, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


KINDS = kinds_of(torch.tensor([0, 7, 7])).double()


def through(flow: DigitsFlow, pictures: Tensor, kinds: Tensor) -> Tensor:
    return torch.cat([flow.through(name, pictures, kinds)[0].flatten(1) for name in PARTS], 1)


@torch.no_grad()
def test_a_picture_comes_back_from_its_latent(flow: DigitsFlow, pictures: Tensor) -> None:
    latents = through(flow, pictures, KINDS)
    assert latents.shape == (3, LATENT)
    assert (flow.draw(latents, KINDS) - pictures).abs().max() < 1e-5


@torch.no_grad()
def test_a_latent_comes_back_from_its_picture_and_the_digit_matters(flow: DigitsFlow) -> None:
    latents = 0.3 * torch.randn(3, LATENT, dtype=torch.float64)
    drawn = flow.draw(latents, KINDS)
    assert (through(flow, drawn, KINDS) - latents).abs().max() < 1e-3
    assert (flow.draw(latents, KINDS.roll(1, 0)) - drawn)[0].abs().max() > 1e-3


def log_volume_of(function: Callable[[Tensor], Tensor], at: Tensor) -> float:
    slope = torch.autograd.functional.jacobian(lambda flat: function(flat.view(at.shape)).flatten(), at.flatten())
    return float(torch.linalg.slogdet(slope).logabsdet)


def test_how_the_overview_changes_the_volume_is_what_calculus_says(flow: DigitsFlow) -> None:
    picture = torch.rand(1, SIZE, dtype=torch.float64)
    wanted = log_volume_of(lambda x: flow.overview(x, KINDS[:1])[0], picture)
    assert flow.overview(picture, KINDS[:1])[1].item() == pytest.approx(wanted, abs=1e-3)


def test_how_details_change_the_volume_is_what_calculus_says(flow: DigitsFlow) -> None:
    means, details = torch.rand(1, 1, 4, 4, dtype=torch.float64), torch.rand(1, 3, 4, 4, dtype=torch.float64)
    wanted = log_volume_of(lambda x: flow.fine(x, means, KINDS[:1])[0], details)
    assert flow.fine(details, means, KINDS[:1])[1].item() == pytest.approx(wanted, abs=1e-3)


@torch.no_grad()
def test_the_likelihoods_of_the_parts_multiply(flow: DigitsFlow, pictures: Tensor) -> None:
    latent = through(flow, pictures, KINDS)
    normal = -0.5 * (latent.square().sum(1) + LATENT * math.log(2 * math.pi))
    changes = sum(flow.through(name, pictures, KINDS)[1] for name in PARTS)
    volumes = (SIDE_PX**2 + (SIDE_PX // 2) ** 2) / 4 * math.log(1 / 16)
    assert torch.allclose(flow.log_likelihood(pictures, KINDS), normal + changes + volumes)


def test_a_wavelet_is_undone_and_its_volume_is_known() -> None:
    picture = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    means, details = split(picture)
    assert torch.allclose(merge(means, details), picture)
    assert float(means[0, 0, 0, 0]) == pytest.approx(float(picture[0, 0, :2, :2].mean()))

    def flat(x: Tensor) -> Tensor:
        return torch.cat([each.flatten() for each in split(x.view(1, 1, 4, 4))])

    assert log_volume_of(flat, picture) == pytest.approx(log_volume(4))


def test_noise_of_every_grey_costs_four_bits_a_pixel() -> None:
    greys = torch.randint(16, (5, SIDE_PX, SIDE_PX))
    spread = between_greys(greys)
    assert torch.equal((spread[:, 0] * 16).long(), greys)
    assert bits_a_pixel(torch.zeros(5)) == 4  # a density of 1 everywhere


def test_densities_of_latents_are_normal() -> None:
    density = log_density(torch.tensor([[0.0, 0.0], [1.0, 2.0]]), torch.tensor([0.0, 0.5]))
    assert density.tolist() == pytest.approx([-math.log(2 * math.pi), 0.5 - 2.5 - math.log(2 * math.pi)])
