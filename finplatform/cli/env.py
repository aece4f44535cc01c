"""`finplatform env`: the variables that `dbt` reads, for a shell.

Belongs here: writing them as a shell reads them. Which there are is in `finplatform.warehouse.dbt`.
"""

import shlex
import sys

from finplatform.cli.output import print_json
from finplatform.settings import get_settings
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.dbt import dbt_environment, shell_target_dir


def run(target: str, *, as_json: bool) -> None:
    """Prints variables of the configured warehouse, with its password.

    Args:
        target: dbt's target: dev or prod.
        as_json: Whether they are printed as JSON.
    """
    settings = get_settings()
    variables = {
        **dbt_environment(settings, open_warehouse(settings).location),
        # The files of the platform's own runs stay as they are.
        "DBT_TARGET_PATH": str(shell_target_dir(settings)),
        "FINPLATFORM_DBT_TARGET": target,
    }
    if as_json:
        print_json(variables)
        return
    # Exactly as it is: a console would wrap lines.
    for name, value in sorted(variables.items()):
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
