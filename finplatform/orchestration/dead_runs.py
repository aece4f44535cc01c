"""Orphaned runs of a dead code server, which are marked as failed and so retried.

The code server detects the death of its run processes. After the death of the code server, runs
would stay in progress. Does not belong here: the retries of Dagster's daemon (`run_retries` in
`dagster.yaml`).
"""

import dagster as dg

SERVED_TAG = ".dagster/grpc_info"
"""Tag of runs started by a code server; runs of CLI commands have none."""

_GOING_ON = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Marks the runs of a dead code server as failed, or as cancelled if that was requested.

    Args:
        instance: The instance; no code server and none of its processes may be alive.

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
