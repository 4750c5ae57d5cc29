"""Inside a worker: calls of graphs, batched across runs and carried out by its threads."""
