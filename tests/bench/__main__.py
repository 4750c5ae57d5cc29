"""`make bench`: run every bench beside this file, each in a process of its own; `ARGS=layers` runs one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PREFIX = "bench_"


def benches() -> list[str]:
    """Name the benches."""
    return sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))


def main(wanted: list[str]) -> int:
    """Run the wanted benches, or all; give how many failed."""
    known = benches()
    chosen = [name.removeprefix(PREFIX) for name in wanted] or known
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        print(f"there is no bench {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failures = 0
    for name in chosen:
        print(f"\n# {name}\n", flush=True)
        failures += subprocess.run([sys.executable, "-m", f"tests.bench.{PREFIX}{name}"], check=False).returncode != 0
    return min(failures, 125)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
