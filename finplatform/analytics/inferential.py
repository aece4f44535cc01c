"""Inferential analyses of the bank, and the table of their results.

Every analysis compares units that are independent of each other: a customer counts once. All tests
of the table are one family: Holm's adjustment decides significance, and the p-value for the
false discovery rate is reported too. The tests are in `comparisons` and `elasticity`.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from finplatform.analytics.comparisons import (
    Finding,
    TooFewError,
    association,
    mann_whitney,
    one_share,
    shares,
    welch,
)
from finplatform.analytics.elasticity import elasticity
from finplatform.analytics.multiplicity import benjamini_hochberg, holm
from finplatform.ml.threads import one_thread

LEVEL = 0.05
"""Chance of even one false finding in the whole family."""

_MEANS = "Units are independent; means are about normal at these sizes; variances may differ."
_RANKS = "Units are independent; tests whether one group tends to be larger, not medians."
_SHARES = "Units are independent; counts are binomial in each group."
_TABLE = "Units are independent; expected counts are large enough (Cochran)."
_LOGS = "The relation is a straight line in logs; errors may have any variance (HC3)."
_ONE = "Units are independent; an interval, not a test."

COHORTS = ("under 1 year", "1 to 3 years", "3 to 5 years", "5 to 10 years", "10 years and more")


@dataclass(frozen=True)
class Question:
    """A comparison of two groups of rows.

    Attributes:
        name: Identifier of the answer.
        text: The question.
        outcome: Compared outcome.
        unit: Unit of a row.
        group_a: Name and condition of the first group.
        group_b: Of the second.
        value: Outcome of a row; for `shares` a yes or no.
        test: `welch`, `mann_whitney` or `shares`.
    """

    name: str
    text: str
    outcome: str
    unit: str
    group_a: tuple[str, pl.Expr]
    group_b: tuple[str, pl.Expr]
    value: pl.Expr
    test: str


_MEN, _WOMEN = ("men", pl.col("sex") == "M"), ("women", pl.col("sex") == "F")
_OWES = pl.col("num_loans") + pl.col("num_cards") > 0
_DEFAULTED = ("borrowers in default", _OWES & pl.col("is_defaulted"))
_PERFORMING = ("borrowers not in default", _OWES & ~pl.col("is_defaulted"))
_MONTHLY = pl.col("debit_amount_12m") / pl.col("observed_months_12m")

CUSTOMER_QUESTIONS = (
    Question("INCOME_BY_SEX", "Do men and women state different incomes?",
             "log of annual income", "customer", _MEN, _WOMEN,
             pl.when(pl.col("annual_income") > 0).then(pl.col("annual_income").log()), "welch"),
    Question("CREDIT_SCORE_BY_SEX", "Do men and women have different credit scores?",
             "credit score", "customer", _MEN, _WOMEN, pl.col("credit_score"), "welch"),
    Question("SPENDING_BY_SEX", "Do men and women spend differently?",
             "monthly amount that goes out", "customer", _MEN, _WOMEN, _MONTHLY, "mann_whitney"),
    Question("CREDIT_SCORE_BY_DEFAULT", "Do borrowers in default have lower credit scores?",
             "credit score", "borrower", _DEFAULTED, _PERFORMING, pl.col("credit_score"), "welch"),
    Question("INCOME_BY_DEFAULT", "Do borrowers in default earn less?",
             "annual income", "borrower", _DEFAULTED, _PERFORMING,
             pl.col("annual_income"), "mann_whitney"),
    Question("MISSED_BY_EMPLOYMENT", "Do the unemployed miss instalments more often?",
             "missed an instalment in 12 months", "borrower",
             ("unemployed", (pl.col("num_loans") > 0)
              & (pl.col("employment_status") == "UNEMPLOYED")),
             ("at work", (pl.col("num_loans") > 0)
              & pl.col("employment_status").is_in(["EMPLOYED", "SELF_EMPLOYED"])),
             pl.col("missed_instalments_12m") > 0, "shares"),
    Question("BALANCE_BY_CHANNEL", "Do digital customers hold more?",
             "average balance of 3 months", "customer",
             ("digital: at least half of transactions", pl.col("digital_share_3m") >= 0.5),
             ("others", pl.col("digital_share_3m") < 0.5),
             pl.col("average_balance_3m"), "mann_whitney"),
    Question("FRAUD_BY_CARD", "Are holders of credit cards defrauded more often?",
             "confirmed fraud in 12 months", "customer",
             ("with a credit card", pl.col("num_cards") > 0),
             ("without", pl.col("num_cards") == 0), pl.col("fraud_count_12m") > 0, "shares"),
)  # fmt: skip

APPLICATION_QUESTIONS = (
    Question("APPROVAL_BY_SEX", "Are men and women granted credit equally often?",
             "approved", "applicant, first decision", _MEN, _WOMEN,
             pl.col("is_approved"), "shares"),
    Question("APPROVAL_BY_SCORE", "Are prime applicants granted credit more often?",
             "approved", "applicant, first decision",
             ("credit score of 660 and more", pl.col("credit_score") >= 660),
             ("below 660", pl.col("credit_score") < 660), pl.col("is_approved"), "shares"),
)  # fmt: skip

CONTACT_QUESTIONS = (
    Question("SATISFACTION_BY_RESOLUTION", "Are customers happier whose matter was solved?",
             "satisfaction, 1 to 5", "customer, first contact that was rated",
             ("solved", pl.col("is_resolved")), ("not solved", ~pl.col("is_resolved")),
             pl.col("satisfaction"), "mann_whitney"),
)  # fmt: skip

_ASSUMPTIONS = {"welch": _MEANS, "mann_whitney": _RANKS, "shares": _SHARES}
_SCHEMA = {
    "analysis_id": pl.String,
    "as_of_date": pl.Date,
    "analysis_type": pl.String,
    "question": pl.String,
    "unit": pl.String,
    "outcome": pl.String,
    "group_a": pl.String,
    "group_b": pl.String,
    "assumptions": pl.String,
    "not_tested_reason": pl.String,
    **{
        name: pl.String if name in ("method", "effect_name") else
        pl.Int64 if name.startswith("size") else pl.Float64
        for name in Finding.__dataclass_fields__
    },
}  # fmt: skip

Answer = dict[str, object]


@one_thread()
def inferential_analytics(
    as_of: date,
    *,
    customers: pl.DataFrame,
    applications: pl.DataFrame,
    contacts: pl.DataFrame,
    responses: pl.DataFrame,
    cohorts: pl.DataFrame,
) -> pl.DataFrame:
    """Answers to all questions, adjusted as one family.

    Args:
        as_of: Month end that the customers are looked at.
        customers: Their features on it, with `sex`; one row each.
        applications: First decision per customer: `sex`, `credit_score`, `is_approved`.
        contacts: First rated contact per customer: `is_resolved`, `satisfaction`.
        responses: Customers of campaigns with a random control: `campaign_id`, `is_treated`,
            `is_converted`.
        cohorts: Customers of a year before: `tenure_months` then, and whether they `stayed`.

    Returns:
        The columns of `gold.inferential_analytics`.
    """
    answers = [
        *_compared(customers, CUSTOMER_QUESTIONS, "COMPARISON"),
        *_compared(applications, APPLICATION_QUESTIONS, "COMPARISON"),
        *_compared(contacts, CONTACT_QUESTIONS, "COMPARISON"),
        *_experiments(responses),
        _associated(customers, "TIER_BY_RISK", "customer_tier", "risk_profile"),
        *_elasticities(customers),
        *_retention(cohorts),
    ]
    frame = pl.DataFrame([{"as_of_date": as_of, **answer} for answer in answers], schema=_SCHEMA)
    return _adjusted(frame)


def _compared(rows: pl.DataFrame, questions: tuple[Question, ...], kind: str) -> Iterator[Answer]:
    for question in questions:
        a, b = (
            rows.filter(condition.fill_null(value=False))
            .select(question.value.cast(pl.Float64).alias("value"))
            .drop_nulls()["value"]
            .to_numpy()
            for _, condition in (question.group_a, question.group_b)
        )
        yield _answer(
            question.name, kind, question.text, question.unit, question.outcome,
            question.group_a[0], question.group_b[0], _ASSUMPTIONS[question.test],
            _test(question.test, a, b),
        )  # fmt: skip


def _test(name: str, a: np.ndarray, b: np.ndarray) -> Callable[[], Finding]:
    if name == "shares":
        return partial(shares, int(a.sum()), a.size, int(b.sum()), b.size)
    return partial(welch if name == "welch" else mann_whitney, a, b)


def _experiments(responses: pl.DataFrame) -> Iterator[Answer]:
    counts = (
        responses.group_by("campaign_id", "is_treated")
        .agg(size=pl.len(), yes=pl.col("is_converted").sum().cast(pl.Int64))
        .sort("campaign_id")
    )
    for (campaign,), arms in counts.group_by("campaign_id", maintain_order=True):
        found = {row["is_treated"]: (row["yes"], row["size"]) for row in arms.to_dicts()}
        contacted, held_back = found.get(True, (0, 0)), found.get(False, (0, 0))
        yield _answer(
            f"AB_{campaign}", "AB_TEST", f"Did contact by campaign {campaign} raise conversion?",
            "customer of the campaign", "converted", "contacted", "held back by lot", _SHARES,
            partial(shares, *contacted, *held_back),
        )  # fmt: skip


def _associated(customers: pl.DataFrame, name: str, rows: str, columns: str) -> Answer:
    known = customers.select(rows, columns).drop_nulls()
    _, row = np.unique(known[rows].to_numpy().astype(str), return_inverse=True)
    _, column = np.unique(known[columns].to_numpy().astype(str), return_inverse=True)
    table = np.zeros((int(row.max(initial=0)) + 1, int(column.max(initial=0)) + 1), dtype=int)
    np.add.at(table, (row, column), 1)
    return _answer(
        name, "ASSOCIATION", "Do service tier and risk class hang together?", "customer",
        f"{rows} by {columns}", "all", None, _TABLE, partial(association, table),
    )  # fmt: skip


def _elasticities(customers: pl.DataFrame) -> Iterator[Answer]:
    income = _array(customers, pl.col("annual_income"))
    controls = customers.select(
        pl.col("age").cast(pl.Float64), pl.col("tenure_months").cast(pl.Float64)
    ).to_numpy()
    for name, text, outcome, value in (
        ("SPENDING_TO_INCOME", "spending", "monthly amount that goes out", _MONTHLY),
        ("BALANCE_TO_INCOME", "balances", "average balance of 3 months",
         pl.col("average_balance_3m")),
        ("DEBT_TO_INCOME", "debt", "total debt", pl.col("total_debt")),
    ):  # fmt: skip
        measured = _array(customers, value)
        yield _answer(
            name, "ELASTICITY", f"How do {text} rise with income, at the same age and tenure?",
            "customer with both", outcome, "all", None, _LOGS,
            partial(elasticity, measured, income, controls),
        )  # fmt: skip


def _retention(cohorts: pl.DataFrame) -> Iterator[Answer]:
    """Shares of customers still there a year later, by how long they had been there."""
    years = cohorts["tenure_months"].cast(pl.Float64).fill_null(0.0).to_numpy() / 12
    band = np.searchsorted([1, 3, 5, 10], years, side="right")
    stayed = cohorts["stayed"].to_numpy().astype(bool)
    table = np.zeros((len(COHORTS), 2), dtype=int)
    np.add.at(table, (band, stayed.astype(int)), 1)
    yield _answer(
        "RETENTION_BY_TENURE", "ASSOCIATION", "Does staying hang together with tenure?",
        "customer of a year before", "stayed 12 months", "all cohorts", None, _TABLE,
        partial(association, table),
    )  # fmt: skip
    for position, cohort in enumerate(COHORTS):
        left, kept = table[position]
        yield _answer(
            f"RETENTION_COHORT_{position + 1}", "COHORT_RETENTION",
            "What share of the cohort was still there after 12 months?",
            "customer of a year before", "stayed 12 months", cohort, None, _ONE,
            partial(one_share, int(kept), int(left + kept)),
        )  # fmt: skip


def _answer(
    name: str,
    kind: str,
    question: str,
    unit: str,
    outcome: str,
    group_a: str,
    group_b: str | None,
    assumptions: str,
    test: Callable[[], Finding],
) -> Answer:
    answer: Answer = {
        "analysis_id": name,
        "analysis_type": kind,
        "question": question,
        "unit": unit,
        "outcome": outcome,
        "group_a": group_a,
        "group_b": group_b,
        "assumptions": assumptions,
    }
    try:
        return answer | asdict(test())
    except TooFewError as error:
        return answer | {"not_tested_reason": str(error)}


def _adjusted(frame: pl.DataFrame) -> pl.DataFrame:
    p_values = frame["p_value"].drop_nulls().to_numpy()
    tested = frame.filter(pl.col("p_value").is_not_null()).select("analysis_id")
    adjusted = tested.with_columns(
        pl.Series("p_value_holm", holm(p_values), dtype=pl.Float64),
        pl.Series("p_value_fdr", benjamini_hochberg(p_values), dtype=pl.Float64),
    )
    return frame.join(adjusted, on="analysis_id", how="left", maintain_order="left").with_columns(
        pl.lit(len(p_values), dtype=pl.Int32).alias("family_size"),
        (pl.col("p_value_holm") <= LEVEL).alias("is_significant"),
    )


def _array(frame: pl.DataFrame, value: pl.Expr) -> np.ndarray:
    """A column as numbers; what is not known is NaN, which no comparison of sizes lets pass."""
    return frame.select(value.cast(pl.Float64).fill_null(float("nan"))).to_series().to_numpy()
