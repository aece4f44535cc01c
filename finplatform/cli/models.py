"""`finplatform models`: the versions of models that are kept, and the card of the default model.

Belongs here: printing. The store is `finplatform.ml.registry`; the content of the card is
`finplatform.reporting.model_card`.
"""

from dataclasses import asdict
from pathlib import Path

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
            model.model,
            model.version,
            model.family,
            "yes" if model.is_in_use else "",
            model.train_to,
            "" if model.auc is None else f"{model.auc:.3f}",
        )
        for model in models
    ]
    columns = ("model", "version", "family", "used", "trained to", "AUC")
    print_table("Models", columns, rows, (5,))


def card(out: Path | None, *, as_json: bool) -> None:
    """Writes the card of the default model in use and prints its path.

    Args:
        out: Folder; None: that of reports.
        as_json: Whether to print the paths as JSON.
    """
    from finplatform.contracts.bronze import SOURCES
    from finplatform.ingest.connectors.config import load_sources
    from finplatform.orchestration.assets.reports.model_card import card_source, write_card
    from finplatform.warehouse.database import open_warehouse

    settings = get_settings()
    bank = load_sources(settings.sources_file, frozenset(SOURCES)).bank.name
    source = card_source(settings, open_warehouse(settings).url, bank)
    page, text = write_card(source, out or settings.reports)
    if as_json:
        print_json({"model_version": source.version, "html": page, "markdown": text})
        return
    OUT.print(f"Card of {source.version}: {page} and {text}")
