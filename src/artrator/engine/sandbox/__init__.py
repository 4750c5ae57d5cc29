"""What keeps a stranger's model inside its process: one protection a file, `confine` puts them on."""

from artrator.engine.sandbox.confine import Confined, Confinement, confine
from artrator.engine.sandbox.protections import Guarantee, Protection

__all__ = ["Confined", "Confinement", "Guarantee", "Protection", "confine"]
