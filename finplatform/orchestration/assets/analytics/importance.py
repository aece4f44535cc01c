"""`gold/feature_importance` as an asset.

Belongs here: the models in use as one table. Does not belong here: measuring importance
(`finplatform.ml.importance`).
"""

import dagster as dg

from finplatform.contracts.inferential import INFERENCE
from finplatform.ml.importance import feature_importance as importance_of
from finplatform.ml.scoring import Scorer
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_arguments
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried

GROUP = "models"
TABLE = "gold.feature_importance"


@dg.asset(
    **table_arguments(
        INFERENCE["feature_importance"],
        GROUP,
        "Feature importance of the churn, default and fraud models in use. An",
        "expert prior is not trained and has no rows.",
    ),
    ins={
        name: dg.AssetIn(key("models", name)) for name in ("churn_model", "pd_model", "fraud_model")
    },
)
@retried
def feature_importance(
    context: dg.AssetExecutionContext,
    churn_model: Scorer,
    pd_model: Scorer,
    fraud_model: Scorer,
    tables: TablesResource,
) -> dg.MaterializeResult:
    """Importances of the models' features."""
    rows = importance_of({"CHURN": churn_model, "DEFAULT": pd_model, "FRAUD": fraud_model})
    return store(context, tables, TABLE, rows, {"models": rows["model"].n_unique()})
