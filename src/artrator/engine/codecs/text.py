"""Text to token ids as CLIP makes them; the only file that imports tokenizers.

A bundle brings a vocabulary and merges, never a `tokenizer.json`: that may hold expressions that take for ever to match.
How text is split is ours and the same for every bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tokenizers
from pydantic import Field, TypeAdapter, ValidationError
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, processors

from artrator.bundle.config import TokenizerConfig
from artrator.bundle.paths import file_fault
from artrator.engine.errors import Fault, ModelFault

MAX_FILE_BYTES = 16 << 20
_VOCABULARY: TypeAdapter[dict[str, int]] = TypeAdapter(
    dict[str, Annotated[int, Field(ge=0, lt=2**31)]], config={"strict": True}
)
START, END = "<|startoftext|>", "<|endoftext|>"
_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A bundle's tokenizer, ready to use from any thread. second: of the second text encoder, where there is one."""

    _tokenizer: tokenizers.Tokenizer
    second: Tokenizer | None = None

    def encode(self, text: str) -> Sequence[int]:
        """Give the ids of a text between start and end, cut or padded to the length of the config."""
        return self._tokenizer.encode(text).ids


def read_tokenizer(folder: Path, config: TokenizerConfig) -> Tokenizer:
    """Read a bundle's vocabulary and merges. Raises: ModelFault saying which file is at fault."""
    vocabulary = _vocabulary(_read(folder, config.vocab), config.vocab)
    merges = _merges(_read(folder, config.merges), config.merges)
    for token in (START, END, config.pad):
        if token not in vocabulary:
            raise _faulty(config.vocab, f"has no token {token[:40]!r}")
    try:
        return Tokenizer(_assembled(vocabulary, merges, config))
    except Exception as error:  # the library raises plain exceptions with its own words
        raise _faulty(config.merges, f"does not fit the vocabulary: {str(error)[:200]}") from None


def _assembled(
    vocabulary: dict[str, int], merges: list[tuple[str, str]], config: TokenizerConfig
) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=merges,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            unk_token=END,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, vocabulary[START]), (END, vocabulary[END])]
    )
    # the padding is never part of a word, also where it is "!" and stands in a prompt, as in SDXL
    tokenizer.add_special_tokens([START, END, config.pad])  # pyright: ignore[reportUnknownMemberType]
    tokenizer.enable_truncation(config.length)  # pyright: ignore[reportUnknownMemberType]
    tokenizer.enable_padding(  # pyright: ignore[reportUnknownMemberType] - the library's stubs leave out **kwargs' types
        length=config.length, pad_id=vocabulary[config.pad], pad_token=config.pad
    )
    return tokenizer


def _read(folder: Path, path: str) -> str:
    fault = file_fault(folder, path)
    if fault is not None:
        raise _faulty(path, fault)
    if (folder / path).stat().st_size > MAX_FILE_BYTES:
        raise _faulty(path, f"is larger than {MAX_FILE_BYTES >> 20} MiB")
    try:
        return (folder / path).read_text("utf-8")
    except UnicodeDecodeError:
        raise _faulty(path, "is not UTF-8") from None


def _vocabulary(text: str, path: str) -> dict[str, int]:
    try:
        return _VOCABULARY.validate_json(text)
    except (ValidationError, RecursionError):
        raise _faulty(path, "must be JSON that gives an id, a whole number, for each token") from None


def _merges(text: str, path: str) -> list[tuple[str, str]]:
    lines = [line.split(" ") for line in text.splitlines() if line.strip() and not line.startswith("#version")]
    if any(len(line) != 2 for line in lines):
        raise _faulty(path, "must have two pieces on each line")
    return [(one, two) for one, two in lines]


def _faulty(path: str, reason: str) -> ModelFault:
    return ModelFault(Fault.FAILED, f"The tokenizer's file {path[:80]!r} {reason}.")
