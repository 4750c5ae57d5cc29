"""Load everything that running graphs may ever need, while files outside the sandbox can still be found."""

from __future__ import annotations

import encodings.idna
import importlib
import io
import pkgutil
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

import artrator.engine.codecs
import artrator.engine.pipelines

LATE_IMPORTS = (
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.unicode_escape",
    "numpy.lib.format",
    "numpy.random",
    "json.encoder",
    "traceback",
    "linecache",
    "unicodedata",
)
"""What Python and numpy import only when they come to need it."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
_ = encodings.idna


def warm_up() -> None:
    """Import our parts and the libraries' late ones, and go once through what opens files on its first use.

    Afterwards this process has one thread alone, as the sandbox needs.
    """
    for package in (artrator.engine.codecs, artrator.engine.pipelines):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in LATE_IMPORTS:
        importlib.import_module(name)
    Image.init()
    picture = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    for each in FORMATS:
        buffer = io.BytesIO()
        picture.save(buffer, each)
        buffer.seek(0)
        with Image.open(buffer) as image:
            image.load()
    np.random.default_rng(0).standard_normal(4, dtype=np.float32)


def name_process(role: str) -> None:
    """Have tables of processes show what this one is, where the system can: 15 characters at most."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"artrator-{role}")
