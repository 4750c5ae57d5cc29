"""mosec: its server in Rust, the graph in worker processes."""

import sys

from graph import Graph, batch, port, read, workers
from mosec import Server, Worker


class Infer(Worker):
    """Evaluates what mosec gathers."""

    def __init__(self) -> None:
        self._graph = Graph()

    def deserialize(self, data):
        """Read a request."""
        return read(data)

    def serialize(self, data):
        """Write a reply."""
        return data

    def forward(self, data):
        """Evaluate a batch, or one where batches are of one."""
        return self._graph.run(data) if isinstance(data, list) else self._graph.run([data])[0]


if __name__ == "__main__":
    sys.argv += ["--port", str(port()), "--address", "127.0.0.1", "--log-level", "error"]
    server = Server()
    server.append_worker(Infer, num=workers(), max_batch_size=batch(), max_wait_time=1)
    server.run()
