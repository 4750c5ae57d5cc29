"""Walks: a path through keyframes, rendered frame by frame to a film that outlives tabs, workers and servers."""
