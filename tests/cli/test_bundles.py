"""`artrator verify` and `init` on the creator's own machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.conftest import Command

from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.cli.exit_codes import REFUSED

CONFLICT = 7


def test_a_graph_without_a_licence_is_warned_of(command: Command, graph: Path) -> None:
    done = command("verify", str(graph), "--json")
    report = json.loads(done.stdout)
    verdicts = {finding["check"]: finding["verdict"] for finding in report["findings"]}
    assert (done.returncode, report["verdict"], verdicts["licence"]) == (0, "warned", "warned")
    assert {verdicts[check] for check in verdicts if check not in {"licence", "ownership"}} == {"passed"}


def test_a_licence_that_is_none_is_refused_with_a_reason(command: Command, graph: Path) -> None:
    done = command("verify", str(graph), "--license", "Whatever-1.0")
    assert done.returncode == REFUSED
    assert "Whatever-1.0" in done.stderr


def test_a_file_that_is_no_graph_is_refused_with_a_reason(command: Command, tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"this is no graph" * 100)
    done = command("verify", str(bad))
    assert done.returncode == REFUSED
    assert "ONNX" in done.stderr


def test_init_writes_a_manifest_that_verifies(command: Command, graph: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    shutil.copy(graph, bundle / "decoder.onnx")
    assert command("init", str(bundle), "--license", "MIT", "--name", "my-decoder").returncode == 0
    manifest = read_manifest((bundle / MANIFEST_NAME).read_text())
    assert (manifest.name, manifest.license) == ("my-decoder", "MIT")
    verified = command("verify", str(bundle))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "failed" not in verified.stdout


def test_init_replaces_a_manifest_only_when_told_to(command: Command, graph: Path) -> None:
    (graph.parent / MANIFEST_NAME).write_text("name: mine\n")
    assert command("init", str(graph)).returncode == CONFLICT
    assert (graph.parent / MANIFEST_NAME).read_text() == "name: mine\n"
    assert command("init", str(graph), "--force").returncode == 0
