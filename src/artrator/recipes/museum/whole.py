"""Both pairs of the museum's autoencoder as one, whose latents are centred and of unit variance: the bundle's two graphs."""

import torch
from torch import Tensor, nn

from artrator.recipes.museum.autoencoder import Condenser, Decoder, Encoder, Expander
from artrator.recipes.museum.compression import Latents


class Centred(nn.Module):
    """Take the centre off latents and divide them by their scale; `back` undoes it."""

    def __init__(self, latents: Latents) -> None:
        super().__init__()
        self.register_buffer("center", torch.from_numpy(latents.center)[:, None, None])
        self.scale = latents.scale

    def forward(self, means: Tensor) -> Tensor:
        return (means - self.center) / self.scale

    def back(self, latents: Tensor) -> Tensor:
        return latents * self.scale + self.center


class WholeEncoder(nn.Module):
    """sample (N, 3, H, W) -> means, centred and of unit variance, and log variances of its latents."""

    def __init__(self, outer: Encoder, inner: Condenser, fine: Latents, latents: Latents) -> None:
        super().__init__()
        self.outer, self.inner, self.fine, self.latents = outer, inner, Centred(fine), Centred(latents)

    def forward(self, sample: Tensor) -> Tensor:
        mean, log_variance = self.inner(self.fine(self.outer(sample).chunk(2, 1)[0])).chunk(2, 1)
        return torch.cat([self.latents(mean), log_variance], 1)


class WholeDecoder(nn.Module):
    """latent_sample (N, C, h, w), centred and of unit variance -> sample (N, 3, 16 h, 16 w), about -1..1."""

    def __init__(self, outer: Decoder, inner: Expander, fine: Latents, latents: Latents) -> None:
        super().__init__()
        self.outer, self.inner, self.fine, self.latents = outer, inner, Centred(fine), Centred(latents)

    def forward(self, latent_sample: Tensor) -> Tensor:
        return self.outer(self.fine.back(self.inner(self.latents.back(latent_sample))))
