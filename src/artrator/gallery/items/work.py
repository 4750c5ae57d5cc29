"""What somebody is about to put in the gallery, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artrator.gallery.items.item import Item
from artrator.gallery.items.rights import Maker
from artrator.kernel.ids import ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An item that does not hang yet, with all of its inputs that may be shown. there: the one that does, of the same source."""

    item: Item
    makers: Sequence[Maker]
    there: ItemId | None
