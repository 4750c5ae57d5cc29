"""Artrator: a marketplace and a serving platform for generative models."""

__version__ = "0.1.0"
