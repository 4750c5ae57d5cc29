"""Share the batches of a training between threads: for networks this small quicker than threads within each operation."""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

Loss = Callable[[nn.Module, tuple[Tensor, ...]], Tensor]


class Shares:
    """Copies of a module that have its weights for their own, and gradients each to itself."""

    def __init__(self, module: nn.Module, loss: Loss) -> None:
        """Use as many threads as torch was told to; from here on each operation runs on one."""
        count = torch.get_num_threads()
        self._modules = [module, *(copy.deepcopy(module) for _ in range(count - 1))]
        for other in self._modules[1:]:
            for own, shared in zip(other.parameters(), module.parameters(), strict=True):
                own.data = shared.data
        self._loss = loss
        self._threads = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))

    def descend(self, batch: tuple[Tensor, ...], *optimisers: torch.optim.Optimizer, longest: float) -> float:
        """Take one step down by the gradients of all, cut to the length `longest`; gives the loss."""
        pieces = zip(*(each.chunk(len(self._modules)) for each in batch), strict=True)
        losses = list(self._threads.map(self._learn, self._modules, pieces))
        first, *others = (list(module.parameters()) for module in self._modules)
        for parameter, *copies in zip(first, *others, strict=True):
            grads = [each.grad for each in (parameter, *copies) if each.grad is not None]
            if grads:
                parameter.grad = sum(grads[1:], grads[0]).div_(len(self._modules))
        nn.utils.clip_grad_norm_(first, longest)
        for optimiser in optimisers:
            optimiser.step()
        return sum(losses) / len(losses)

    def _learn(self, module: nn.Module, piece: tuple[Tensor, ...]) -> float:
        module.zero_grad(set_to_none=True)
        loss = self._loss(module, piece)
        loss.backward()
        return loss.item()
