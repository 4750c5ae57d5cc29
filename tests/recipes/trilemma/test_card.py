"""The trilemma card: scales that compare, a table and a plot of what was measured."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from artrator.recipes.trilemma.__main__ import main
from artrator.recipes.trilemma.card import AXES, SLOWEST, plot, score, table, write_card
from artrator.recipes.trilemma.contenders import CONTENDERS
from artrator.recipes.trilemma.measures import Likeness
from artrator.recipes.trilemma.rounds import Round
from artrator.starters import starter_folders

DOCS = Path(__file__).parents[3] / "docs" / "architecture"
LIMIT = Likeness(diversity=1.0, coverage=0.96, density=1.0, precision=0.98)


def told(name: str, *, speed: float, likeness: Likeness = LIMIT) -> Round:
    contender = next(each for each in CONTENDERS if each.name == name)
    return Round(contender=contender, likeness=likeness, limit=LIMIT, pictures_per_s=speed, alone_s=0.1)


def test_what_equals_drawings_scores_one_and_what_is_half_scores_half() -> None:
    half = Likeness(diversity=0.5, coverage=0.48, density=0.5, precision=0.7)
    whole, less = score([told("shape-gan", speed=10), told("palette-vae", speed=10, likeness=half)])
    assert (whole.diversity, whole.coverage, whole.fidelity) == (1, 1, 1)
    assert (less.diversity, less.coverage, less.fidelity) == pytest.approx((0.5, 0.5, 0.5))


def test_no_scale_goes_beyond_one_or_below_nought() -> None:
    dense = replace(LIMIT, density=3.0, diversity=1.4)
    quick, slow = score([told("shape-gan", speed=100, likeness=dense), told("digits-flow", speed=100 * SLOWEST / 10)])
    assert (quick.fidelity, quick.diversity) == (1, 1)
    assert slow.speed == 0


def test_a_tenth_of_the_speed_is_a_third_of_the_scale() -> None:
    quick, slow = score([told("shape-gan", speed=100), told("digits-flow", speed=10)])
    assert quick.speed == 1
    assert slow.speed == pytest.approx(2 / 3)


def test_resolution_is_the_side_that_was_learned() -> None:
    scored = score([told(each.name, speed=1) for each in CONTENDERS])
    assert [each.resolution for each in scored] == [0.5, 0.5, 0.25, 1, 1]


def test_the_plot_has_a_bar_for_every_starter_on_every_scale() -> None:
    rounds = [told("shape-gan", speed=10), told("digits-flow", speed=5)]
    root = ET.fromstring(plot(rounds))
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    bars = [each for each in root.iter("{http://www.w3.org/2000/svg}rect") if each.get("fill") == "#eee"]
    assert {*AXES, "shape-gan", "digits-flow"} <= set(words)
    assert len(bars) == 2 * len(AXES)


def test_the_card_is_put_into_its_place_and_the_page_stays(tmp_path: Path) -> None:
    page = tmp_path / "trilemma.md"
    page.write_text("before\n<!-- card -->\nold\n<!-- end of the card -->\nafter\n")
    rounds = [told("shape-gan", speed=10)]
    for _ in range(2):
        write_card(tmp_path, rounds)
    assert page.read_text() == f"before\n<!-- card -->\n{table(rounds)}<!-- end of the card -->\nafter\n"
    assert (tmp_path / "trilemma.svg").read_text().startswith("<svg")


def test_drawings_are_of_the_size_that_starters_print() -> None:
    for each in CONTENDERS:
        assert each.draw(1, each.printed_px).shape == (each.printed_px, each.printed_px, 3)
        assert each.draw(1, 32).tolist() != each.draw(2, 32).tolist()


@pytest.mark.slow
def test_the_command_measures_the_starters_and_writes_the_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--pictures", "24", "--write", str(tmp_path)])
    printed = capsys.readouterr().out
    assert all(f"`{each.name}` ({each.kind})" in printed for each in CONTENDERS)
    assert (tmp_path / "trilemma.md").read_text().count("\n|") == 2 + len(CONTENDERS)
    assert (tmp_path / "trilemma.svg").read_text().count("#eee") == len(AXES) * len(CONTENDERS)


def test_some_starters_are_measured_where_only_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--pictures", "6", "--only", "digits-flow"])
    printed = capsys.readouterr().out
    assert "`digits-flow` (flow)" in printed
    assert "shape-gan" not in printed


def test_the_card_in_the_docs_is_of_the_starters_that_ship() -> None:
    card = (DOCS / "trilemma.md").read_text()
    plotted = (DOCS / "trilemma.svg").read_text()
    shipped = {folder.name for folder in starter_folders()}
    for each in CONTENDERS:
        assert each.name in shipped
        assert f"| `{each.name}` ({each.kind}) | {each.learned_px}, {each.printed_px} |" in card
        assert f">{each.name}<" in plotted
