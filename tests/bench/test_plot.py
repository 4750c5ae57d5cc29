"""What documents show is a well-formed picture with every line in it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.plot import COLOURS, Panel, draw

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("log", [False, True])
def test_every_line_is_drawn_within_its_panel(tmp_path: Path, *, log: bool) -> None:
    file = tmp_path / "plot.svg"
    lines = {"ours & <theirs>": [(1, 10), (8, 250), (32, 300)], "limit": [(1, 800), (32, 800)]}
    draw(file, [Panel(title="requests a second", lines=lines, log_y=log)], x_title="clients", log_x=log)
    picture = ElementTree.parse(file).getroot()
    assert "ours & <theirs>" in {each.text for each in picture.iter(f"{SVG}text")}
    drawn = [each for each in picture.iter(f"{SVG}path") if each.get("stroke-width") == "2"]
    assert [each.get("stroke") for each in drawn] == list(COLOURS[:2])
    _, _, width, height = map(float, (picture.get("viewBox") or "").split())
    for each in drawn:
        for pair in (each.get("d") or "").removeprefix("M").split("L"):
            x, y = map(float, pair.split())
            assert 0 < x < width
            assert 0 < y < height


def test_a_line_that_is_nought_everywhere_is_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "plot.svg", [Panel(title="errors", lines={"errors": [(0, 0), (1, 0)]})], x_title="minutes")
    assert "errors" in (tmp_path / "plot.svg").read_text()
