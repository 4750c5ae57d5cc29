"""How much hardware a rate of runs needs: `python -m tests.bench.capacity [--api-us N --postgres-us N --model-us N ...]`.

Two answers side by side: waiting on paper (Allen and Cunneen) and a discrete-event simulation of the same house. A run goes
through three lines: an API process (twice: to take it in, to settle and answer), PostgreSQL, a core that runs the model.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.bench.queueing import Stage, play_through, servers_for

RATES = (1, 10, 100, 1_000, 10_000)
MOST_BUSY = 0.7
"""Utilisation to plan for: beyond it, waits grow faster than work, and one machine less is felt."""
BUSY = (0.5, 0.7, 0.8, 0.9, 0.95)
CORES = 8
RUNS = 60_000
EVEN, UNEVEN = 0.25, 1.0
"""Squared coefficients of variation: code that does the same each time; models that differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Processor time of one run, by who spends it, in seconds; commit_s is waited for and shared by a group."""

    api_s: float
    postgres_s: float
    model_s: float
    commit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is started for a rate."""

    rate: float
    apis: int
    postgres_cores: int
    machines: int
    cores: int

    def stages(self, costs: Costs) -> Sequence[Stage]:
        """Lay out the lines: one for each API process, one for PostgreSQL, one for each machine that runs models."""
        return (
            Stage(name="api", service_s=costs.api_s, service_cv2=EVEN, servers=1, lines=self.apis),
            Stage(name="postgres", service_s=costs.postgres_s, service_cv2=EVEN, servers=self.postgres_cores),
            Stage(
                name="model",
                service_s=costs.model_s,
                service_cv2=UNEVEN,
                servers=self.cores,
                lines=self.machines,
            ),
        )


def plan_for(rate: float, costs: Costs, cores: int = CORES) -> Plan:
    """Count what keeps everything at most MOST_BUSY."""
    needed = servers_for(rate, costs.model_s, MOST_BUSY)
    machines = -(-needed // cores)
    return Plan(
        rate=rate,
        apis=servers_for(rate, costs.api_s, MOST_BUSY),
        postgres_cores=servers_for(rate, costs.postgres_s, MOST_BUSY),
        machines=machines,
        cores=-(-needed // machines),
    )


def paper_s(plan: Plan, costs: Costs) -> float:
    """Give a run's mean time in the house: its services, its waits, and the two commits that it shares with others."""
    work_s = costs.api_s + costs.postgres_s + costs.model_s
    return work_s + sum(stage.mean_wait_s(plan.rate) for stage in plan.stages(costs)) + 2 * costs.commit_s


def simulated_s(plan: Plan, costs: Costs, runs: int = RUNS) -> tuple[float, float]:
    """Give the mean and the 99th percentile of a run's time in the house, played through."""
    whole_s, _ = play_through(plan.stages(costs), plan.rate, runs, seed=1)
    return float(np.mean(whole_s)) + 2 * costs.commit_s, float(np.quantile(whole_s, 0.99)) + 2 * costs.commit_s


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--api-us", type=float, default=1_000, help="API process, processor microseconds a run")
    words.add_argument("--postgres-us", type=float, default=500, help="PostgreSQL, processor microseconds a run")
    words.add_argument("--model-us", type=float, default=20_000, help="a core that runs the model, microseconds a run")
    words.add_argument(
        "--commit-ms", type=float, default=3, help="one commit with its fsync, which a run waits for twice"
    )
    words.add_argument("--cores", type=int, default=CORES, help="of each machine that runs models")
    chosen = words.parse_args()
    costs = Costs(
        api_s=chosen.api_us / 1e6,
        postgres_s=chosen.postgres_us / 1e6,
        model_s=chosen.model_us / 1e6,
        commit_s=chosen.commit_ms / 1e3,
    )
    print(
        f"a run: API {chosen.api_us:g} us, PostgreSQL {chosen.postgres_us:g} us, model {chosen.model_us:g} us, "
        f"two commits of {chosen.commit_ms:g} ms; at most {MOST_BUSY:.0%} busy\n"
    )
    print(
        f"{'':>8} {'API':>10} {'PostgreSQL':>11} {'machines':>9} {'mean ms':>16} {'p99 ms':>8} {'mean ms with one':>17}"
    )
    print(
        f"{'runs/s':>8} {'processes':>10} {'cores':>11} {'x cores':>9} {'paper simulated':>16} {'':>8} {'machine less':>17}"
    )
    for rate in RATES:
        print(row(plan_for(rate, costs, chosen.cores), costs))
    print(f"\n{waits()}")


def waits() -> str:
    """Write how long a run waits on paper, in times of its own service, by how busy its line is."""
    head = "".join(f"{busy:>8.0%}" for busy in BUSY)
    lines = [f"mean wait, in times of a run's own work{head}"]
    for servers in (1, CORES):
        line = Stage(name="line", service_s=1, service_cv2=UNEVEN, servers=servers)
        told = "".join(f"{line.mean_wait_s(busy * servers):>8.2f}" for busy in BUSY)
        lines.append(f"{f'{servers} core' if servers == 1 else f'{servers} cores that share a line':<39}{told}")
    return "\n".join(lines)


def row(plan: Plan, costs: Costs) -> str:
    """Write a line of the table."""
    mean_s, p99_s = simulated_s(plan, costs)
    fewer = "none left"
    if plan.machines > 1:
        short_s = paper_s(_without_one(plan), costs)
        fewer = f"{short_s * 1e3:.1f}" if short_s < float("inf") else "turned away"
    machines = f"{plan.machines} x {plan.cores}"
    means = f"{paper_s(plan, costs) * 1e3:>7.1f} {mean_s * 1e3:>8.1f}"
    return f"{plan.rate:>8,} {plan.apis:>10} {plan.postgres_cores:>11} {machines:>9} {means:>16} {p99_s * 1e3:>8.1f} {fewer:>17}"


def _without_one(plan: Plan) -> Plan:
    return Plan(
        rate=plan.rate,
        apis=plan.apis,
        postgres_cores=plan.postgres_cores,
        machines=plan.machines - 1,
        cores=plan.cores,
    )


if __name__ == "__main__":
    main()
