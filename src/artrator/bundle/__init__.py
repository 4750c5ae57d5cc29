"""The artefact of one version: its manifest, inputs and outputs, digest, archive, and facts about its graphs."""
