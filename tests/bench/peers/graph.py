"""What every peer's server does with a request: raw float32 in, one ONNX Runtime call for a batch, raw float32 out.

It runs in the peers' own environments, which hold numpy and onnxruntime and nothing of ours.
"""

import os

import numpy as np
import onnxruntime


class Graph:
    """The graph that MODEL names, with THREADS threads inside a call."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("THREADS", "1"))
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def run(self, rows: "list[np.ndarray]") -> "list[bytes]":
        """Evaluate inputs of shape (features,) together; give each one's output as bytes."""
        (outputs,) = self._session.run(None, {self._input: np.stack(rows)})
        return [np.ascontiguousarray(each).tobytes() for each in outputs]


def read(body: bytes) -> np.ndarray:
    """Read an input from a raw body."""
    return np.frombuffer(body, dtype=np.float32)


def port() -> int:
    """Where to listen."""
    return int(os.environ["PORT"])


def workers() -> int:
    """How many processes evaluate."""
    return int(os.environ.get("WORKERS", "1"))


def batch() -> int:
    """How many requests may be evaluated together."""
    return int(os.environ.get("BATCH", "1"))
