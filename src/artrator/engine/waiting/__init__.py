"""Runs before they reach a worker: who is let in, whose turn is next, and which worker takes it."""
