"""The flow of a digit seen from afar: the 64 numbers of an 8 x 8 picture, all of which know of one another."""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.digits.drawing import DIGITS
from artrator.recipes.digits.splines import NUMBERS, bend

SIDE = 8
SIZE = SIDE * SIDE
HALF = SIZE // 2
COUPLINGS = 8
WIDTH = 128


class Overview(nn.Module):
    """Pictures (N, SIZE) to latents (N, SIZE) and back, by the digit (N, 10) that they show.

    Spline couplings (Durkan et al. 2019) on the principal components, each of unit variance.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(SIZE))
        self.register_buffer("components", torch.eye(SIZE))  # a column each
        self.register_buffer("deviations", torch.ones(SIZE))
        self.couplings = nn.ModuleList(_Curves() for _ in range(COUPLINGS))
        seeded = torch.Generator().manual_seed(0)
        orders = [torch.arange(SIZE).view(HALF, 2).T.flatten()]  # every coupling but the first finds them mixed anew,
        for i in range(1, COUPLINGS):  # and every second one bends the half that the one before only read
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
        self.deviations.copy_(variances.flip(0).clamp(min=1e-8).sqrt())

    def forward(self, pictures: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Give latents and the logarithm of the volume's change, (N,)."""
        x = (pictures - self.mean) @ self.components / self.deviations
        change = -self.deviations.log().sum()
        for coupling, order in zip(self.couplings, self.orders, strict=True):
            read, bent = x[:, order].chunk(2, 1)
            bent, slopes = bend(bent, coupling(read, kinds))
            change = change + slopes.sum(1)
            x = torch.cat([read, bent], 1)
        return x, change

    def draw(self, latents: Tensor, kinds: Tensor) -> Tensor:
        """Give the pictures of latents."""
        x = latents
        for i in reversed(range(COUPLINGS)):
            read, bent = x.chunk(2, 1)
            bent, _ = bend(bent, self.couplings[i](read, kinds), back=True)
            x = torch.cat([read, bent], 1)[:, self.orders_back[i]]
        return (x * self.deviations) @ self.components.T + self.mean


class _Curves(nn.Module):
    """half of the numbers (N, HALF), kinds (N, 10) -> curves for the other half (N, HALF, NUMBERS)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(HALF + len(DIGITS), WIDTH)
        self.inner = nn.ModuleList(nn.ModuleList([nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)]) for _ in range(2))
        self.last = nn.Linear(WIDTH, HALF * NUMBERS)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, read: Tensor, kinds: Tensor) -> Tensor:
        x = self.first(torch.cat([read, kinds], 1))
        for one, two in self.inner:
            x = x + two(fn.silu(one(fn.silu(x))))
        return self.last(fn.silu(x)).unflatten(1, (HALF, NUMBERS))
