"""What every check is given: the version's files, what its manifest says, and the means to look at its graphs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from artrator.bundle.facts import GraphFacts, LoraFacts
from artrator.bundle.manifest import Manifest
from artrator.engine.examination.examine import Examiner
from artrator.engine.fleet import InstalledBundle
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest
from artrator.verification.finding import Finding, Verdict
from artrator.verification.settings import VerificationSettings

ListedElsewhere = Callable[[], Awaitable[bool]]
"""Tells whether another owner has listed the same digest."""


class GraphUnreadable(Exception):
    """A graph could not even be read; the structure check says why, and the others have nothing to look at."""

    def __init__(self, path: str, cause: ArtratorError) -> None:
        super().__init__(path)
        self.path = path
        self.cause = cause


class Case:
    """One version on its way through the checks. base: what a LoRA adapts."""

    def __init__(
        self,
        *,
        folder: Path,
        digest: Digest,
        manifest: Manifest,
        examiner: Examiner,
        settings: VerificationSettings,
        base: InstalledBundle | None = None,
        listed_elsewhere: ListedElsewhere | None = None,
    ) -> None:
        self.base = base
        self.folder = folder
        self.digest = digest
        self.manifest = manifest
        self.examiner = examiner
        self.settings = settings
        self.listed_elsewhere = listed_elsewhere
        self.findings: dict[str, Finding] = {}
        self._facts: dict[str, GraphFacts] = {}
        self._lora: LoraFacts | ArtratorError | None = None
        self._unreadable: GraphUnreadable | None = None

    @property
    def bundle(self) -> InstalledBundle:
        """The version as the engine takes it."""
        return self.bundle_as(batchable=False)

    def bundle_as(self, *, batchable: bool) -> InstalledBundle:
        """Give the version as the engine takes it once it is known whether its graphs batch."""
        return InstalledBundle(
            digest=self.digest, folder=self.folder, manifest=self.manifest, batchable=batchable, base=self.base
        )

    @property
    def has_failed(self) -> bool:
        """Whether a check before this one failed."""
        return any(finding.verdict is Verdict.FAILED for finding in self.findings.values())

    async def facts(self) -> Mapping[str, GraphFacts]:
        """Read every graph once, in sandboxed children; by path. Raises: GraphUnreadable, Unavailable."""
        if self._unreadable is not None:
            raise self._unreadable
        for path in self.manifest.graphs.values():
            if path not in self._facts:
                self._facts[path] = await self._read(path)
        return self._facts

    async def lora(self) -> LoraFacts | ArtratorError:
        """Read a LoRA once, in a sandboxed child, or say why it cannot be used. Raises: Unavailable."""
        if self._lora is None:
            try:
                self._lora = await self.examiner.read_lora(self.bundle)
            except Unavailable:
                raise
            except ArtratorError as error:
                self._lora = error
        return self._lora

    async def _read(self, path: str) -> GraphFacts:
        try:
            return await self.examiner.read_facts(self.folder, path)
        except Unavailable:
            raise
        except ArtratorError as error:
            self._unreadable = GraphUnreadable(path, error)
            raise self._unreadable from error
