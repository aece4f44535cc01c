"""Contracts of the validation of the default model: candidates, reasons, drift, fairness.

Scores are in `finplatform.contracts.gold`, grades in `finplatform.contracts.rating`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.ml.boosting import BOOSTING
from finplatform.ml.champion_challenger import ROLES
from finplatform.ml.drift import KINDS, LIGHTS
from finplatform.ml.fairness import ATTRIBUTES, FEW_DEFAULTS
from finplatform.ml.families import LOGISTIC, SCORECARD
from finplatform.ml.reasons import MOST_REASONS, REASONS

_SHARE: dict[str, Any] = {"ge": 0, "le": 1}
_MAYBE: dict[str, Any] = {"ge": 0, "le": 1, "nullable": True}
_MODEL_VERSION = r"^(pd|prior)-[0-9a-f]{16}$"
_GRADES = 8


class PdCandidates(pa.DataFrameModel):
    """One row per candidate model family of the default model."""

    family: str = column(
        "Model family, ordered by `family_rank`.", isin=[SCORECARD, LOGISTIC, BOOSTING]
    )
    family_rank: pl.Int16 = column("Rank by explainability; 1 is the most explainable.", ge=1)
    setting: str = column("Hyper-parameters selected on held-out training rows.")
    role: str = column("Outcome of the comparison.", isin=list(ROLES))
    held_out_rows: int = column(
        "Training rows with out-of-fold predictions, grouped by date and borrower.", ge=0
    )
    held_out_log_loss: float = column(
        "Mean log loss of the out-of-fold predictions; null if no fold has both outcomes.",
        ge=0,
        nullable=True,
    )
    held_out_auc: float = column("AUC of the out-of-fold predictions.", **_MAYBE)
    loss_excess: float = column("Log loss above the best candidate's.", ge=0, nullable=True)
    standard_error: float = column(
        "Standard error of the log-loss difference, clustered by borrower; the first "
        "candidate within one standard error is the champion.",
        ge=0,
        nullable=True,
    )
    out_of_time_auc: float = column("AUC on out-of-time months after training.", **_MAYBE)
    out_of_time_auc_lower: float = column("Lower bound of the 95% interval.", **_MAYBE)
    out_of_time_auc_upper: float = column("Upper bound of the interval.", **_MAYBE)
    out_of_time_brier: float = column("Brier score on out-of-time months.", **_MAYBE)
    out_of_time_calibration_intercept: float = column(
        "Calibration in the large: shift of the log-odds that equates mean PD and "
        "default rate; 0 is calibrated.",
        nullable=True,
    )
    unseen_auc: float = column(
        "Out-of-time AUC for borrowers excluded from training; null with too few defaults.",
        **_MAYBE,
    )
    unseen_auc_lower: float = column("Lower bound of the 95% interval.", **_MAYBE)
    unseen_auc_upper: float = column("Upper bound of the interval.", **_MAYBE)
    unseen_brier: float = column(
        "Out-of-time Brier score for borrowers excluded from training.", **_MAYBE
    )
    unseen_calibration_intercept: float = column(
        "Out-of-time calibration in the large for borrowers excluded from training.", nullable=True
    )
    model_version: str = column("Model version of the family.", str_matches=_MODEL_VERSION)


class PdChallengerScores(pa.DataFrameModel):
    """One row per exposure and observation date."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end up to which data enter the scores.")
    champion_pd: float = column("PD of the champion.", gt=0, lt=1)
    challenger_pd: float = column("PD of the challenger.", gt=0, lt=1)
    pd_difference: float = column("PD of the challenger less that of the champion.", gt=-1, lt=1)
    champion_band: pl.Int16 = column(
        "Risk band of the champion's PD; 1 is the safest.", ge=1, le=_GRADES
    )
    challenger_band: pl.Int16 = column("Risk band of the challenger's PD.", ge=1, le=_GRADES)
    champion_version: str = column("Model in use.", str_matches=_MODEL_VERSION)
    challenger_version: str = column("Challenger.", str_matches=_MODEL_VERSION)


