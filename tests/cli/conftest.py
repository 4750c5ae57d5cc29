"""The command as a script calls it: words in, exit code, standard output and standard error out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
import pytest
from tests.engine.graphs import latent_decoder
from tests.journeys.running import RunningServer, clean_environment

from artrator.cli.main import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a call of the command left."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]


class Caller:
    """Calls the command in this process: a fresh one takes seconds to import what most verbs need."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def call(self, words: Sequence[str], environment: Mapping[str, str]) -> Done:
        """Call it with an environment of its own."""
        self._capsys.readouterr()
        with self._monkeypatch.context() as around:
            around.setattr(sys, "argv", ["artrator", *words])
            for name in os.environ.keys() - clean_environment().keys():
                around.delenv(name)
            for name, value in environment.items():
                around.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main()
        written = self._capsys.readouterr()
        code = end.value.code
        return checked(Done(returncode=code if isinstance(code, int) else 0, stdout=written.out, stderr=written.err))


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caller:
    return Caller(monkeypatch, capsys)


@pytest.fixture
def command(caller: Caller, tmp_path: Path) -> Command:
    """Run the command in an empty folder, with no server that answers."""

    def run(*words: str, **environment: str) -> Done:
        around = {"ARTRATOR_HOME": str(tmp_path / "home"), "ARTRATOR_URL": "http://127.0.0.1:9", **environment}
        return caller.call(words, around)

    return run


@pytest.fixture(scope="session")
def demo_key(demo: RunningServer) -> str:
    return demo.make_key()


@pytest.fixture
def at_demo(caller: Caller, demo: RunningServer, demo_key: str) -> Command:
    """Run the command as the demo's user, against the demo."""
    around = {"ARTRATOR_HOME": str(demo.home), "ARTRATOR_URL": demo.url, "ARTRATOR_TOKEN": demo_key}

    def run(*words: str, **environment: str) -> Done:
        return caller.call(words, {**around, **environment})

    return run


def checked(done: Done) -> Done:
    """See what holds for every call: an exit code that is ours, and never a traceback."""
    assert 0 <= done.returncode < 126, done
    assert "Traceback" not in done.stdout + done.stderr
    assert (done.returncode == 0) or (done.stdout + done.stderr).strip(), "it failed without a word"
    return done


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A small generator with a signature that detection knows."""
    path = tmp_path / "Tiny Decoder.onnx"
    onnx.save(latent_decoder(), path)
    return path
