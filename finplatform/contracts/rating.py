"""Contracts of the rating scale, of the grades of exposures, and of analysts' overrides.

Tables of `finplatform.ml.rating`, and received overrides. Scores are in
`finplatform.contracts.gold`.
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

    override_id: str = column("Override decision.", **KEY)
    exposure_id: str = column("Loan or card account.", **KEY)
    decided_date: date = column("Day of the decision, first day of validity.")
    decided_by: str = column("User name of the requesting analyst.", **KEY)
    approved_by: str = column("User name of the approver.", **KEY)
    from_grade: str = column("Grade before the override.", isin=list(GRADES))
    to_grade: str = column("Grade after the override.", isin=list(GRADES))
    reason_code: str = column("Reason code.", isin=list(OVERRIDE_REASONS))
    reason: str = column(
        "Reason in words: information not used by the model.",
        identifier=Identifier.FREE_TEXT,
        str_length={"min_value": 10, "max_value": 500},
    )
    valid_until: date = column(
        "Last day of validity; null means twelve months after the decision.", nullable=True
    )


class GradeOverrides(pa.DataFrameModel):
    """One row per decision of an analyst to override the grade of an exposure, with its status."""

    override_id: str = column("Override decision.", **KEY)
    exposure_id: str = column("Loan or card account.", **KEY)
    decided_date: date = column("Day of the decision.")
    date_key: pl.Int32 = column("Day as YYYYMMDD, in `dim_date`.")
    valid_until: date = column("Last day of validity.")
    decided_by: str = column("Analyst.", **KEY)
    approved_by: str = column("User name of the approver.", **KEY)
    from_grade: str = column("Grade before the override.", isin=list(GRADES))
    model_grade: str = column(
        "Model grade on the last month-end up to the decision; null before the first.",
        isin=_ALL_GRADES,
        nullable=True,
    )
    to_grade: str = column("Grade after the override.", isin=list(GRADES))
    notches: pl.Int16 = column("Number of notches down (positive) or up (negative).", ge=-7, le=7)
    reason_code: str = column("Reason code.", isin=list(OVERRIDE_REASONS))
    status: str = column(
        "Status on the last graded month-end: in force, expired, rejected, or pending "
        "until the next month-end.",
        isin=list(OVERRIDE_STATUSES),
    )
    refusal: str = column("Reason of the rejection.", isin=list(OVERRIDE_REFUSALS), nullable=True)
    graded_month_ends: int = column("Number of month-ends with an overridden grade.", ge=0)


class RatingScale(pa.DataFrameModel):
    """One row per grade of performing exposures."""

    grade: str = column("Grade; 1 is the safest.", isin=list(GRADES))
    pd_from: float = column("Lower bound of the grade: through-the-cycle PD, exclusive.", **_SHARE)
    pd_to: float = column("Upper bound of the grade: through-the-cycle PD, inclusive.", gt=0, le=1)
    observations: int = column("Labelled rows: exposures at month-ends.", ge=0)
    exposures: int = column("Distinct exposures that were ever in the grade.", ge=0)
    defaulted_exposures: int = column("Exposures that defaulted within 12 months.", ge=0)
    month_ends: int = column("Month-ends at which the grade was in use.", ge=0)
    long_run_default_rate: float = column(
        "Average over month-ends of the one-year default rate; null in a grade never in use.",
        nullable=True,
        **_SHARE,
    )
    margin_of_conservatism: float = column(
        "Margin of conservatism for estimation error; null in a grade never in use.",
        nullable=True,
        **_SHARE,
    )
    grade_pd: float = column("PD of the grade, monotone over grades.", gt=0, le=1)
    tested_exposures: int = column("Exposures of non-overlapping yearly cohorts.", ge=0)
    tested_defaults: int = column("Defaults of these exposures.", ge=0)
    binomial_p_value: float = column(
        "Binomial test: probability of at least this number of defaults at the PD of "
        "the grade; null without exposures.",
        nullable=True,
        **_SHARE,
    )
    jeffreys_p_value: float = column(
        "Jeffreys test: posterior probability that the true PD is not higher; null "
        "without exposures.",
        nullable=True,
        **_SHARE,
    )
    hosmer_lemeshow_p_value: float = column(
        "Test of all grades together, equal in each row; null without exposures.",
        nullable=True,
        **_SHARE,
    )
    model_version: str = column("Model version of the scores.")


class PdGrades(pa.DataFrameModel):
    """One row per exposure and observation date, including those in default."""

    exposure_id: str = column("Loan or card account.", **KEY)
    observation_date: date = column("Month-end up to which data enter the grade.")
    is_defaulted: bool = column("Whether the exposure is in default.")
    point_in_time_pd: float = column(
        "Point-in-time PD of the next 12 months, for IFRS 9; 1 in default.",
        gt=0,
        le=1,
    )
    through_the_cycle_pd: float = column(
        "Through-the-cycle PD: PD with the economy at its training average; 1 in default.",
        gt=0,
        le=1,
    )
    model_grade: str = column(
        "Model grade of the through-the-cycle PD; D in default.", isin=_ALL_GRADES
    )
    grade: str = column(
        "Grade in use: the model grade, or the override of an analyst.", isin=_ALL_GRADES
    )
    override_id: str = column(
        "Override of the grade, in `grade_overrides`; null for a model grade.",
        nullable=True,
        **KEY,
    )
    capital_pd: float = column(
        "PD of the grade in use with margin and floors (CRE32.4, CRE32.58); 1 in default.",
        gt=0,
        le=1,
    )
    model_version: str = column("Model version of the PDs; `prior-` marks an expert prior.")


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
