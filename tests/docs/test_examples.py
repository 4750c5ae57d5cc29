"""What the documents show works: each block runs as it stands, in order, against a running demo."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from tests.docs.blocks import RUNNABLE, Block, blocks_of
from tests.engine.graphs import latent_decoder
from tests.journeys.painting import BASE, OWNER, publish_painter
from tests.journeys.running import RunningServer, clean_environment

from artrator.starters import starter_folders

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SHOWING = [document for document in DOCUMENTS if any(block.runs for block in blocks_of(document))]
KNOWN = RUNNABLE | {"yaml", "json", "text", ""}
BLOCK_S = 240


class Reader:
    """Somebody who types what a document says, in a folder with a model and a photograph."""

    def __init__(self, folder: Path, demo: RunningServer, **environment: str) -> None:
        self._folder = folder
        (folder / ".venv").mkdir()
        (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        (folder / "tests").symlink_to(ROOT / "tests")
        onnx.save(latent_decoder(), folder / "model.onnx")
        photograph = next(
            each / "examples" / "still-life.jpg" for each in starter_folders() if each.name == "warm-cool"
        )
        shutil.copy(photograph, folder / "photograph.jpg")
        self._environment = {
            **clean_environment(),
            "ARTRATOR_URL": demo.url,
            "ARTRATOR_TOKEN": demo.make_key(),
            "ARTRATOR_HOME": str(demo.home),
            **environment,
        }

    def follow(self, block: Block) -> None:
        """Run a block; what it exports stays for the next ones."""
        after = self._folder / ".environment"
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", f"{block.text}\nenv -0 > {after}"]
        else:
            command = [sys.executable, "-W", "error", "-c", block.text]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=BLOCK_S,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{block.text}\n{done.stdout}\n{done.stderr}"
        if block.language == "sh":
            pairs = (each.partition("=") for each in after.read_text().split("\0") if each)
            self._environment = {name: value for name, _, value in pairs if name not in {"PWD", "SHLVL", "_"}}


@pytest.fixture(scope="module")
def painter(demo: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Publish a tiny model that paints from prompts, for the guides that need one."""
    publish_painter(demo, tmp_path_factory.mktemp("painter"), price="0")
    return f"{OWNER}/{BASE}"


@pytest.mark.parametrize("document", SHOWING, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_shows_works(
    document: Path, demo: RunningServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {"MODEL": request.getfixturevalue("painter")} if "${MODEL:-" in document.read_text() else {}
    reader = Reader(tmp_path, demo, **environment)
    for block in blocks_of(document):
        if block.runs:
            reader.follow(block)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_runs_or_says_why_not(document: Path) -> None:
    strange = [f"{block}: ```{block.language}" for block in blocks_of(document) if block.language not in KNOWN]
    assert not strange
    needless = [str(block) for block in blocks_of(document) if block.not_run and block.language not in RUNNABLE]
    assert not needless
    assert document.read_text().count("<!-- not run:") == sum(bool(block.not_run) for block in blocks_of(document))


def test_the_readme_and_every_guide_are_among_those_that_run() -> None:
    guides = {ROOT / "README.md", *(ROOT / "docs" / "guides").glob("*.md")}
    assert guides <= set(SHOWING)


def test_a_shell_block_hands_its_exports_on(demo: RunningServer, tmp_path: Path) -> None:
    reader = Reader(tmp_path, demo)
    document = tmp_path / "page.md"
    document.write_text("```sh\nexport WORD='a b'\n```\n\n```sh\ntest \"$WORD\" = 'a b'\n```\n\n```sh\nfalse\n```\n")
    first, second, wrong = blocks_of(document)
    reader.follow(first)
    reader.follow(second)
    with pytest.raises(AssertionError, match=r"page\.md:9"):
        reader.follow(wrong)
