"""The autoencoder whose latents the museum's diffusion learns in: small, and easy on processors without a GPU.

It does what Stable Diffusion's does (Rombach et al. 2022) with a tenth of the work: pixels are folded into channels before
the first convolution and unfolded after the last, so that hardly anything is computed at full size. Its latents stand for
8 x 8 pixels; a second, inner pair halves their sides once more, for a diffusion costs what its latents' places cost.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

FINE_CHANNELS, CHANNELS = 8, 12  # of the outer and of the inner latent
FOLD = 16  # pixels an inner latent, a side
GROUPS = 8


class Residual(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.one, self.two = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        nn.init.zeros_(self.two.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.two(fn.silu(self.one(fn.silu(self.norm(x)))))


class Encoder(nn.Module):
    """image (N, 3, H, W) in -1..1 -> mean and log variance of its fine latent, (N, 2 * FINE_CHANNELS, H / 8, W / 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, 64, 3, padding=1),
            Residual(64),
            Residual(64),
            nn.Conv2d(64, 96, 3, padding=1, stride=2),
            Residual(96),
            Residual(96),
            nn.SiLU(),
            nn.Conv2d(96, 2 * FINE_CHANNELS, 1),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(image)


class Decoder(nn.Module):
    """fine latent (N, FINE_CHANNELS, h, w) -> image (N, 3, 8 h, 8 w), about -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(FINE_CHANNELS, 96, 3, padding=1),
            Residual(96),
            Residual(96),
            Residual(96),
            *_twice(96, 64),
            Residual(64),
            Residual(64),
            *_twice(64, 32),
            Residual(32),
            *_twice(32, 16),
            nn.SiLU(),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(16, 3, 3, padding=1),
        )

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent)


class Condenser(nn.Module):
    """Fine latent (N, FINE_CHANNELS, h, w) -> mean and log variance of its latent, (N, 2 * CHANNELS, h / 2, w / 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * FINE_CHANNELS, 128, 3, padding=1),
            Residual(128),
            Residual(128),
            nn.SiLU(),
            nn.Conv2d(128, 2 * CHANNELS, 1),
        )

    def forward(self, fine: Tensor) -> Tensor:
        return self.layers(fine)


class Expander(nn.Module):
    """latent (N, CHANNELS, h, w) -> fine latent (N, FINE_CHANNELS, 2 h, 2 w)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(CHANNELS, 128, 3, padding=1),
            Residual(128),
            Residual(128),
            *_twice(128, 64),
            Residual(64),
            nn.SiLU(),
            nn.Conv2d(64, FINE_CHANNELS, 3, padding=1),
        )

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent)


def _twice(inputs: int, outputs: int) -> list[nn.Module]:
    """Double the side; begun as nearest neighbours, or it would learn a chequerboard first (Aitken et al. 2017)."""
    conv = nn.Conv2d(inputs, 4 * outputs, 3, padding=1)
    with torch.no_grad():
        conv.weight.copy_(conv.weight[::4].repeat_interleave(4, 0))
        conv.bias.copy_(conv.bias[::4].repeat_interleave(4, 0))
    return [conv, nn.PixelShuffle(2)]


def drawn(moments: Tensor) -> tuple[Tensor, Tensor]:
    """Draw a latent from means and log variances; gives it and how far these are from a normal's, in nats a value."""
    mean, log_variance = moments.float().chunk(2, 1)
    log_variance = log_variance.clamp(-20, 10)
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
    return mean + torch.randn_like(mean) * torch.exp(log_variance / 2), divergence
