"""LitServe: FastAPI before worker processes; its requests are JSON, its replies may be raw."""

import litserve
import numpy as np
from fastapi import Response
from graph import Graph, batch, port, workers


class Infer(litserve.LitAPI):
    """Evaluates what LitServe gathers."""

    def setup(self, device):
        """Load the graph in a worker."""
        self._graph = Graph()

    def decode_request(self, request):
        """Read a request."""
        return np.asarray(request["x"], dtype=np.float32)

    def batch(self, inputs):
        """Keep the rows of a batch as they are."""
        return list(inputs)

    def unbatch(self, output):
        """Give each request its own."""
        return output

    def predict(self, x):
        """Evaluate a batch, or one where batches are of one."""
        return self._graph.run(x) if isinstance(x, list) else self._graph.run([x])[0]

    def encode_response(self, output):
        """Write a reply."""
        return Response(output, media_type="application/octet-stream")


if __name__ == "__main__":
    api = Infer(max_batch_size=batch(), batch_timeout=0.001)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=workers(), timeout=30)
    server.run(host="127.0.0.1", port=port(), log_level="warning", generate_client_file=False)
