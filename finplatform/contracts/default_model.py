"""Contracts of what is told of the default model: candidates, reasons, drift, fairness.

Belongs here: the tables by which the model is validated and explained. Does not belong here: its
scores (`finplatform.contracts.gold`) and grades (`finplatform.contracts.rating`).
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
    """One row per family of models that competed to predict default."""

    family: str = column(
        "Kind of model; `family_rank` orders them.", isin=[SCORECARD, LOGISTIC, BOOSTING]
    )
    family_rank: pl.Int16 = column("Place by how easily it is explained, 1 the most.", ge=1)
    setting: str = column("Setting chosen on held-out training rows.")
    role: str = column("What came of it.", isin=list(ROLES))
    held_out_rows: int = column("Training rows predicted without date and borrower.", ge=0)
    held_out_log_loss: float = column(
        "Mean log loss of these; null where no fold had both outcomes.", ge=0, nullable=True
    )
    held_out_auc: float = column("AUC of these.", **_MAYBE)
    loss_excess: float = column("Log loss above the best candidate's.", ge=0, nullable=True)
    standard_error: float = column(
        "Of that difference, by borrower; the first candidate within one is the champion.",
        ge=0,
        nullable=True,
    )
    out_of_time_auc: float = column("AUC on later months than it learned from.", **_MAYBE)
    out_of_time_auc_lower: float = column("Lower end of the 95% interval.", **_MAYBE)
    out_of_time_auc_upper: float = column("Upper end of the interval.", **_MAYBE)
    out_of_time_brier: float = column("Brier score there.", **_MAYBE)
    out_of_time_calibration_intercept: float = column(
        "Shift of the log-odds that would make the mean PD right; 0 is right.", nullable=True
    )
    unseen_auc: float = column(
        "AUC there when each borrower is predicted by a model that has not seen them; null where"
        " too few defaults were left.",
        **_MAYBE,
    )
    unseen_auc_lower: float = column("Lower end of the 95% interval.", **_MAYBE)
    unseen_auc_upper: float = column("Upper end of the interval.", **_MAYBE)
    unseen_brier: float = column("Brier score of these predictions.", **_MAYBE)
    unseen_calibration_intercept: float = column("Calibration of these.", nullable=True)
    model_version: str = column("Model of the family.", str_matches=_MODEL_VERSION)


class PdChallengerScores(pa.DataFrameModel):
    """One row per exposure and observation date."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end up to which the scores know the borrower.")
    champion_pd: float = column("PD of the model in use.", gt=0, lt=1)
    challenger_pd: float = column("PD of the challenger.", gt=0, lt=1)
    pd_difference: float = column("Challenger's less champion's.", gt=-1, lt=1)
    champion_band: pl.Int16 = column("Band of the champion's PD, 1 the safest.", ge=1, le=_GRADES)
    challenger_band: pl.Int16 = column("Band of the challenger's PD.", ge=1, le=_GRADES)
    champion_version: str = column("Model in use.", str_matches=_MODEL_VERSION)
    challenger_version: str = column("Challenger.", str_matches=_MODEL_VERSION)


