"""Property tests do not time single examples: a loaded machine is no defect."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("lianzhi", deadline=None)
settings.load_profile("lianzhi")
