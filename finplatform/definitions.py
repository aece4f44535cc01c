"""The code location: what `workspace.yaml` and `dg` load.

Belongs here: one name. Everything is assembled in `finplatform.orchestration.build`.
"""

import logging

from finplatform import logs
from finplatform.orchestration.build import build_definitions
from finplatform.settings import get_settings

if not logging.getLogger().handlers:
    # In a process of Dagster's, which leaves the platform's loggers without a place to write to.
    logs.configure("code", is_all=False)
    logs.set_level(get_settings().log_level)

defs = build_definitions()
