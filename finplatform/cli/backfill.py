"""`finplatform backfill`: a job over a range of days, in one run.

Belongs here: the command.
"""

from datetime import date

from finplatform.cli.output import OUT, print_json
from finplatform.cli.running import execute, require_success
from finplatform.settings import get_settings
from finplatform.windows import Window


def run(first: date, last: date, job: str, *, as_json: bool) -> None:
    """Runs the job and prints rows and checks."""
    result = execute(get_settings(), job, Window.through(first, last))
    if as_json:
        print_json(vars(result))
    else:
        OUT.print(
            f"Run {result.run_id}: {len(result.rows)} tables, {result.checks_passed} checks passed,"
            f" {len(result.checks_failed)} failed."
        )
    require_success(result)
