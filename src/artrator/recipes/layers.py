"""The layers that more than one recipe is built of."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Linear(nn.Module):
    """A linear layer whose weights learn at one speed whatever their number (equalised learning rate)."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, speed: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / speed)
        self.bias = nn.Parameter(torch.full((outputs,), bias / speed))
        self.gain, self.speed = speed / math.sqrt(inputs), speed

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.gain, self.bias * self.speed)


class Conv(nn.Module):
    """A 3 x 3 (or `kernel`) convolution with equalised learning rate."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain, self.stride = 1 / math.sqrt(inputs * kernel * kernel), stride

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.gain, self.bias, self.stride, self.weight.shape[-1] // 2)


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
        x = F.conv2d(x * scale[:, :, None, None], weight, padding=1) * torch.rsqrt(power + 1e-8)[:, :, None, None]
        noise = torch.randn_like(x[:, :1]) if self.training else self.cloth
        x = x + noise * self.grain[:, None, None] + self.bias[:, None, None]
        return F.leaky_relu(x, 0.2) * math.sqrt(2)


def mix_paints(masks: Tensor, paints: Tensor, texture: Tensor) -> Tensor:
    """Paint as the paintings are painted: flat paints through soft masks, and a little texture over all.

    masks: (N, K, H, W) logits; paints: (N, 3 * K); texture: (N, 1, H, W). Gives (N, 3, H, W), about -1..1.
    """
    shares = torch.softmax(3 * masks, 1)
    flat = paints.unflatten(1, (3, masks.shape[1])) @ shares.flatten(2)
    return flat.unflatten(2, masks.shape[2:]) + 0.3 * texture
