"""Findings and consents in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import VersionStatus
from artrator.catalog.tables import models, versions
from artrator.identity.store import find_user
from artrator.identity.tables import users
from artrator.identity.user import User
from artrator.kernel.ids import Digest, ModelId, UserId
from artrator.verification.finding import Finding, Verdict
from artrator.verification.remark import Remark
from artrator.verification.tables import consents, findings

MAX_WAITING_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A version that waits for an operator's consent."""

    owner: str
    name: str
    digest: Digest
    created_at: datetime


async def list_waiting(connection: AsyncConnection) -> Sequence[Waiting]:
    """List the versions that wait for consent, the oldest first."""
    joined = versions.join(models, models.c.id == versions.c.model_id).join(users, users.c.id == models.c.owner_id)
    query = (
        select(users.c.handle, models.c.name, versions.c.digest, versions.c.created_at)
        .select_from(joined)
        .where(versions.c.status == VersionStatus.AWAITING_CONSENT, models.c.deleted_at.is_(None))
        .order_by(versions.c.created_at, versions.c.digest)
        .limit(MAX_WAITING_SHOWN)
    )
    rows = (await connection.execute(query)).all()
    return [Waiting(owner=row[0], name=row[1], digest=Digest(row[2]), created_at=row[3]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubled:
    """A version that an operator should look at, with the findings that failed."""

    model_id: ModelId
    owner: str
    name: str
    digest: Digest
    status: VersionStatus
    created_at: datetime
    failures: Sequence[Finding] = ()


async def list_troubled(
    connection: AsyncConnection, statuses: Sequence[VersionStatus], *, before: tuple[datetime, str] | None, limit: int
) -> Sequence[Troubled]:
    """List versions of some statuses, the newest first, from behind a version's `created_at` and digest on."""
    place = versions.c.created_at, versions.c.digest
    joined = versions.join(models, models.c.id == versions.c.model_id).join(users, users.c.id == models.c.owner_id)
    query = (
        select(models.c.id, users.c.handle, models.c.name, versions.c.digest, versions.c.status, versions.c.created_at)
        .select_from(joined)
        .where(versions.c.status.in_(statuses), models.c.deleted_at.is_(None))
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(*place) < tuple_(*(literal(value) for value in before)))
    rows = (await connection.execute(query)).all()
    failures = await _failures(connection, [(row.id, row.digest) for row in rows])
    return [
        Troubled(
            model_id=ModelId(row.id),
            owner=row.handle,
            name=row.name,
            digest=Digest(row.digest),
            status=VersionStatus(row.status),
            created_at=row.created_at,
            failures=failures.get((row.id, row.digest), ()),
        )
        for row in rows
    ]


async def _failures(
    connection: AsyncConnection, of: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], Sequence[Finding]]:
    query = (
        select(findings)
        .where(tuple_(findings.c.model_id, findings.c.digest).in_(of), findings.c.verdict == Verdict.FAILED)
        .order_by(findings.c.check_name)
    )
    found: dict[tuple[str, str], list[Finding]] = {}
    for row in (await connection.execute(query)).all():
        found.setdefault((row.model_id, row.digest), []).append(_finding(row))
    return found


async def put_finding(
    connection: AsyncConnection, model_id: ModelId, digest: Digest, finding: Finding, *, runtime: str, now: datetime
) -> None:
    """Store a finding in the place of an earlier one of the same check."""
    values = {
        "verdict": finding.verdict,
        "code": finding.said.code,
        "facts": dict(finding.said.facts),
        "reason": finding.reason,
        "what_to_do": finding.what_to_do,
        "details": [asdict(each) for each in finding.details],
        "measured": dict(finding.measured),
        "runtime": runtime,
        "made_at": now,
    }
    key = {"model_id": model_id, "digest": digest, "check_name": finding.check}
    statement = insert(findings).values(**key, **values)
    await connection.execute(statement.on_conflict_do_update(constraint="pk_verification_findings", set_=values))


async def list_findings(
    connection: AsyncConnection, model_id: ModelId, digest: Digest
) -> Sequence[tuple[Finding, str]]:
    """List a version's findings, each with the runtime that it was made with."""
    query = select(findings).where(findings.c.model_id == model_id, findings.c.digest == digest)
    return [(_finding(row), row.runtime) for row in (await connection.execute(query)).all()]


async def outdated(connection: AsyncConnection, runtime: str) -> Sequence[tuple[ModelId, Digest]]:
    """List the versions that passed with another runtime."""
    joined = findings.join(
        versions, (versions.c.model_id == findings.c.model_id) & (versions.c.digest == findings.c.digest)
    )
    query = (
        select(findings.c.model_id, findings.c.digest)
        .select_from(joined)
        .where(findings.c.runtime != runtime, versions.c.status == VersionStatus.PASSED)
        .distinct()
    )
    return [(ModelId(row.model_id), Digest(row.digest)) for row in (await connection.execute(query)).all()]


async def owner_of(connection: AsyncConnection, model_id: ModelId) -> User | None:
    """Find who owns a model that is not deleted."""
    query = select(models.c.owner_id).where(models.c.id == model_id, models.c.deleted_at.is_(None))
    owner_id = (await connection.execute(query)).scalar_one_or_none()
    return None if owner_id is None else await find_user(connection, UserId(owner_id))


async def put_consent(
    connection: AsyncConnection, model_id: ModelId, digest: Digest, operator_id: UserId, now: datetime
) -> None:
    """Note an operator's consent; a second one changes nothing."""
    values = {"model_id": model_id, "digest": digest, "operator_id": operator_id, "consented_at": now}
    await connection.execute(insert(consents).values(values).on_conflict_do_nothing())


async def has_consent(connection: AsyncConnection, model_id: ModelId, digest: Digest) -> bool:
    """Tell whether an operator has consented."""
    query = select(consents.c.digest).where(consents.c.model_id == model_id, consents.c.digest == digest)
    return (await connection.execute(query)).first() is not None


def _finding(row: Row[Any]) -> Finding:
    return Finding(
        check=row.check_name,
        verdict=Verdict(row.verdict),
        said=Remark(row.code, row.reason, row.facts),
        what_to_do=row.what_to_do,
        details=tuple(Remark(**each) for each in row.details),
        measured=row.measured,
    )
