"""Contracts of the rating scale, of the grades of exposures, and of analysts' overrides.

Belongs here: what `finplatform.ml.rating` promises as tables, and what arrives to change a grade.
Does not belong here: scores (`finplatform.contracts.gold`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.columns import Identifier, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.ml.overrides import OVERRIDE_REASONS, OVERRIDE_REFUSALS, OVERRIDE_STATUSES
from finplatform.ml.rating import DEFAULT_GRADE, GRADES

_ALL_GRADES = [*GRADES, DEFAULT_GRADE]
_SHARE: dict[str, Any] = {"ge": 0, "le": 1}


class ReceivedOverrides(pa.DataFrameModel):
    """One row per decision of an analyst to override the grade of an exposure."""

    override_id: str = column("Decision.", **KEY)
    exposure_id: str = column("Loan or card account.", **KEY)
    decided_date: date = column("Day of the decision, from which it holds.")
    decided_by: str = column("User name of the analyst who asks for it.", **KEY)
    approved_by: str = column("User name of whoever approved it.", **KEY)
    from_grade: str = column("Grade that the analyst saw.", isin=list(GRADES))
    to_grade: str = column("Grade that takes its place.", isin=list(GRADES))
    reason_code: str = column("Kind of reason.", isin=list(OVERRIDE_REASONS))
    reason: str = column(
        "What the model does not know, in words.",
        identifier=Identifier.FREE_TEXT,
        str_length={"min_value": 10, "max_value": 500},
    )
    valid_until: date = column(
        "Last day on which it holds; null: twelve months after the decision.", nullable=True
    )


class GradeOverrides(pa.DataFrameModel):
    """One row per decision of an analyst to override the grade of an exposure, with its fate."""

    override_id: str = column("Decision.", **KEY)
    exposure_id: str = column("Loan or card account.", **KEY)
    decided_date: date = column("Day of the decision.")
    date_key: pl.Int32 = column("Day as YYYYMMDD, in `dim_date`.")
    valid_until: date = column("Last day on which it holds.")
    decided_by: str = column("Analyst.", **KEY)
    approved_by: str = column("Whoever approved it.", **KEY)
    from_grade: str = column("Grade that the analyst saw.", isin=list(GRADES))
    model_grade: str = column(
        "Grade of the model on the last month-end up to the decision; null before the first.",
        isin=_ALL_GRADES,
        nullable=True,
    )
    to_grade: str = column("Grade that takes its place.", isin=list(GRADES))
    notches: pl.Int16 = column("Grades down (positive) or up.", ge=-7, le=7)
    reason_code: str = column("Kind of reason.", isin=list(OVERRIDE_REASONS))
    status: str = column(
        "Whether it holds on the last graded month-end, held before, was refused, or waits for the"
        " next month-end.",
        isin=list(OVERRIDE_STATUSES),
    )
    refusal: str = column("Why it was refused.", isin=list(OVERRIDE_REFUSALS), nullable=True)
    graded_month_ends: int = column("Month-ends whose grade it made.", ge=0)


class RatingScale(pa.DataFrameModel):
    """One row per grade of exposures that perform."""

    grade: str = column("Grade, 1 being the safest.", isin=list(GRADES))
    pd_from: float = column("PD through the cycle that the grade begins above.", **_SHARE)
    pd_to: float = column("Highest PD through the cycle of the grade.", gt=0, le=1)
    observations: int = column("Labelled rows: exposures at month-ends.", ge=0)
    exposures: int = column("Exposures that were ever in the grade.", ge=0)
    defaulted_exposures: int = column("Of these, that defaulted within 12 months.", ge=0)
    month_ends: int = column("Month-ends at which the grade was in use.", ge=0)
    long_run_default_rate: float = column(
        "Average over month-ends of the one-year default rate; null in a grade never in use.",
        nullable=True,
        **_SHARE,
    )
    margin_of_conservatism: float = column(
        "Added for what few exposures leave open; null in a grade never in use.",
        nullable=True,
        **_SHARE,
    )
    grade_pd: float = column("PD of the grade, never below that of a safer one.", gt=0, le=1)
    tested_exposures: int = column("Exposures of yearly cohorts that do not overlap.", ge=0)
    tested_defaults: int = column("Defaults among them.", ge=0)
    binomial_p_value: float = column(
        "Chance of so many defaults or more at the grade's PD; null without exposures.",
        nullable=True,
        **_SHARE,
    )
    jeffreys_p_value: float = column(
        "Posterior chance that the true PD is no higher; null without exposures.",
        nullable=True,
        **_SHARE,
    )
    hosmer_lemeshow_p_value: float = column(
        "Of all grades together, the same in each row; null without exposures.",
        nullable=True,
        **_SHARE,
    )
    model_version: str = column("Model whose scores are graded.")


class PdGrades(pa.DataFrameModel):
    """One row per exposure and observation date, those in default among them."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end up to which the grade knows the borrower.")
    is_defaulted: bool = column("Whether the exposure is in default.")
    point_in_time_pd: float = column(
        "PD of the next 12 months in the economy of the date, for IFRS 9; 1 in default.",
        gt=0,
        le=1,
    )
    through_the_cycle_pd: float = column(
        "The same with the economy at its average over training; 1 in default.", gt=0, le=1
    )
    model_grade: str = column("Grade by the PD through the cycle; D in default.", isin=_ALL_GRADES)
    grade: str = column(
        "Grade in use: the model's, or the analyst's where one overrides it.", isin=_ALL_GRADES
    )
    override_id: str = column(
        "Decision behind the grade, in `grade_overrides`; null where the model's is in use.",
        nullable=True,
        **KEY,
    )
    capital_pd: float = column(
        "PD of the grade in use with margin and floors (CRE32.4, CRE32.58); 1 in default.",
        gt=0,
        le=1,
    )
    model_version: str = column("Model behind the PDs; `prior-` marks an expert prior.")


RATING: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract("rating_scale", RatingScale, ("grade",)),
        gold_contract(
            "pd_grades", PdGrades, ("exposure_id", "observation_date"), "observation_date"
        ),
        gold_contract("grade_overrides", GradeOverrides, ("override_id",)),
    )
}
"""Contracts by table."""
