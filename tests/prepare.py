"""Install what the browser tests need where that is possible; elsewhere say so, and those tests skip themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = ("chromium", "fonts-nanum")


def main() -> None:
    """Install Debian's chromium and Korean fonts unless they are there."""
    if shutil.which("chromium") and _fonts_are_installed():
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.stderr.write("browser tests are skipped: chromium is missing, and only root can install it with apt-get\n")
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *PACKAGES],
    ):
        if subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL).returncode != 0:
            sys.stderr.write(f"browser tests are skipped: {' '.join(command)} failed\n")
            return


def _fonts_are_installed() -> bool:
    if shutil.which("fc-list") is None:
        return False
    return "Nanum" in subprocess.run(["fc-list"], capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    main()
