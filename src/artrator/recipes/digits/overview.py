"""The flow of a digit seen from afar: the 64 numbers of an 8 x 8 picture, all of which know of one another."""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.digits.affine import bounded, silent
from artrator.recipes.digits.drawing import DIGITS
from artrator.recipes.digits.drawings import GREYS

SIDE = 8
SIZE = SIDE * SIDE
HALF = SIZE // 2
COUPLINGS = 16
WIDTH = 128
LEAST_VARIANCE = (1 / GREYS) ** 2 / 12 / 16  # that greys spread evenly have, in the mean of four by four


class Overview(nn.Module):
    """Pictures (N, SIZE) to latents (N, SIZE) and back, by the digit (N, 10) that they show.

    Affine couplings (Dinh et al. 2017) of the principal components, each of unit variance. Splines (Durkan et al. 2019)
    cost more than twice the time each and learned less in the same time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(SIZE))
        self.register_buffer("components", torch.eye(SIZE))  # a column each
        self.register_buffer("deviations", torch.ones(SIZE))
        self.couplings = nn.ModuleList(_Coupling() for _ in range(COUPLINGS))
        seeded = torch.Generator().manual_seed(0)
        orders = [torch.arange(SIZE).view(HALF, 2).T.flatten()]  # every coupling but the first finds them mixed anew,
        for i in range(1, COUPLINGS):  # and every second one moves the half that the one before only read
            turned = torch.arange(SIZE).roll(HALF)
            orders.append(turned if i % 2 else torch.randperm(SIZE, generator=seeded))
        self.register_buffer("orders", torch.stack(orders))
        self.register_buffer("orders_back", torch.stack([order.argsort() for order in orders]))

    @torch.no_grad()
    def measure(self, pictures: Tensor) -> None:
        """Take the principal components from examples, (M, SIZE)."""
        variances, components = torch.linalg.eigh(torch.cov(pictures.T))
        self.mean.copy_(pictures.mean(0))
        self.components.copy_(components.flip(1))
        self.deviations.copy_(variances.flip(0).clamp(min=LEAST_VARIANCE).sqrt())

    def forward(self, pictures: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Give latents and the logarithm of the volume's change, (N,)."""
        x = (pictures - self.mean) @ self.components / self.deviations
        change = -self.deviations.log().sum()
        for coupling, order in zip(self.couplings, self.orders, strict=True):
            read, moved = x[:, order].chunk(2, 1)
            shift, scale = coupling(read, kinds)
            x = torch.cat([read, (moved - shift) * scale.exp()], 1)
            change = change + scale.sum(1)
        return x, change

    def draw(self, latents: Tensor, kinds: Tensor) -> Tensor:
        """Give the pictures of latents."""
        x = latents
        for i in reversed(range(COUPLINGS)):
            read, moved = x.chunk(2, 1)
            shift, scale = self.couplings[i](read, kinds)
            x = torch.cat([read, moved * (-scale).exp() + shift], 1)[:, self.orders_back[i]]
        return (x * self.deviations) @ self.components.T + self.mean


class _Coupling(nn.Module):
    """half of the numbers (N, HALF), kinds (N, 10) -> shifts and scales of the other half, (N, HALF) each."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(HALF + len(DIGITS), WIDTH)
        self.inner = nn.ModuleList(nn.ModuleList([nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)]) for _ in range(2))
        self.last = silent(nn.Linear(WIDTH, 2 * HALF))

    def forward(self, read: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        x = self.first(torch.cat([read, kinds], 1))
        for one, two in self.inner:
            x = x + two(fn.silu(one(fn.silu(x))))
        shift, scale = self.last(fn.silu(x)).chunk(2, 1)
        return shift, bounded(scale, 2.0)
