"""Which generator serves which pipeline: the whole set, since no other code of a model ever runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from artrator.bundle.config import Pipeline
from artrator.engine.execution.call import Steps
from artrator.engine.pipelines.image_to_image import image_to_image
from artrator.engine.pipelines.image_to_label import image_to_label
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.latent_to_image import latent_to_image
from artrator.engine.pipelines.tensor import tensor
from artrator.engine.pipelines.text_to_image import text_to_image

PIPELINES: Mapping[Pipeline, Callable[[Job], Steps]] = {
    Pipeline.TENSOR: tensor,
    Pipeline.LATENT_TO_IMAGE: latent_to_image,
    Pipeline.IMAGE_TO_IMAGE: image_to_image,
    Pipeline.IMAGE_TO_LABEL: image_to_label,
    Pipeline.TEXT_TO_IMAGE: text_to_image,
}
