"""Jobs: which assets run together.

Belongs here: selections. When they run is in `schedules` and `sensors`; what they do is in the
assets.
"""

from typing import Any

import dagster as dg

FULL_HISTORY = "full_history"
DAILY = "daily"
TRAINING = "training"
WAREHOUSE = "warehouse"

_TRAINING_ASSETS = dg.AssetSelection.assets(
    ["gold", "credit_outcomes"],
    ["models", "pd_model"],
    ["models", "pd_challenger"],
    ["gold", "pd_candidates"],
    ["gold", "rating_scale"],
    ["gold", "customer_outcomes"],
    ["models", "churn_model"],
    ["models", "fraud_model"],
)


def build_jobs() -> list[Any]:
    """The platform's jobs.

    `full_history` makes everything, model included; `daily` brings a day through the graph with the
    model in use; `training` renews the model; `warehouse` stops where SQL ends.
    """
    everything = dg.AssetSelection.all()
    return [
        dg.define_asset_job(
            FULL_HISTORY,
            selection=everything,
            description="Source to report for any range of days, with the model trained anew.",
        ),
        dg.define_asset_job(
            DAILY,
            selection=everything - _TRAINING_ASSETS,
            description="Source to report for a day, scored by the model in use.",
        ),
        dg.define_asset_job(
            WAREHOUSE,
            selection=dg.AssetSelection.groups(
                "sources", "staging", "dimensions", "facts", "features", "bi"
            ),
            description="Bronze to gold for any range of days, without models, risk and reports.",
        ),
        dg.define_asset_job(
            TRAINING,
            selection=_TRAINING_ASSETS,
            description="Outcomes, and the models that learn from them, from all history.",
        ),
    ]
