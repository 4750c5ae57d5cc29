"""A statement as a table for spreadsheets and accountants."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

from artrator.kernel.money import Micros, format_amount
from artrator.ledger.statement import Entry
from artrator.ledger.transfer import TransferCode

_PARTS = (TransferCode.CREATOR_SHARE, TransferCode.PLATFORM_FEE)
COLUMNS = ("time", "kind", "for", "id", "amount", "balance", "currency", *_PARTS, "models")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


async def statement_csv(entries: AsyncIterator[Entry], currency: str) -> AsyncIterator[str]:
    """Write a header and a line for each entry, as they come (RFC 4180)."""
    yield _line(COLUMNS)
    async for entry in entries:
        parts = {code: [part.amount for part in entry.parts if part.code is code] for code in _PARTS}
        yield _line(
            (
                entry.at.isoformat(timespec="seconds"),
                entry.kind,
                _as_text(entry.memo),
                _as_text(entry.subject),
                format_amount(entry.amount),
                format_amount(entry.balance),
                currency,
                *(format_amount(Micros(sum(amounts))) if amounts else "" for amounts in parts.values()),
                _as_text(" ".join(entry.models)),
            )
        )


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _as_text(cell: str) -> str:
    """Keep a spreadsheet from running a text as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
