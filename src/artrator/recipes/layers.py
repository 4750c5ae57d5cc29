"""The layers that more than one recipe is built of."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as fn


class Linear(nn.Module):
    """A linear layer whose weights learn at one speed whatever their number (equalised learning rate)."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, speed: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / speed)
        self.bias = nn.Parameter(torch.full((outputs,), bias / speed))
        self.gain, self.speed = speed / math.sqrt(inputs), speed

    def forward(self, x: Tensor) -> Tensor:
        return fn.linear(x, self.weight * self.gain, self.bias * self.speed)


class Conv(nn.Module):
    """A 3 x 3 (or `kernel`) convolution with equalised learning rate."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain, self.stride = 1 / math.sqrt(inputs * kernel * kernel), stride

    def forward(self, x: Tensor) -> Tensor:
        return fn.conv2d(x, self.weight * self.gain, self.bias, self.stride, self.weight.shape[-1] // 2)


class StyledConv(nn.Module):
    """A convolution whose input channels the style weighs, renormalised (StyleGAN2's demodulation, without groups)."""

    def __init__(self, inputs: int, outputs: int, style: int, side: int) -> None:
        super().__init__()
        self.scale = Linear(style, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.grain = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("cloth", torch.randn(1, 1, side, side))
        self.gain = 1 / math.sqrt(inputs * 9)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale = self.scale(style)  # (N, inputs)
        weight = self.weight * self.gain
        power = (scale * scale) @ (weight * weight).sum((2, 3)).T  # (N, outputs)
        x = fn.conv2d(x * scale[:, :, None, None], weight, padding=1) * torch.rsqrt(power + 1e-8)[:, :, None, None]
        noise = torch.randn_like(x[:, :1]) if self.training else self.cloth
        x = x + noise * self.grain[:, None, None] + self.bias[:, None, None]
        return fn.leaky_relu(x, 0.2) * math.sqrt(2)


def mix_paints(masks: Tensor, paints: Tensor, texture: Tensor, sharpness: float = 1.0) -> Tensor:
    """Paint as the paintings are painted: flat paints through soft masks, and a little texture over all.

    masks: (N, K, H, W) logits; paints: (N, 3 * K); texture: (N, 1, H, W). Gives (N, 3, H, W), about -1..1.
    """
    shares = torch.softmax(3 * sharpness * masks, 1)
    flat = paints.unflatten(1, (3, masks.shape[1])) @ shares.flatten(2)
    return flat.unflatten(2, masks.shape[2:]) + 0.3 * texture


class Print(nn.Module):
    """Print a painter's picture larger than it learned to paint.

    Masks near an edge are like signed distances: enlarged smoothly and only then made hard, they give edges that are
    sharp at the larger size (as glyphs are drawn in Green 2007, Improved Alpha-Tested Magnification). Cloth goes over.
    painter: has `draw(*inputs)` that gives masks, paints and texture, square.
    """

    def __init__(self, painter: nn.Module, from_px: int, to_px: int, *, sharpness: float = 2.0) -> None:
        super().__init__()
        self.painter, self.sharpness = painter, sharpness
        self.register_buffer("enlarge", _mitchell(from_px, to_px))
        seeded = torch.Generator().manual_seed(0)
        threads = torch.randn(1, 1, to_px, to_px // 3, generator=seeded).repeat_interleave(3, 3)
        threads = fn.pad(threads, (0, to_px - threads.shape[3], 0, 0), mode="replicate")
        self.register_buffer("cloth", 0.012 * (threads + threads.transpose(2, 3)))

    def forward(self, *inputs: Tensor) -> Tensor:
        masks, paints, texture = self.painter.draw(*inputs)
        masks, texture = (self.enlarge @ each @ self.enlarge.T for each in (masks, texture))
        image = mix_paints(masks, paints, texture, self.sharpness)
        return (image + (image + 1) * self.cloth).clamp(-1, 1)


def _mitchell(from_px: int, to_px: int) -> Tensor:
    """Make the (to_px, from_px) matrix that enlarges by Mitchell and Netravali's cubic (1988)."""
    centres = (torch.arange(to_px) + 0.5) * from_px / to_px - 0.5
    away = (centres[:, None] - torch.arange(from_px)).abs()
    near = (7 * away**3 - 12 * away**2 + 16 / 3) / 6
    far = (-7 / 3 * away**3 + 12 * away**2 - 20 * away + 32 / 3) / 6
    weights = torch.where(away < 1, near, torch.where(away < 2, far, torch.zeros(())))
    return weights / weights.sum(1, keepdim=True)
