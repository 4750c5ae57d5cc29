"""`artrator models`: search the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from artrator.cli.console import print_json, say
from artrator.kernel.money import Micros, format_amount
from artrator.sdk import Client
from artrator.sdk.listing import ModelListing


def models(
    query: Annotated[str | None, typer.Argument(help="words, prefixes, parts of Korean words")] = None,
    sort: Annotated[str | None, typer.Option(help="new, popular or price")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List or search the models that may be run."""
    with Client() as client:
        found = client.models(query, sort=sort, limit=limit)
    if as_json:
        print_json(found)
    elif not found:
        say("No model matches.")
    else:
        _print_table(found)


def _print_table(found: Sequence[ModelListing]) -> None:
    table = Table("model", "pipeline", "price a run", "runs", "what it does", box=None, pad_edge=False)
    for each in found:
        cost = each.run_price or each.price
        price = format_amount(Micros(cost.amount_micros), cost.currency) if cost.amount_micros else "free"
        table.add_row(
            f"{each.owner}/{each.name}", each.pipeline or "", price, str(each.run_count), each.description or ""
        )
    Console().print(table)
