"""The flow of the details that a picture of half the side lacks, given that picture."""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.digits.affine import bounded, silent
from artrator.recipes.digits.drawing import DIGITS

CHANNELS = 12  # three details at each of two by two places
COUPLINGS = 4
WIDTH = 48


class Details(nn.Module):
    """Details (N, 3, S, S) to latents (N, 12, S / 2, S / 2) and back, by means (N, 1, S, S) and the digit (N, 10).

    What the means tell of the details is taken off first, a normal distribution at each place; affine couplings (Dinh
    et al. 2017) follow, with fixed rotations between.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scales", torch.ones(CHANNELS, 1, 1))
        self.first = nn.Conv2d(4 + len(DIGITS), WIDTH, 3, padding=1)
        self.inner = nn.ModuleList(nn.ModuleList([_conv(WIDTH, WIDTH), _conv(WIDTH, WIDTH)]) for _ in range(2))
        self.guess = silent(nn.Conv2d(WIDTH, 2 * CHANNELS, 1))
        self.couplings = nn.ModuleList(_coupling() for _ in range(COUPLINGS))
        seeded = torch.Generator().manual_seed(0)
        turns = [torch.linalg.qr(torch.randn(CHANNELS, CHANNELS, generator=seeded))[0] for _ in range(COUPLINGS)]
        self.register_buffer("turns", torch.stack(turns)[:, :, :, None, None])

    @torch.no_grad()
    def measure(self, details: Tensor) -> None:
        """Take the size of each detail from examples, (M, 3, S, S)."""
        self.scales.copy_(details.std((0, 2, 3)).repeat_interleave(4)[:, None, None])

    def forward(self, details: Tensor, means: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Give latents and the logarithm of the volume's change, (N,)."""
        seen = self._see(means, kinds)
        x = fn.pixel_unshuffle(details, 2) / self.scales
        change = -self.scales.log().sum() * x[0, 0].numel()
        shift, scale = self._guess(seen)
        x = (x - shift) * scale.exp()
        change = change + scale.sum((1, 2, 3))
        for coupling, turn in zip(self.couplings, self.turns, strict=True):
            read, moved = fn.conv2d(x, turn).chunk(2, 1)
            shift, scale = _move(coupling, read, seen)
            x = torch.cat([read, (moved - shift) * scale.exp()], 1)
            change = change + scale.sum((1, 2, 3))
        return x, change

    def draw(self, latents: Tensor, means: Tensor, kinds: Tensor) -> Tensor:
        """Give the details of latents."""
        seen = self._see(means, kinds)
        x = latents
        for i in reversed(range(COUPLINGS)):
            read, moved = x.chunk(2, 1)
            shift, scale = _move(self.couplings[i], read, seen)
            x = fn.conv2d(torch.cat([read, moved * (-scale).exp() + shift], 1), self.turns[i].transpose(0, 1))
        shift, scale = self._guess(seen)
        return fn.pixel_shuffle((x * (-scale).exp() + shift) * self.scales, 2)

    def _see(self, means: Tensor, kinds: Tensor) -> Tensor:
        places = fn.pixel_unshuffle(means * 4 - 1, 2)
        everywhere = kinds[:, :, None, None].expand(-1, -1, *places.shape[2:])
        x = self.first(torch.cat([places, everywhere], 1))
        for one, two in self.inner:
            x = x + two(fn.silu(one(fn.silu(x))))
        return fn.silu(x)

    def _guess(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        shift, scale = self.guess(seen).chunk(2, 1)
        return shift, bounded(scale, 4.0)


def _coupling() -> nn.Module:
    half = CHANNELS // 2
    inner = (_conv(half + WIDTH, WIDTH), nn.SiLU(), _conv(WIDTH, WIDTH, kernel=1), nn.SiLU())
    return nn.Sequential(*inner, silent(_conv(WIDTH, CHANNELS)))


def _move(coupling: nn.Module, read: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    shift, scale = coupling(torch.cat([read, seen], 1)).chunk(2, 1)
    return shift, bounded(scale, 2.0)


def _conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
