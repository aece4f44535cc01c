"""Executor of the steps of a run, by settings.

A run executes its steps in its own process by default: PostgreSQL and dbt do the heavy work, and a
process per step takes longer than most steps.
"""

import dagster as dg

from finplatform.settings import Settings


def executor_for(settings: Settings) -> dg.ExecutorDefinition:
    """Dagster's executor of the settings.

    The executors for Docker and Kubernetes are imported lazily: their packages belong to the extra
    `deploy`.
    """
    if settings.executor == "multiprocess":
        start = {"forkserver": {"preload_modules": ["finplatform.definitions"]}}
        return dg.multiprocess_executor.configured({"start_method": start})
    if settings.executor == "docker":
        from dagster_docker import docker_executor

        return docker_executor
    if settings.executor == "k8s":
        from dagster_k8s import k8s_job_executor

        return k8s_job_executor
    return dg.in_process_executor