class PdReasons(pa.DataFrameModel):
    """One row per exposure, observation date and reason, the weightiest reasons first."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end of the score.")
    reason_rank: pl.Int16 = column(
        "Rank of the reason; 1 has the largest effect.", ge=1, le=MOST_REASONS
    )
    reason_code: str = column("Reason.", isin=list(REASONS))
    reason: str = column("Reason in words for the borrower.")
    points_lost: float = column(
        "Points lost against the average training row for this reason.", gt=0
    )
    log_odds_added: float = column("Effect of the reason in log-odds of default.", gt=0)
    model_version: str = column("Model version of the score.", str_matches=_MODEL_VERSION)


class PdFeatureDrift(pa.DataFrameModel):
    """One row per feature of the default model and observation date, its score among them."""

    observation_date: date = column("Month-end compared with the training dates.")
    date_key: pl.Int32 = column("Month-end as YYYYMMDD, in `dim_date`.")
    feature: str = column("Feature; `probability_default` is the score.")
    kind: str = column("Type of the feature: score, borrower or economy.", isin=list(KINDS))
    bins: pl.Int16 = column(
        "Number of bins: deciles or levels, unknown levels, missing values.", ge=2
    )
    reference_rows: int = column("Performing exposures on the training dates, all dates.", ge=0)
    reference_exposures: int = column("Distinct exposures of the training dates.", ge=0)
    exposures: int = column("Performing exposures on the date.", ge=1)
    stability_index: float = column("Population stability index.", ge=0)
    chance_level: float = column(
        "95th percentile of the index under no drift, for this number of exposures.", ge=0
    )
    traffic_light: str = column(
        "By the index: GREEN up to 0.10 or the chance level, AMBER up to 0.25, RED above. Of the"
        " economy by the share outside: GREEN up to 0.1, AMBER up to 0.5.",
        isin=list(LIGHTS),
    )
    outside_rate: float = column(
        "Share of exposures with a value outside the training range, or a level unknown"
        " in training.",
        **_SHARE,
    )
    missing_rate: float = column("Share of missing values on the date.", **_SHARE)
    reference_missing_rate: float = column(
        "Share of missing values on the training dates.", **_SHARE
    )
    model_version: str = column("Model version of the reference data.", str_matches=_MODEL_VERSION)


class PdFairness(pa.DataFrameModel):
    """One row per protected attribute and group of borrowers."""

    attribute: str = column("Protected attribute.", isin=list(ATTRIBUTES))
    group_name: str = column("Group; NOT_RECORDED if the attribute is not known.")
    as_of_date: date = column("Month-end of the selection.")
    scored_exposures: int = column("Exposures of the group scored at the selection date.", ge=1)
    scored_customers: int = column("Borrowers of these exposures.", ge=1)
    is_below_four_fifths: bool = column(
        "Whether the impact ratio is below 0.8; null without any selection.", nullable=True
    )
    observed_from: date = column(
        "First month-end after training with known outcomes; null without one.", nullable=True
    )
    observed_to: date = column("Last month-end after training with known outcomes.", nullable=True)
    observed_rows: int = column("Scores of the outcome months with a known outcome.", ge=0)
    observed_exposures: int = column("Distinct exposures of these scores.", ge=0)
    defaulted_exposures: int = column("Exposures that defaulted within 12 months.", ge=0)
    selection_rate: float = column("Selection rate: share with a PD of at most 8%.", **_SHARE)
    selection_lower: float = column("Lower bound of its 95% interval, by customer.", **_SHARE)
    selection_upper: float = column("Upper bound of the interval.", **_SHARE)
    adverse_impact_ratio: float = column(
        "Impact ratio: selection rate over the highest selection rate of all groups; "
        "null without any selection.",
        **_MAYBE,
    )
    adverse_impact_lower: float = column(
        "Lower bound of its 95% interval; null for the reference group.",
        ge=0,
        nullable=True,
    )
    adverse_impact_upper: float = column("Upper bound of the interval.", ge=0, nullable=True)
    default_rate: float = column("Observed default rate; null with few defaults.", **_MAYBE)
    mean_pd: float = column("Mean PD of the scores with an outcome.", **_MAYBE)
    calibration_ratio: float = column(
        "Observed over expected defaults; above 1 the PDs of the group are too low.",
        ge=0,
        nullable=True,
    )
    calibration_lower: float = column("Lower bound of its 95% interval.", ge=0, nullable=True)
    calibration_upper: float = column("Upper bound of the interval.", ge=0, nullable=True)
    auc: float = column("Area under the ROC curve within the group.", **_MAYBE)
    auc_lower: float = column("Lower bound of its 95% interval.", **_MAYBE)
    auc_upper: float = column("Upper bound of the interval.", **_MAYBE)
    not_estimated_reason: str = column(
        "Reason for missing AUC and calibration: fewer than 10 defaulted exposures.",
        isin=[FEW_DEFAULTS],
        nullable=True,
    )
    model_version: str = column("Model version of the scores.", str_matches=_MODEL_VERSION)


DEFAULT_MODEL: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract("pd_candidates", PdCandidates, ("family",)),
        gold_contract(
            "pd_challenger_scores",
            PdChallengerScores,
            ("exposure_id", "observation_date"),
            "observation_date",
        ),
        gold_contract(
            "pd_reasons",
            PdReasons,
            ("exposure_id", "observation_date", "reason_rank"),
            "observation_date",
        ),
        gold_contract(
            "pd_feature_drift",
            PdFeatureDrift,
            ("feature", "observation_date"),
            "observation_date",
        ),
        gold_contract("pd_fairness", PdFairness, ("attribute", "group_name")),
    )
}
"""Contracts by table."""
