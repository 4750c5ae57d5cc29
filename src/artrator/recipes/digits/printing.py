"""Print the flow's small drawings large and sharp, in ink on paper."""

import torch
from torch import Tensor, nn

from artrator.recipes.digits.drawing import INK, PAPER, SIDE_PX
from artrator.recipes.digits.drawings import GREYS
from artrator.recipes.digits.flow import DigitsFlow, kinds_of
from artrator.recipes.painter import mitchell

PRINT_PX = 256
SHARPNESS = 6.0  # of a line's edge, once it is enlarged


class Print(nn.Module):
    """latent (N, 1024), digit (N,) int64 -> image (N, 3, 256, 256) in -1..1.

    How much of a pixel is inked tells how far it lies from the line's edge: enlarged smoothly and only then made hard,
    the edge is sharp at the larger size (Green 2007, Improved Alpha-Tested Magnification).
    """

    def __init__(self, flow: DigitsFlow) -> None:
        super().__init__()
        self.flow = flow
        self.register_buffer("enlarge", mitchell(SIDE_PX, PRINT_PX))
        self.register_buffer("kinds", kinds_of(torch.arange(10)))
        paper, ink = (torch.tensor(colour)[:, None, None] / 127.5 - 1 for colour in (PAPER, INK))
        self.register_buffer("paper", paper)
        self.register_buffer("inked", ink - paper)

    def forward(self, latent: Tensor, digit: Tensor) -> Tensor:
        greys = self.flow.draw(latent, self.kinds[digit]) * GREYS - 0.5  # the middle of each
        return self.paper + self.inked * self.print(greys / (GREYS - 1))

    def print(self, ink: Tensor) -> Tensor:
        """Enlarge drawings (N, 1, 32, 32), ink from 0 to 1."""
        large = self.enlarge @ ink @ self.enlarge.T
        return ((large - 0.5) * SHARPNESS + 0.5).clamp(0, 1)
