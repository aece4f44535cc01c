"""Run requests of training on drift and age of the default model.

Training is requested when the scores or many features have drifted from the training population,
when a quarter has passed since the last training, or when there is no model. It is requested once
per reason, model and month-end: training on the same rows gives the same model, and until outcomes
mature a new model may drift as well.

Belongs here: the sensor and its pure function. Does not belong here: the measure of drift
(`finplatform.ml.drift`), and scheduled training (`schedules`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import dagster as dg

from finplatform.ml.registry import kept_models
from finplatform.orchestration.jobs import TRAINING_JOB
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse

MODEL = "pd_model"
QUARTER_DAYS = 92
RED_SHARE = 0.2
"""Share of the borrower's features with a red light from which they count as drifted."""

_LATEST = """
    select drift.observation_date,
        bool_or(drift.kind = 'SCORE' and drift.traffic_light = 'RED') as is_score_red,
        count(*) filter (where drift.kind = 'FEATURE') as features,
        count(*) filter (where drift.kind = 'FEATURE' and drift.traffic_light = 'RED') as red
    from gold.pd_feature_drift as drift
    where drift.model_version = %s
    group by drift.observation_date
    order by drift.observation_date desc
    limit 1
"""


@dataclass(frozen=True)
class RetrainingState:
    """State of the model in use.

    Attributes:
        model_version: Its version; None while the expert prior is in use.
        trained_on: Day of its training.
        month_end: Newest month-end with measured drift.
        is_score_red: Whether its score has drifted.
        features: Number of monitored features of the borrower.
        red: Features with a red light.
    """

    model_version: str | None
    trained_on: date | None = None
    month_end: date | None = None
    is_score_red: bool = False
    features: int = 0
    red: int = 0


def reason_to_train(state: RetrainingState, today: date) -> tuple[str, str] | None:
    """Run key and reason of training; None if it is not due.

    Args:
        state: State of the model in use.
        today: Present day.
    """
    if state.model_version is None or state.trained_on is None:
        return f"none:{today:%Y-%m}", "No default model is in use; there may be enough history now."
    version, month = state.model_version, state.month_end
    if state.is_score_red:
        return f"{version}:score:{month}", f"The scores of {month} have drifted."
    if state.features and state.red >= RED_SHARE * state.features:
        return (
            f"{version}:features:{month}",
            f"{state.red} of {state.features} features of {month} have drifted.",
        )
    age = (today - state.trained_on).days
    if age > QUARTER_DAYS:
        return f"{version}:age:{today:%Y-%m}", f"The model was trained {age} days ago."
    return None


def read_retraining_state(settings: Settings) -> RetrainingState:
    """Reads the state from the model store and the warehouse."""
    in_use = next(
        (kept for kept in kept_models(settings.models) if kept.model == MODEL and kept.is_in_use),
        None,
    )
    if in_use is None:
        return RetrainingState(None)
    trained = datetime.fromisoformat(in_use.created_at).date()
    with open_warehouse(settings).connect() as connection:
        held = connection.execute("select to_regclass('gold.pd_feature_drift')").fetchone()
        if held is None or held[0] is None:
            return RetrainingState(in_use.version, trained)
        row = connection.execute(_LATEST.encode(), (in_use.version,)).fetchone()
    return (
        RetrainingState(in_use.version, trained, *row)
        if row
        else RetrainingState(in_use.version, trained)
    )


def build_retraining_sensor(status: dg.DefaultSensorStatus) -> dg.SensorDefinition:
    """The sensor on the default model.

    Args:
        status: Its default status.
    """

    @dg.sensor(
        name="retraining",
        job_name=TRAINING_JOB,
        minimum_interval_seconds=3600,
        default_status=status,
        description=(
            "Requests training when the default model's scores or a fifth of its features have"
            " drifted, when it is older than a quarter, or when there is none."
        ),
    )
    def retraining(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.RunRequest | dg.SkipReason:
        wanted = reason_to_train(read_retraining_state(settings), datetime.now(UTC).date())
        if wanted is None:
            return dg.SkipReason("The default model is recent, and nothing has drifted far.")
        run_key, reason = wanted
        context.log.info("Training is requested: %s", reason)
        return dg.RunRequest(run_key=run_key, tags={"finplatform/reason": reason})

    return retraining
