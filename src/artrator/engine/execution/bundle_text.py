"""The tokenizer that a bundle brings along, where its pipeline reads text."""

from __future__ import annotations

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.text import Tokenizer, read_tokenizer
from artrator.engine.fleet import InstalledBundle


def tokenizer_of(bundle: InstalledBundle) -> Tokenizer | None:
    """Read a bundle's tokenizer; None where its pipeline needs none. Raises: ModelFault."""
    settings = bundle.manifest.settings()
    if not isinstance(settings, TextToImageConfig):
        return None
    return read_tokenizer(bundle.folder, settings.tokenizer)
