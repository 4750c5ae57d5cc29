"""Walks: a path between prompts, seeds or images, rendered to frames."""
