"""The layers that the painter, its critic and its encoder are built of."""

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
    """A convolution whose input channels the style weighs, renormalised (StyleGAN2's demodulation, without groups).

    While it learns, noise is added, as much as each channel likes: it stands for the grain of the paintings, so that
    what comes from the latent is the composition. Without the noise, planes are flat and edges smooth.
    """

    def __init__(self, inputs: int, outputs: int, style: int) -> None:
        super().__init__()
        self.scale = Linear(style, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.grain = nn.Parameter(torch.zeros(outputs))
        self.gain = 1 / math.sqrt(inputs * 9)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale = self.scale(style)  # (N, inputs)
        weight = self.weight * self.gain
        power = (scale * scale) @ (weight * weight).sum((2, 3)).T  # (N, outputs)
        x = fn.conv2d(x * scale[:, :, None, None], weight, padding=1) * torch.rsqrt(power / 2 + 1e-8)[:, :, None, None]
        x = x + self.bias[:, None, None]
        if self.training:
            x = x + torch.randn_like(x[:, :1]) * self.grain[:, None, None]
        return fn.leaky_relu(x, 0.2)


class Down(nn.Module):
    """Halve the side by a residual block."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.one, self.two = Conv(inputs, inputs), Conv(inputs, outputs, stride=2)
        self.skip = Conv(inputs, outputs, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        bent = fn.leaky_relu(self.two(fn.leaky_relu(self.one(x), 0.2)), 0.2) * 2
        return (bent + self.skip(fn.avg_pool2d(x, 2))) / math.sqrt(2)
