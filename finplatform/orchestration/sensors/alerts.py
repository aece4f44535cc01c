"""Failed checks, failed runs and skipped files as alerts: to the log, and to a webhook if set.

Non-blocking checks fail without failing a run, so successful runs are read as well. Belongs here:
the two run-status sensors and the messages. Does not belong here: what is checked.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from finplatform.settings import Settings

LOGGER = logging.getLogger("finplatform.alerts")

_TIMEOUT_SECONDS = 10


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[dict[str, Any]]:
    """Check evaluations of a run that did not pass."""
    records = instance.get_records_for_run(
        run_id, of_type={dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    ).records
    failed = []
    for record in records:
        event = record.event_log_entry.dagster_event
        evaluation = event.asset_check_evaluation_data if event else None
        if evaluation is not None and not evaluation.passed:
            failed.append(
                {
                    "asset": evaluation.asset_key.to_user_string(),
                    "check": evaluation.check_name,
                    "severity": evaluation.severity.value,
                    "description": evaluation.description or "",
                }
            )
    return failed


def alert_of(run: dg.DagsterRun, checks: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The message about a run, or None when there is nothing to say.

    Args:
        run: A finished run.
        checks: Its failed checks.
    """
    if run.status is not dg.DagsterRunStatus.FAILURE and not checks:
        return None
    return {
        "run_id": run.run_id,
        "job": run.job_name,
        "status": run.status.value,
        "partition": run.tags.get("dagster/partition"),
        "failed_checks": list(checks),
    }


def send(alert: Mapping[str, Any], settings: Settings) -> None:
    """Writes an alert to the log and posts it to the webhook, which may be down.

    Args:
        alert: The message.
        settings: Name the webhook, if there is one.
    """
    LOGGER.error(
        "Run %s of %s: %s, %s failed checks.",
        alert["run_id"], alert["job"], alert["status"], len(alert["failed_checks"]),
    )  # fmt: skip
    for check in alert["failed_checks"]:
        LOGGER.error("%s / %s: %s", check["asset"], check["check"], check["description"])
    _post(alert, settings)


def send_warning(name: str, problem: str, settings: Settings) -> None:
    """Alerts about a file of the landing zone that no run will load.

    Args:
        name: The file, as it may be shown.
        problem: Why, in a sentence.
        settings: Name the webhook, if there is one.
    """
    LOGGER.warning("File %s of the landing zone is skipped: %s", name, problem)
    _post({"file": name, "problem": problem}, settings)


def _post(alert: Mapping[str, Any], settings: Settings) -> None:
    webhook = settings.webhook_url
    if webhook is None:
        return
    import httpx

    try:
        httpx.post(
            webhook.get_secret_value(), json=dict(alert), timeout=_TIMEOUT_SECONDS
        ).raise_for_status()
    except httpx.HTTPError as error:
        LOGGER.warning("The webhook did not take the alert: %s", type(error).__name__)


def build_alert_sensors(status: dg.DefaultSensorStatus) -> list[dg.SensorDefinition]:
    """One sensor on failed runs and one on runs that succeeded in spite of failed checks.

    Args:
        status: Whether they run without being turned on in the UI.
    """

    def alert(context: dg.RunStatusSensorContext, settings: dg.ResourceParam[Settings]) -> None:
        run = context.dagster_run
        message = alert_of(run, failed_checks(context.instance, run.run_id))
        if message is not None:
            send(message, settings)

    # No list of jobs: runs that people or automation start belong to none of ours.
    return [
        dg.run_status_sensor(
            run_status=run_status,
            name=name,
            default_status=status,
            minimum_interval_seconds=60,
            description=text,
        )(alert)
        for run_status, name, text in (
            (dg.DagsterRunStatus.FAILURE, "alert_failed_runs", "Reports failed runs."),
            (
                dg.DagsterRunStatus.SUCCESS,
                "alert_failed_checks",
                "Reports checks that failed without stopping their run.",
            ),
        )
    ]
