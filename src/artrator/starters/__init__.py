"""The starter models: bundles that ship with the program, so that a new marketplace has something to show."""

from importlib.resources import files
from pathlib import Path

__all__ = ["starter_folders"]


def starter_folders() -> list[Path]:
    """List the bundles' folders, in the order of their names."""
    root = Path(str(files(__name__)))
    return sorted(path.parent for path in root.glob("*/artrator.yaml"))
