"""How soon the page is there, with 1,000 models and a slow processor: `python -m tests.bench.bench_web [--models N]`.

A fresh demo is filled with copies of the starter models; a real Chromium, slowed down fourfold, visits it with an empty
cache and does what a visitor does. Each figure is printed beside its limit. The terms are those of web.dev's Core Web
Vitals; the worst interaction stands for the 98th percentile, since a visit has fewer than 50.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, CDPSession, Page
from psycopg import sql
from sqlalchemy import Table

from artrator.catalog.tables import models, prices, versions
from artrator.db.embedded import EmbeddedPostgres
from artrator.gallery.tables import showcase_items
from artrator.kernel.ids import new_id
from tests.journeys.browsing import open_browser
from tests.journeys.running import RunningServer

SLOWER = 4
ROUNDS = 5
PAINTED_MS = 2500
"""How long after the first picture the browser may still report a larger one."""
LIMITS: Mapping[str, float] = {"LCP ms": 1500, "CLS": 0.02, "INP ms": 150, "JavaScript KB": 200}
OBSERVE = """
window.vitals = {lcp: 0, cls: 0, inp: 0};
new PerformanceObserver(list => { for (const each of list.getEntries()) vitals.lcp = each.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const each of list.getEntries()) if (!each.hadRecentInput) vitals.cls += each.value; })
    .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => { for (const each of list.getEntries())
        if (each.interactionId) vitals.inp = Math.max(vitals.inp, each.duration); })
    .observe({type: 'event', durationThreshold: 16, buffered: true});
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A path, and what the visitor does there once it is loaded."""

    path: str
    act: Callable[[Page], None]


@dataclass
class Traffic:
    """Compressed bytes of the scripts that were loaded."""

    script_bytes: int = 0
    _scripts: set[str] = field(default_factory=set[str])

    def listen(self, session: CDPSession) -> None:
        """Count from now on."""
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.loadingFinished", self._on_finished)
        session.send("Network.enable")

    def _on_response(self, event: dict[str, str]) -> None:
        if event["type"] == "Script":
            self._scripts.add(event["requestId"])

    def _on_finished(self, event: dict[str, str]) -> None:
        if event["requestId"] in self._scripts:
            self.script_bytes += int(event["encodedDataLength"])


def _search(page: Page) -> None:
    page.get_by_role("searchbox").press_sequentially("sketch", delay=60)
    page.locator("a[href*='pencil-sketch']").first.wait_for()


def _scroll_and_filter(page: Page) -> None:
    for _ in range(4):
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(250)
    page.mouse.wheel(0, -10_000)
    _search(page)


def _look_around(page: Page) -> None:
    for name in ("API", "Versions", "Verification"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(250)


VISITS = {
    "Explore, wall": Visit("/", _scroll_and_filter),
    "Explore, list": Visit("/?show=models", _search),
    "Model": Visit("/atelier/pencil-sketch", _look_around),
}
WIDTHS_PX = (360, 1280)


def fill(dsn: str, count: int) -> None:
    """Copy the models that are there, with what is shown of them, until there are `count`."""
    with psycopg.connect(dsn) as connection:
        _wait_for_the_showcase(connection)
        listed = connection.execute("SELECT id, name FROM models WHERE visibility = 'public' ORDER BY id").fetchall()
        for number in range(count - len(listed)):
            model_id, name = listed[number % len(listed)]
            copy = {"id": new_id(), "name": f"{name}-{number}"}
            _copy(connection, models, {"id": model_id}, copy)
            _copy(connection, versions, {"model_id": model_id}, {"model_id": copy["id"]})
            _copy(connection, prices, {"model_id": model_id}, {"id": new_id(), "model_id": copy["id"]})
            for (item,) in connection.execute("SELECT id FROM showcase_items WHERE model_id = %s", [model_id]):
                _copy(connection, showcase_items, {"id": item}, {"id": new_id(), "model_id": copy["id"]})
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _wait_for_the_showcase(connection: psycopg.Connection) -> None:
    """Wait until examples of all models have been rendered."""
    missing = "SELECT count(*) FROM models WHERE id NOT IN (SELECT model_id FROM showcase_items)"
    until_s = time.monotonic() + 120
    connection.autocommit = True
    while connection.execute(missing).fetchone() != (0,):
        if time.monotonic() > until_s:
            raise SystemExit("the examples of the starter models were not rendered within two minutes")
        time.sleep(0.5)
    time.sleep(5)  # the last ones of each model
    connection.autocommit = False


def _copy(connection: psycopg.Connection, table: Table, where: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Copy the rows that `where` names, with some columns new."""
    names = [column.name for column in table.c]
    values = [sql.Literal(new[name]) if name in new else sql.Identifier(name) for name in names]
    (key, value), *_ = where.items()
    connection.execute(
        sql.SQL("INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {key} = {value}").format(
            table=sql.Identifier(table.name), names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values), key=sql.Identifier(key), value=sql.Literal(value),
        )
    )  # fmt: skip


def measure(browser: Browser, url: str, visit: Visit, width_px: int) -> dict[str, float]:
    """Visit with an empty cache; give each figure of LIMITS."""
    context = browser.new_context(locale="en-US", viewport={"width": width_px, "height": 800})
    page = context.new_page()
    traffic, session = Traffic(), context.new_cdp_session(page)
    traffic.listen(session)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(OBSERVE)
    page.goto(url + visit.path, wait_until="networkidle")
    page.locator("main:not([aria-busy]) img").first.wait_for()  # of the app, not what is drawn before it
    page.wait_for_timeout(PAINTED_MS)
    script_kb = traffic.script_bytes / 1000
    lcp_ms = page.evaluate("vitals.lcp")
    visit.act(page)
    page.wait_for_timeout(500)
    seen = page.evaluate("vitals")
    context.close()
    return {"LCP ms": lcp_ms, "CLS": seen["cls"], "INP ms": seen["inp"], "JavaScript KB": script_kb}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artrator-bench-") as folder:
        Path(folder).chmod(0o711)
        server = RunningServer(Path(folder) / "home").start()
        try:
            fill(EmbeddedPostgres(folder=server.home / "postgres").dsn(), wanted.models)
            with open_browser() as browser:
                _print(browser, server.url, wanted.rounds)
        finally:
            server.stop()


def _print(browser: Browser, url: str, rounds: int) -> None:
    print(f"median of {rounds} first visits, processor {SLOWER} times slower; in brackets the share of the limit")
    print(f"{'page':<16}{'width px':>9}" + "".join(f"{f'{name} (<{limit:g})':>26}" for name, limit in LIMITS.items()))
    over: list[str] = []
    for name, visit in VISITS.items():
        for width_px in WIDTHS_PX:
            seen = [measure(browser, url, visit, width_px) for _ in range(rounds)]
            medians = {key: statistics.median(each[key] for each in seen) for key in LIMITS}
            cells = [f"{medians[key]:.3g} ({medians[key] / limit:.2f})" for key, limit in LIMITS.items()]
            print(f"{name:<16}{width_px:>9}" + "".join(f"{cell:>26}" for cell in cells), flush=True)
            over += [f"{name}, {width_px} px: {key}" for key, limit in LIMITS.items() if medians[key] >= limit]
    print("over their limits: " + "; ".join(over) if over else "all within their limits")


if __name__ == "__main__":
    main()
