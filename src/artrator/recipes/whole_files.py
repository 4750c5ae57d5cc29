"""Files that, once they exist, are whole: whatever stops a recipe, the next run finds no half of one."""

from collections.abc import Callable
from pathlib import Path


def keep_file(file: Path, write: Callable[[Path], object]) -> None:
    """Write beside and rename."""
    partial_file = file.with_name(f"{file.stem}.partial{file.suffix}")
    write(partial_file)
    partial_file.replace(file)
