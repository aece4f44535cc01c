"""`finplatform backfill`: jobs over a range of days, one run a job.

Belongs here: the command.
"""

from collections.abc import Sequence
from datetime import date

from finplatform.cli.output import OUT, print_json
from finplatform.cli.running import execute, require_success
from finplatform.settings import get_settings
from finplatform.windows import Window


def run(first: date, last: date, jobs: Sequence[str], *, as_json: bool) -> None:
    """Runs the jobs and prints rows and checks of each run; one that failed is an error."""
    results = execute(get_settings(), jobs, Window.through(first, last))
    if as_json:
        print_json([vars(result) for result in results])
    else:
        for result in (one for one in results if one.success):
            OUT.print(
                f"Run {result.run_id} of {result.job}: {len(result.rows)} tables,"
                f" {result.checks_passed} checks passed, {len(result.checks_failed)} failed,"
                f" {len(result.checks_warned)} with a warning."
            )
    require_success(results)
