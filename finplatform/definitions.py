"""The code location: what `workspace.yaml` and `dg` load.

Belongs here: one name. Everything is assembled in `finplatform.orchestration.build`.
"""

import warnings

from finplatform import garbage

with garbage.held_off(), warnings.catch_warnings():
    import dagster as dg

    from finplatform.orchestration.build import build_definitions

    # Single-run backfills are what makes a window one transaction; Dagster calls them beta.
    warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)
    defs = build_definitions()
