"""The code location: what `workspace.yaml` and `dg` load.

Belongs here: one name. Everything is assembled in `finplatform.build`.
"""

from finplatform.build import build_definitions

defs = build_definitions()
