"""BentoML: a service with worker processes; its requests are JSON, its replies may be raw."""

import os
import sys
from pathlib import Path
from typing import Annotated

import bentoml
import numpy as np
from bentoml.validators import ContentType
from graph import Graph, port, workers


@bentoml.service(workers=workers(), traffic={"timeout": 30})
class Infer:
    """Evaluates one request at a time in each worker's threads."""

    def __init__(self) -> None:
        self._graph = Graph()

    @bentoml.api(route="/")
    def infer(self, x: list[float]) -> Annotated[bytes, ContentType("application/octet-stream")]:
        """Evaluate one request."""
        return self._graph.run([np.asarray(x, dtype=np.float32)])[0]


if __name__ == "__main__":
    command = Path(sys.executable).with_name("bentoml")
    os.execv(command, [str(command), "serve", "bentoml_server:Infer", "--port", str(port()), "--host", "127.0.0.1"])
