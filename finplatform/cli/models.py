"""`finplatform models`: the versions of models that are kept.

Belongs here: printing. What is kept is `finplatform.ml.registry`.
"""

from dataclasses import asdict

from finplatform.cli.output import OUT, print_json, print_table
from finplatform.ml.registry import kept_models
from finplatform.settings import get_settings


def run(*, as_json: bool) -> None:
    """Prints every version with its window, its AUC and whether it is in use."""
    models = kept_models(get_settings().models)
    if as_json:
        print_json([asdict(model) for model in models])
        return
    if not models:
        OUT.print("No model has been trained yet; scores come from expert priors.")
        return
    rows = [
        (
            model.version,
            "yes" if model.is_in_use else "",
            f"{model.train_from} - {model.train_to}",
            f"{model.auc:.3f}",
        )
        for model in models
    ]
    print_table("Models", ("version", "in use", "trained on", "AUC"), rows, (3,))