class PdReasons(pa.DataFrameModel):
    """One row per exposure, observation date and reason, the weightiest reasons first."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end of the score.")
    reason_rank: pl.Int16 = column("Place of the reason, 1 the weightiest.", ge=1, le=MOST_REASONS)
    reason_code: str = column("Reason.", isin=list(REASONS))
    reason: str = column("The same in words for the borrower.")
    points_lost: float = column(
        "Points of the score below those of the average training row for this reason.", gt=0
    )
    log_odds_added: float = column("The same as log-odds of default.", gt=0)
    model_version: str = column("Model that gave the score.", str_matches=_MODEL_VERSION)


class PdFeatureDrift(pa.DataFrameModel):
    """One row per feature of the default model and observation date, its score among them."""

    observation_date: date = column("Month-end compared with the training dates.")
    date_key: pl.Int32 = column("Month-end as YYYYMMDD, in `dim_date`.")
    feature: str = column("Feature; `probability_default` is the score.")
    kind: str = column("Score, feature of the borrower, or of the economy.", isin=list(KINDS))
    bins: pl.Int16 = column("Bins: tenths or levels, unknown levels, the missing.", ge=2)
    reference_rows: int = column("Performing exposures on the training dates, all dates.", ge=0)
    reference_exposures: int = column("Different exposures among them.", ge=0)
    exposures: int = column("Performing exposures on the date.", ge=1)
    stability_index: float = column("Population stability index.", ge=0)
    chance_level: float = column(
        "What it exceeds once in twenty when nothing has moved, for so few exposures.", ge=0
    )
    light: str = column(
        "By the index: GREEN up to 0.10 or the chance level, AMBER up to 0.25, RED above. Of the"
        " economy by the share outside: GREEN up to 0.1, AMBER up to 0.5.",
        isin=list(LIGHTS),
    )
    outside_rate: float = column(
        "Share with a value beyond those of the training dates, or a level not seen then.", **_SHARE
    )
    missing_rate: float = column("Share of missing values on the date.", **_SHARE)
    reference_missing_rate: float = column("The same on the training dates.", **_SHARE)
    model_version: str = column(
        "Model whose training is the reference.", str_matches=_MODEL_VERSION
    )


class PdFairness(pa.DataFrameModel):
    """One row per protected attribute and group of borrowers."""

    attribute: str = column("What groups are told apart by.", isin=list(ATTRIBUTES))
    group_name: str = column("Group; NOT_RECORDED where the bank does not know.")
    as_of_date: date = column("Month-end of the selection.")
    scored_exposures: int = column("Exposures of the group scored then.", ge=1)
    scored_customers: int = column("Their borrowers.", ge=1)
    is_below_four_fifths: bool = column(
        "Whether the impact ratio is below 0.8; null where no group is taken.", nullable=True
    )
    observed_from: date = column(
        "First month-end after training with known outcomes; null without one.", nullable=True
    )
    observed_to: date = column("Last such month-end.", nullable=True)
    observed_rows: int = column("Scores of these months with an outcome.", ge=0)
    observed_exposures: int = column("Exposures among them.", ge=0)
    defaulted_exposures: int = column("Of these, that defaulted within 12 months.", ge=0)
    selection_rate: float = column("Share with a PD of at most 8%.", **_SHARE)
    selection_lower: float = column("Lower end of its 95% interval, by customer.", **_SHARE)
    selection_upper: float = column("Upper end of the interval.", **_SHARE)
    adverse_impact_ratio: float = column(
        "Selection rate over that of the group with the largest; null where none is taken.",
        **_MAYBE,
    )
    adverse_impact_lower: float = column(
        "Lower end of its 95% interval; null for the group that others are compared with.",
        ge=0,
        nullable=True,
    )
    adverse_impact_upper: float = column("Upper end of the interval.", ge=0, nullable=True)
    default_rate: float = column("Observed rate; null with few defaults.", **_MAYBE)
    mean_pd: float = column("Mean PD of the same scores.", **_MAYBE)
    calibration_ratio: float = column(
        "Observed over expected defaults: above 1 the group's PDs are too low.",
        ge=0,
        nullable=True,
    )
    calibration_lower: float = column("Lower end of its 95% interval.", ge=0, nullable=True)
    calibration_upper: float = column("Upper end of the interval.", ge=0, nullable=True)
    auc: float = column("Area under the ROC curve within the group.", **_MAYBE)
    auc_lower: float = column("Lower end of its 95% interval.", **_MAYBE)
    auc_upper: float = column("Upper end of the interval.", **_MAYBE)
    not_estimated_reason: str = column(
        "Why AUC and calibration are missing: fewer than 10 exposures that defaulted.",
        isin=[FEW_DEFAULTS],
        nullable=True,
    )
    model_version: str = column("Model that gave the scores.", str_matches=_MODEL_VERSION)


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
