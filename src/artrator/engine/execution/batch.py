"""How calls of one graph become one call and its results theirs again: rows joined and split on the leading axis."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import accumulate, pairwise

import numpy as np

from artrator.engine.execution.call import Array, Call, Tensors
from artrator.engine.execution.signature import GraphSignature
from artrator.kernel.ids import Digest


class Unsplittable(Exception):
    """An output has another number of rows than the inputs had together."""


def batch_key(digest: Digest, call: Call, signature: GraphSignature) -> Hashable | None:
    """Give what calls must share to run together; None where this one cannot be joined with others.

    Every input and output must have a symbolic leading axis, and the inputs of the call the same number of rows.
    """
    if not signature.takes_rows:
        return None
    if len(call.tensors) == 1:
        ((name, only),) = call.tensors.items()
        return (digest, call.graph, ((name, only.dtype.str, only.shape[1:]),)) if only.shape else None
    shapes = [(name, each.dtype.str, each.shape) for name, each in sorted(call.tensors.items())]
    if len({shape[:1] for _, _, shape in shapes}) != 1 or not shapes[0][2]:
        return None
    return (digest, call.graph, tuple((name, dtype, shape[1:]) for name, dtype, shape in shapes))


def join(calls: Sequence[Call]) -> Tensors:
    """Concatenate the tensors of calls that share a batch key."""
    if len(calls) == 1:
        return calls[0].tensors
    return {name: np.concatenate([call.tensors[name] for call in calls]) for name in calls[0].tensors}


def split(results: Tensors, calls: Sequence[Call]) -> list[dict[str, Array]]:
    """Give each call its rows of the results. Raises: Unsplittable where the rows do not add up."""
    if len(calls) == 1:
        return [dict(results)]
    ends = list(accumulate(next(iter(call.tensors.values())).shape[0] for call in calls))
    if any(not value.shape or value.shape[0] != ends[-1] for value in results.values()):
        raise Unsplittable
    return [{name: value[begin:end] for name, value in results.items()} for begin, end in pairwise((0, *ends))]
