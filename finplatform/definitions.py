"""The code location of `workspace.yaml` and `dg`.

Belongs here: the definitions object. Does not belong here: its assembly (see
`finplatform.orchestration.build`).
"""

import logging

from finplatform import logs
from finplatform.orchestration.build import build_definitions
from finplatform.settings import get_settings

if not logging.getLogger().handlers:
    # Processes of Dagster do not configure the platform's loggers.
    logs.configure("code", is_all=False)
    logs.set_level(get_settings().log_level)

defs = build_definitions()
