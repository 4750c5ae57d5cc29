"""Find out whether a keyframe's picture can be read before money is held: a worker decodes it, as it would for a run."""

from __future__ import annotations

from collections.abc import Mapping

from artrator.bundle.fields import ImageInput
from artrator.bundle.manifest import Manifest
from artrator.engine.errors import AccountBusy, ModelFault
from artrator.kernel.errors import Invalid, TooLarge, Unavailable
from artrator.kernel.ids import UserId
from artrator.storage.blobs import Blobs
from artrator.walks.perception import Perception

LOOK_S = 15.0
"""An engine that has no time for it now is not waited for: the walk itself will tell."""


class KeyframePictures:
    """Has pictures read in the sandbox, where strangers' files belong."""

    def __init__(self, perception: Perception, blobs: Blobs) -> None:
        self._perception = perception
        self._blobs = blobs

    async def check(self, user_id: UserId, manifest: Manifest, keys: Mapping[str, str]) -> None:
        """Read those files that are pictures. keys: blobs by input. Raises: Invalid, TooLarge with `inputs.<name>`."""
        for name, key in keys.items():
            if isinstance(manifest.inputs[name], ImageInput):
                await self._check(user_id, f"inputs.{name}", await self._blobs.get(key))

    async def _check(self, user_id: UserId, field: str, picture: bytes) -> None:
        try:
            await self._perception.features(picture, account=user_id, deadline_s=LOOK_S)
        except (Unavailable, AccountBusy, ModelFault):
            return
        except (Invalid, TooLarge) as error:
            raise error.at(field) from error
