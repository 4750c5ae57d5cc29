"""The optimiser of the museum's diffusion: of the same processor time it makes more than AdamW does.

The gradient of each matrix, averaged over steps, is made orthogonal before it is followed, so that no direction that a
batch rarely shows is drowned by those that all show. Vectors, embeddings and the outermost layers are left to AdamW.
Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks". torch's own reckons in bfloat16, which
processors without instructions for it do many times slower, and takes no convolutions.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
DECAY = 0.01
ROUNDS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic whose rounds take singular values near 1
OUTER = ("embedding.", "conv_in.", "conv_out.")  # what stands in the names of layers that AdamW is given


class Muon(torch.optim.Optimizer):
    """Follows the orthogonal part of each matrix's gradient; a convolution counts as a matrix, a row an output channel."""

    def __init__(self, matrices: Iterable[nn.Parameter], learning_rate: float) -> None:
        super().__init__(matrices, {"lr": learning_rate})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Take one step down."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._step(weight, group["lr"])

    def _step(self, weight: nn.Parameter, learning_rate: float) -> None:
        state = self.state[weight]
        if not state:
            state["average"] = torch.zeros_like(weight)
        average: Tensor = state["average"].lerp_(weight.grad, 1 - MOMENTUM)
        rows = weight.grad.lerp(average, MOMENTUM).flatten(1)  # Nesterov's look ahead
        length = max(1.0, rows.shape[0] / rows.shape[1]) ** 0.5
        weight.mul_(1 - DECAY * learning_rate)
        weight.add_(orthogonal(rows).reshape(weight.shape), alpha=-learning_rate * length)


def orthogonal(rows: Tensor) -> Tensor:
    """Give the matrix with the same singular vectors whose singular values are all near 1 (Newton-Schulz)."""
    a, b, c = COEFFICIENTS
    is_tall = rows.shape[0] > rows.shape[1]
    x = rows.T if is_tall else rows
    x = x / (x.norm() + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if is_tall else x


def hidden_matrices(module: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Part a module's parameters into the matrices that Muon is for, and the rest."""
    named = [
        (each.ndim >= 2 and not any(part in name for part in OUTER), each) for name, each in module.named_parameters()
    ]
    return [each for hidden, each in named if hidden], [each for hidden, each in named if not hidden]
