"""The museum's own small vocabulary, byte pairs in CLIP's file layout, learned from the prompts."""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from artrator.bundle.config import TokenizerConfig
from artrator.engine.codecs.text import END, START, read_tokenizer
from artrator.engine.codecs.text import Tokenizer as PromptTokenizer

MERGES = 700
LENGTH = 24  # tokens a prompt
WORD_END = "</w>"


def learn_vocabulary(prompts: Iterable[str], folder: Path) -> PromptTokenizer:
    """Learn merges from prompts, write `vocab.json` and `merges.txt`, and read them back as a server will.

    Every byte is a token, alone and at a word's end, so that any text has tokens.
    Source: Sennrich et al. 2016; the layout is that of Radford et al. 2021.
    """
    learner = Tokenizer(models.BPE(end_of_word_suffix=WORD_END))
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=2 * len(letters) + MERGES,
        initial_alphabet=letters,
        end_of_word_suffix=WORD_END,
        show_progress=False,
        min_frequency=2,
    )
    learner.train_from_iterator(prompts, trainer)
    merges = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]
    tokens = [*letters, *(letter + WORD_END for letter in letters), *(one + two for one, two in merges), START, END]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{one} {two}\n" for one, two in merges), "utf-8")
    return read_tokenizer(folder, tokenizer_config("."))


def tokenizer_config(folder: str = "tokenizer") -> TokenizerConfig:
    """Say where the tokenizer's files lie and how long prompts are."""
    prefix = "" if folder == "." else f"{folder}/"
    return TokenizerConfig(vocab=f"{prefix}vocab.json", merges=f"{prefix}merges.txt", length=LENGTH)
