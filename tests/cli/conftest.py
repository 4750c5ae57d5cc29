"""The command as a script calls it: words in, exit code, standard output and standard error out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import onnx
import pytest
from tests.engine.graphs import latent_decoder
from tests.journeys.running import RunningServer, artrator

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run the command in an empty folder, with no server that answers."""

    def run(*words: str, **environment: str) -> CompletedProcess[str]:
        around = {"ARTRATOR_HOME": str(tmp_path / "home"), "ARTRATOR_URL": "http://127.0.0.1:9", **environment}
        return checked(artrator(*words, **around))

    return run


@pytest.fixture
def at_demo(demo: RunningServer) -> Command:
    """Run the command as the demo's user, against the demo."""
    around = {"ARTRATOR_HOME": str(demo.home), "ARTRATOR_URL": demo.url, "ARTRATOR_TOKEN": demo.make_key()}

    def run(*words: str, **environment: str) -> CompletedProcess[str]:
        return checked(artrator(*words, **{**around, **environment}))

    return run


def checked(done: CompletedProcess[str]) -> CompletedProcess[str]:
    """See what holds for every call: an exit code that is ours, and never a traceback."""
    assert 0 <= done.returncode < 126, done
    assert "Traceback" not in done.stdout + done.stderr
    assert (done.returncode == 0) or done.stderr.strip(), "it failed without a word"
    return done


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A small generator with a signature that detection knows."""
    path = tmp_path / "Tiny Decoder.onnx"
    onnx.save(latent_decoder(), path)
    return path
