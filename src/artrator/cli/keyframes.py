"""Read the keyframes of a walk as they are typed: a prompt, a picture's path, a seed, or inputs by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from artrator.cli.inputs import input_names, read_inputs
from artrator.kernel.errors import Invalid
from artrator.sdk.listing import ModelListing

PROMPT, IMAGE, SEED = "prompt", "image", "seed"


def read_keyframes(words: Sequence[str], model: ModelListing) -> list[dict[str, object]]:
    """Read each. Raises: Invalid."""
    names = input_names(model)
    return [_read(word, model, names) for word in words]


def _read(word: str, model: ModelListing, names: Collection[str]) -> dict[str, object]:
    pairs = [each.strip() for each in word.split(",")]
    if all("=" in each and each.partition("=")[0] in names for each in pairs):
        return read_inputs(pairs, model)
    if IMAGE in names and (word.startswith(("http://", "https://", "data:")) or _is_file(word)):
        return read_inputs([f"{IMAGE}={word}"], model)
    if PROMPT in names:
        return {PROMPT: word}
    if SEED in names and word.isascii() and word.isdigit():
        return {SEED: int(word)}
    known = ", ".join(names) or "none"
    message = f"{word!r} is no keyframe of this model; write inputs by name, such as seed=7. Its inputs are: {known}."
    raise Invalid("keyframe_malformed", message, field="keyframes")


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except OSError:  # a prompt may be longer than any file's name
        return False
