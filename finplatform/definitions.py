"""The code location: what `workspace.yaml` and `dg` load.

Belongs here: one name. Everything is assembled in `finplatform.orchestration.build`.
"""

from finplatform.orchestration.build import build_definitions

defs = build_definitions()
