"""`artrator cluster`: the replicas that run models on a Ray cluster, started once for all processes that ask."""

from __future__ import annotations

import typer

from artrator.cli.console import say
from artrator.cli.home import read_settings
from artrator.engine.cluster.connection import prepare_ray
from artrator.wiring import replica_equipment

app = typer.Typer(no_args_is_help=True, help="Start and stop the replicas that run models on a Ray cluster.")


@app.command()
def deploy() -> None:
    """Start the replicas, or change those that run; wait until they take runs."""
    settings = read_settings(None)
    prepare_ray()
    from artrator.engine.cluster.deployment import deploy as deploy_replicas  # noqa: PLC0415 - it needs the extra

    deploy_replicas(settings.engine, replica_equipment)
    say("deployed")


@app.command()
def remove() -> None:
    """Let the replicas finish what they run, and stop them."""
    settings = read_settings(None)
    prepare_ray()
    from artrator.engine.cluster.deployment import remove as remove_replicas  # noqa: PLC0415 - it needs the extra

    remove_replicas(settings.engine.cluster)
    say("removed")
