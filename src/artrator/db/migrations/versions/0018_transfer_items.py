"""Keep with a transfer which model it pays for, where that is another than the one that was run: a LoRA's base."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

# Each function as it stands, with one argument more: the rest of them has nothing to do with it.
CHANGES = {
    "ledger_apply": {
        "hold_ids text[], skipped": "hold_ids text[], items text[], skipped",
        "pending_id, code, subject, memo)": "pending_id, code, subject, memo, item)",
        "group_memos[n.place]\n    FROM": "group_memos[n.place], nullif(items[n.i], '')\n    FROM",
    },
    "predictions_reserve": {
        "hold_ids text[], OUT": "hold_ids text[], items text[], OUT",
        "hold_ids,\n            skipped": "hold_ids,\n            items, skipped",
    },
    "predictions_settle": {
        "hold_ids text[], OUT": "hold_ids text[], items text[], OUT",
        "hold_ids,\n            skipped": "hold_ids,\n            items, skipped",
    },
}


def upgrade() -> None:
    """Add the column, and the argument that fills it."""
    connection = op.get_bind()
    connection.exec_driver_sql("ALTER TABLE transfers ADD COLUMN item text")
    for name, changes in CHANGES.items():
        row = connection.exec_driver_sql(f"SELECT pg_get_functiondef('{name}'::regproc)").one()
        definition = str(row[0])
        for before, after in changes.items():
            if definition.count(before) != 1:
                raise AssertionError(f"{name} is not as this change expects it: {before!r}")
            definition = definition.replace(before, after)
        connection.exec_driver_sql(f"DROP FUNCTION {name}")
        connection.exec_driver_sql(definition.replace("%", "%%"))
