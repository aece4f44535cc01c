"""The coefficient table names the columns rightly and is honest about repeated months."""

import numpy as np
import polars as pl
import pytest

from finplatform.ml.coefficients import (
    clustered_covariance,
    coefficient_table,
    column_names,
)
from finplatform.ml.fitting import fit_logit, new_columns, new_pipeline
from finplatform.ml.preparation import learn_preparation


def _table(repeats: int) -> dict[str, dict[str, float]]:
    rng = np.random.default_rng(2)
    score, dti = rng.normal(size=(2, 800))
    outcome = (rng.random(800) < 1 / (1 + np.exp(1.5 + score))).astype(float)
    frame = pl.DataFrame(
        {
            "credit_score": score,
            "debt_to_income": np.where(dti > 1.5, np.nan, dti),
            "product_type": np.where(dti > 0, "A", "B"),
        }
    )
    frame = pl.concat([frame] * repeats)
    outcome, borrower = np.tile(outcome, repeats), np.tile(np.arange(800), repeats)
    preparation = learn_preparation(frame, tail=0.0)
    columns = new_columns(preparation)
    design = columns.fit_transform(preparation.matrix(frame))
    penalty = 1.0 * repeats
    logit = fit_logit(design, outcome, penalty)
    names = column_names(new_pipeline(columns, logit), preparation)
    covariance = clustered_covariance(design, outcome, borrower, logit, penalty)
    rows = coefficient_table(names, logit.coef_[0], covariance, slope=1.0)
    return {row["column"]: row for row in rows}


def test_repeating_every_month_leaves_the_standard_errors() -> None:
    once, often = _table(1), _table(6)
    assert {name: row["std_error"] for name, row in often.items()} == pytest.approx(
        {name: row["std_error"] for name, row in once.items()}, rel=1e-6
    )


def test_columns_are_named_and_signs_are_judged() -> None:
    rows = _table(1)
    assert set(rows) == {
        "credit_score",
        "debt_to_income",
        "debt_to_income missing",
        "product_type=A",
        "product_type=B",
    }
    assert next(iter(rows)) == "credit_score"
    assert rows["credit_score"]["is_sign_as_expected"] is True
    assert rows["product_type=A"]["is_sign_as_expected"] is None
    assert rows["credit_score"]["z"] < -5
