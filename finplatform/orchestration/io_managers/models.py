"""IO manager of trained models in the model store, whose files are verified and never unpickled.

Does not belong here: the store (see `finplatform.ml.store`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from finplatform.ml import churn, fraud, store
from finplatform.ml.event_model import EventModel
from finplatform.ml.prior import PriorModel
from finplatform.ml.scoring import Scorer
from finplatform.settings import Settings

_PRIORS: Mapping[str, Scorer] = {
    "pd_model": PriorModel(),
    "pd_challenger": PriorModel(),
    "churn_model": churn.PRIOR,
    "fraud_model": fraud.PRIOR,
}
"""Expert priors, in use before the first training."""


class ModelIOManager(dg.ConfigurableIOManager):
    """Stores each version of a model in `HOME/models/<asset>`; loads the one in use.

    Attributes:
        settings: Settings of the code location.
    """

    settings: dg.ResourceDependency[Settings]

    def handle_output(self, context: dg.OutputContext, obj: Scorer) -> None:
        """Stores a trained model and makes it the one in use.

        A prior needs no file: no trained model is in use then.
        """
        root = self._root(context.asset_key)
        if not isinstance(obj, EventModel):
            store.withdraw(root)
            return
        folder = store.save(obj, root, created_at=datetime.now(UTC))
        context.add_output_metadata({"dagster/uri": folder.as_uri()})

    def load_input(self, context: dg.InputContext) -> Scorer:
        """The model in use, or the expert prior while none has been trained."""
        root = self._root(context.asset_key)
        return store.load(root) if store.latest_version(root) else _PRIORS[root.name]

    def _root(self, asset_key: dg.AssetKey) -> Path:
        return self.settings.models / asset_key.path[-1]
