"""The tokenizer that a bundle brings along, where its pipeline reads text."""

from __future__ import annotations

from dataclasses import replace

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.text import Tokenizer, read_tokenizer
from artrator.engine.fleet import InstalledBundle


def tokenizer_of(bundle: InstalledBundle) -> Tokenizer | None:
    """Read a bundle's tokenizers; None where its pipeline needs none. Raises: ModelFault."""
    settings = bundle.manifest.settings()
    if not isinstance(settings, TextToImageConfig):
        return None
    first = read_tokenizer(bundle.folder, settings.tokenizer)
    if settings.tokenizer_2 is None:
        return first
    return replace(first, second=read_tokenizer(bundle.folder, settings.tokenizer_2))
