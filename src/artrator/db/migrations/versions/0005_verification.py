"""The tables of verification."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

FINDINGS = """
CREATE TABLE verification_findings (
    model_id text NOT NULL,
    digest text NOT NULL,
    check_name text NOT NULL,
    verdict text NOT NULL CONSTRAINT ck_verification_findings_verdict_known
        CHECK (verdict IN ('passed', 'failed', 'warned', 'skipped')),
    reason text NOT NULL,
    what_to_do text NOT NULL,
    measured jsonb NOT NULL,
    runtime text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT pk_verification_findings PRIMARY KEY (model_id, digest, check_name),
    CONSTRAINT fk_findings_version FOREIGN KEY (model_id, digest) REFERENCES versions (model_id, digest)
);
CREATE INDEX ix_verification_findings_runtime ON verification_findings (runtime)
"""

CONSENTS = """
CREATE TABLE verification_consents (
    model_id text NOT NULL,
    digest text NOT NULL,
    operator_id text NOT NULL CONSTRAINT fk_verification_consents_operator_id_users REFERENCES users (id),
    consented_at timestamptz NOT NULL,
    CONSTRAINT pk_verification_consents PRIMARY KEY (model_id, digest),
    CONSTRAINT fk_consents_version FOREIGN KEY (model_id, digest) REFERENCES versions (model_id, digest)
)
"""


def upgrade() -> None:
    """Create them."""
    for group in (FINDINGS, CONSENTS):
        for statement in group.split(";"):
            op.execute(statement)
