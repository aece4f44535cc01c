"""`finplatform bench truth`: the simulated bank against real ones, its model against the truth.

Belongs here: reading scores and truth, the printed tables. The comparisons are
`finplatform.bench.bank_figures` and `finplatform.bench.default_truth`.
"""

from dataclasses import asdict

import polars as pl
import psycopg

from finplatform.bench.bank_figures import bank_figures
from finplatform.bench.default_truth import compare_with_truth
from finplatform.cli.output import OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.ml.registry import KeptModel, kept_models
from finplatform.settings import get_settings
from finplatform.warehouse.database import open_warehouse

SEED = 42
_MODEL = "pd_model"
_ROWS = """
    select scores.exposure_id, scores.observation_date, scores.probability_default as pd,
        outcomes.is_default_12m, truth.visible_pd_12m, truth.hazard_pd_12m, truth.state_pd_12m,
        truth.path_pd_12m
    from gold.pd_scores as scores
    inner join gold.credit_outcomes as outcomes
        on scores.exposure_id = outcomes.exposure_id
        and scores.observation_date = outcomes.observation_date
    inner join simulate.default_truth as truth
        on scores.exposure_id = 'L-' || truth.loan_id and scores.observation_date = truth.month_end
    where scores.model_version = %(version)s
        and scores.observation_date between %(first)s::date and %(last)s::date
    order by scores.observation_date, scores.exposure_id
"""


def run(*, as_json: bool) -> None:
    """Prints figures of the bank with their ranges, and the AUC of the model and of the truth.

    Raises:
        FinplatformError: No model is in use, or the bank is not a simulated one.
    """
    model = _in_use()
    judged = compare_with_truth(_rows(model), seed=SEED)
    with open_warehouse(get_settings()).connect() as connection:
        figures = bank_figures(connection)
    result = {
        "figures": [{**asdict(one), "is_in_range": one.is_in_range} for one in figures],
        "model_version": model.version,
        "test_from": model.test_from,
        "test_to": model.test_to,
        "auc_of_all_exposures": model.auc,
        "scores": judged,
    }
    if as_json:
        print_json(result)
        return
    print_table(
        "The bank at its last month end",
        ("figure", "bank", "range", "source"),
        [
            (
                one.figure,
                "none" if one.value is None else f"{one.value:.5g}",
                f"{one.low:g} to {one.high:g}{'' if one.is_in_range else ', outside'}",
                f"{one.source} ({one.published})"
                + (f", {one.scale:g} times as often" if one.scale > 1 else ""),
            )
            for one in figures
        ],
    )
    rows = [
        (
            row["score"],
            row["knows"],
            f"{row['auc']:.3f} ({row['lower']:.3f} to {row['upper']:.3f})",
            f"{row['gap']:+.3f} ({row['gap_lower']:+.3f} to {row['gap_upper']:+.3f})",
        )
        for row in judged
    ]
    print_table(
        f"{model.version}, loans from {model.test_from} to {model.test_to}",
        ("score", "knows", "AUC", "above the model"),
        rows,
    )
    if model.auc is not None:
        OUT.print(f"All exposures, as the model was judged ({model.headline}): {model.auc:.3f}")


def _in_use() -> KeptModel:
    for model in kept_models(get_settings().models):
        if model.model == _MODEL and model.is_in_use:
            return model
    raise FinplatformError("No default model is in use.", "Build the bank first: finplatform demo.")


def _rows(model: KeptModel) -> pl.DataFrame:
    wanted = {"version": model.version, "first": model.test_from, "last": model.test_to}
    with open_warehouse(get_settings()).connect() as connection:
        connection.read_only = True
        try:
            cursor = connection.execute(_ROWS.encode(), wanted)
        except psycopg.errors.UndefinedTable as error:
            raise FinplatformError(
                "This bank has no known truth.",
                "Only a simulated one has: finplatform simulate, then finplatform demo.",
            ) from error
        names = [column.name for column in cursor.description or ()]
        return pl.DataFrame(cursor.fetchall(), schema=names, orient="row")
