"""Runs whose process has ended without a word: they are marked as failed, and so taken up again.

The code server notices when the process of one of its runs dies. When it has died itself, with the
machine or alone, no process is left that would. Belongs here: finding such runs. Does not belong
here: taking them up, which Dagster's daemon does (`run_retries` in `dagster.yaml`).
"""

import dagster as dg

SERVED_TAG = ".dagster/grpc_info"
"""Tag of runs that a code server has begun; those of commands have none."""

_GOING_ON = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Marks the runs of a code server that is gone as failed, or as cancelled where that was asked.

    Args:
        instance: Where runs are recorded; no code server and none of its processes may be alive.

    Returns:
        Ids of the runs.
    """
    found = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_GOING_ON)):
        if SERVED_TAG not in run.tags:
            continue
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "The process of the run ended with the code server.")
        else:
            instance.report_run_failed(run, "The process of the run ended with the code server.")
        found.append(run.run_id)
    return found
