"""The checks that a version must pass before it is listed, and the report that buyers read."""
