"""Write the pictures of a reel as they are into a zip, in the order of the path."""

from __future__ import annotations

import zipfile
from pathlib import Path

from artrator.walks.reel import Reel


def write_zip(reel: Reel, path: Path) -> None:
    """Write each picture once, however often the film shows it; one in memory at a time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for place in sorted(set(reel.order)):
            file = reel.read(place)
            entry = zipfile.ZipInfo(f"frame-{place + 1:04d}.png")
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file)
