"""Make an item of a prediction's picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.service import Catalog
from artrator.gallery.items.errors import no_such_output, nothing_to_show
from artrator.gallery.items.inputs_shown import plain_inputs
from artrator.gallery.items.item import Item, Kind
from artrator.gallery.items.rights import Maker
from artrator.gallery.items.store import find_by_picture
from artrator.gallery.items.work import Work
from artrator.kernel.ids import ItemId, PredictionId, UserId, is_id, new_id
from artrator.predictions.closings import prediction_not_found
from artrator.predictions.prediction import Json, Prediction, Status, StoredFile
from artrator.predictions.store import lock_predictions
from artrator.predictions.thumbnails import has_thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """Which picture. output: by its name, or the first that is a picture; index: of several."""

    prediction_id: str
    output: str | None = None
    index: int = 0


async def own_prediction(connection: AsyncConnection, prediction_id: str, owner_id: UserId) -> Prediction:
    """Find somebody's own run, and keep it from being deleted meanwhile. Raises: NotFound."""
    wanted = PredictionId(prediction_id)
    found = (await lock_predictions(connection, [wanted])).get(wanted) if is_id(prediction_id) else None
    if found is None or found.user_id != owner_id:
        raise prediction_not_found()
    return found


def picture_of(prediction: Prediction, source: PictureSource) -> tuple[str, StoredFile]:
    """Give the name of the output, and its picture. Raises: Conflict, Invalid."""
    if prediction.status is not Status.SUCCEEDED:
        raise nothing_to_show(f"This run is {prediction.status.value}.")
    outputs = prediction.output or ()
    named = [each for each in outputs if source.output is None or each.name == source.output]
    if source.output is not None and not named:
        raise no_such_output("output", "This run has no output of this name.")
    for output in named:
        if source.index < len(output.files) and has_thumbnail(output.files[source.index]):
            return output.name, output.files[source.index]
    if any(has_thumbnail(file) for output in named for file in output.files):
        raise no_such_output("index", "This run made no picture with this number; the first is 0.")
    raise nothing_to_show("This run made no picture.")


def makers_of(prediction: Prediction) -> list[Maker]:
    """List every version that had a part in a run."""
    first = Maker(owner_id=prediction.owner_id, version=prediction.version, model=prediction.model)
    parts = (Maker(owner_id=part.owner_id, version=part.version, model=part.model) for part in prediction.parts)
    return [first, *parts]


async def shown_inputs(connection: AsyncConnection, catalog: Catalog, prediction: Prediction) -> dict[str, Json]:
    """Give what others may see of a run's inputs."""
    version = await catalog.find_version(connection, prediction.model_id, prediction.version)
    if version is None:
        return {}
    return plain_inputs(version.manifest, {**prediction.input, **prediction.seeds})


async def picture_work(
    connection: AsyncConnection, catalog: Catalog, source: PictureSource, owner_id: UserId, now: datetime
) -> Work:
    """Make an item of somebody's own picture. Raises: NotFound, Conflict, Invalid."""
    prediction = await own_prediction(connection, source.prediction_id, owner_id)
    output, file = picture_of(prediction, source)
    item = Item(
        id=ItemId(new_id()),
        kind=Kind.PICTURE,
        owner_id=prediction.user_id,
        prediction_id=prediction.id,
        walk_id=None,
        output=output,
        place=source.index,
        model_id=prediction.model_id,
        digest=prediction.version,
        title="",
        file=file,
        fingerprint=file.sha256,
        input=await shown_inputs(connection, catalog, prediction),
        walk=None,
        likes=0,
        created_at=now,
    )
    there = await find_by_picture(connection, prediction.id, output, source.index)
    return Work(item=item, makers=makers_of(prediction), there=there)
