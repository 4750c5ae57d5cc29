"""Whatever verification can say by a code, the page can say in Korean; in English it shows the server's own sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.verification.korean import WORDS

import artrator
from artrator.bundle.paths import PathFault
from artrator.engine.errors import Fault

SOURCE = Path(artrator.__file__).parent
NAMING = {"remark", "note", "_faulty"}
"""What is called with a code and its sentence."""


def said_codes() -> Iterator[str]:
    for part in ("verification", "bundle"):
        for file in sorted((SOURCE / part).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                yield from _codes(node)
    yield from (fault.code for fault in PathFault)
    yield from Fault


def _codes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(code)), _, *_]):
            if name in NAMING:
                yield code
        case ast.Yield(value=ast.Tuple(elts=[ast.Constant(value=str(code)), _])):
            yield code
        case _:
            return


def test_every_code_has_a_korean_sentence() -> None:
    codes = set(said_codes())
    assert {"licence_unknown", "memory_bomb", "weight_size_wrong", "path_link", "model_timed_out"} <= codes
    assert codes - WORDS.keys() == set()
