"""Print the trilemma card of the starters that are there, and of bundles beside them.

    python -m artrator.recipes.trilemma [--pictures 600] [--write FOLDER]

Each paints as it does when nothing but its main inputs is said; no torch is needed.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from artrator.recipes.trilemma.card import score, table, write_card
from artrator.recipes.trilemma.contenders import CONTENDERS
from artrator.recipes.trilemma.features import Eye
from artrator.recipes.trilemma.rounds import run_round
from artrator.starters import starter_folders

PICTURES = 600


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(prog="python -m artrator.recipes.trilemma", description=__doc__)
    parser.add_argument("--pictures", type=int, default=PICTURES, help="of each starter, and twice as many drawings")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the starters")
    parser.add_argument("--beside", type=Path, nargs="+", default=[], help="folders of bundles that have not shipped")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="where trilemma.svg and trilemma.md are")
    told = parser.parse_args(arguments)
    beside = [folder.resolve() for folder in told.beside]
    there = {folder.name: folder for folder in (*starter_folders(), *beside)}
    eye = Eye(there["style-reader"] / "reader.onnx")
    rounds = []
    for contender in CONTENDERS:
        if contender.name in there and (told.only is None or contender.name in told.only):
            print(f"{contender.name}: {told.pictures} pictures", flush=True)
            rounds.append(run_round(contender, eye, told.pictures, beside))
    print(table(rounds))
    for each, scores in zip(rounds, score(rounds), strict=True):
        print(each.contender.name, scores)
    if told.write is not None:
        write_card(told.write, rounds)


if __name__ == "__main__":
    main()
