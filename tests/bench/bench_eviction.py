"""Which eviction loads least: policies on traces, by simulation; no clock is read, the figures are the same anywhere.

`PYTHONPATH=src:. python -m tests.bench.bench_eviction`
"""

from __future__ import annotations

import statistics

from tests.engine.eviction import CAPACITY_SHARE, POLICIES, Loads, Thing, alike, mixed, simulate, traces

SEEDS = 3


def main() -> None:
    """Print the table."""
    print(
        f"room for {CAPACITY_SHARE:.0%} of all bytes; seconds of loading by request beside LRU's (share of requests that load)"
    )
    print(f"{'things':8}{'trace':26}" + "".join(f"{name:>14}" for name in POLICIES))
    for kind in ("alike", "mixed"):
        found: dict[str, dict[str, list[Loads]]] = {}
        for seed in range(SEEDS):
            things: list[Thing] = alike() if kind == "alike" else mixed(seed)
            for trace_name, trace in traces(seed):
                for name, make in POLICIES.items():
                    found.setdefault(trace_name, {}).setdefault(name, []).append(simulate(make(), trace, things))
        for trace_name, by_policy in found.items():
            costs = {name: statistics.mean(each.cost_s for each in loads) for name, loads in by_policy.items()}
            misses = {name: statistics.mean(each.misses for each in loads) for name, loads in by_policy.items()}
            cells = "".join(f"{costs[name] / costs['LRU']:>7.2f} ({misses[name]:.0%})".rjust(14) for name in POLICIES)
            print(f"{kind:8}{trace_name:26}{cells}")


if __name__ == "__main__":
    main()
