"""Prediction tasks: outcome, keys and admissible columns; and the task of default.

Belongs here: the fields of a task, the features declared for default with the sign a credit
officer would expect, and the rule for undeclared columns. Does not belong here:
other tasks (each has a module, as `finplatform.ml.churn`), and what is learned from data
(`finplatform.ml.preparation`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from finplatform.errors import FinplatformError

OBSERVED = "observation_date"
SUBJECT = "customer_id"
"""Whose rows stay together when rows are held out: a borrower's, a customer's."""

DEFAULT_DAYS_PAST_DUE = 90
"""An exposure more days past due than this is in default (CRE20.104)."""


@dataclass(frozen=True)
class Declared:
    """Prior expectation of a numeric feature.

    Attributes:
        name: Column name without its window (`missed_instalments` stands for
            `missed_instalments_6m`).
        sign: 1 when more means more risk, -1 when more means less, 0 when it may go either way.
        is_log: Whether it enters on a log scale, as skewed amounts do.
    """

    name: str
    sign: int = 0
    is_log: bool = False


_MORE_RISK = """
    avg_utilisation_rate cash_advance_count consecutive_missed_instalments days_past_due
    debt_to_income dpd failed_payment_count interest_rate late_instalments late_payments
    loan_to_income ltv max_dpd max_utilisation_rate min_payment_only_count missed_instalments
    other_dpd overdraft_days overlimit_count partial_instalments payment_to_income
    returned_payment_count unemployment_pct utilisation_rate utilisation_trend
"""
_LESS_RISK = """
    credit_score employment_years gdp_growth_pct gdp_growth_rate payment_rate payment_ratio
    savings_rate tenure_months
"""
_MORE_RISK_AMOUNTS = "arrears_amount past_due_amount"
_LESS_RISK_AMOUNTS = """
    annual_income average_balance avg_balance avg_deposit_balance deposit_balance monthly_inflow
    salary_inflow total_deposits
"""
_EITHER_WAY = """
    age dependents inflation_pct months_on_book num_accounts num_loans policy_rate_pct
    remaining_months term_months
"""
_EITHER_WAY_AMOUNTS = """
    credit_limit exposure_amount instalment_amount original_amount outstanding_balance
    principal_amount
"""

DECLARED: dict[str, Declared] = {
    name: Declared(name, sign, is_log)
    for names, sign, is_log in (
        (_MORE_RISK, 1, False),
        (_LESS_RISK, -1, False),
        (_MORE_RISK_AMOUNTS, 1, True),
        (_LESS_RISK_AMOUNTS, -1, True),
        (_EITHER_WAY, 0, False),
        (_EITHER_WAY_AMOUNTS, 0, True),
    )
    for name in names.split()
}
"""Numeric features with an expectation, by name."""

_PROTECTED_NAMES = """
    birth_country country_of_birth disability ethnicity gender marital_status nationality race
    religion sex
"""
PROTECTED = frozenset(_PROTECTED_NAMES.split())
"""Attributes a credit decision may not rest on; never used, even when they are in the frame."""

_ECONOMY_NAMES = """
    gdp_growth_pct gdp_growth_rate house_price_change_12m inflation_pct policy_rate_pct
    policy_rate_change_12m unemployment_change_12m unemployment_pct
"""
ECONOMY = frozenset(_ECONOMY_NAMES.split())
"""Features of the month and not of the borrower; through the cycle they are at their average."""

_ANSWER_NAMES = """
    ead exposure_at_default grade is_default is_defaulted is_in_default lgd model_version pd rating
    score
"""
_NOT_FEATURES = re.compile(r"(_id|_key|_date|_at|_sk|_hash)$|^(default_|is_default_|_)")
_WINDOW = re.compile(r"_\d+[dmqy]$")
_MONTHS = re.compile(r"_(\d+)m$")
_AMOUNT = re.compile(r"_(amount|balance|income|limit|usd|value)$")


@dataclass(frozen=True)
class Task:
    """A prediction task: outcome, unit, horizon and admissible columns.

    Attributes:
        name: Name of the model in messages: "default", "churn".
        prefix: Beginning of the versions of its models.
        unit: Column that, with the observation date, identifies a row.
        units: Several of them, for counts.
        label: Column of the outcome.
        event_date: Column of the day on which the event happened, where it is known.
        event: The event, for counts of rows.
        happened: State of a unit after the event, for counts of units.
        flags: Columns that mark an event that has already happened.
        limits: Columns that mark the same by a number above a limit.
        declared: Numeric features with an expectation, by name without window.
        only_declared: Whether columns without declaration are left alone.
        categories: Text features that a task with declared features alone may use.
        answers: Columns that look like the outcome; never used.
        most_months: Longest window of a feature of behaviour; None for any. A longer one reaches
            back before the first day that was loaded, and so grows while the history does.
    """

    name: str
    prefix: str
    unit: str
    units: str
    label: str
    event_date: str
    event: str
    happened: str
    declared: Mapping[str, Declared]
    flags: tuple[str, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    only_declared: bool = False
    categories: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    most_months: int | None = None

    @property
    def keys(self) -> tuple[str, str]:
        """Key of a row."""
        return self.unit, OBSERVED

    def expected(self, name: str) -> Declared:
        """Expectation of a numeric column; empty without a declaration."""
        known = self.declared.get(name) or self.declared.get(_WINDOW.sub("", name))
        if known is not None:
            return known
        return Declared(name, is_log=bool(_AMOUNT.search(_WINDOW.sub("", name))))

    def is_feature(self, name: str) -> bool:
        """Whether a column of this name may be a feature at all."""
        barred = {*self.keys, SUBJECT, self.label, *PROTECTED, *self.answers}
        if name in barred or _NOT_FEATURES.search(name) is not None:
            return False
        months = _MONTHS.search(name)
        if months and self.most_months and name not in ECONOMY:
            return int(months[1]) <= self.most_months
        return not self.only_declared or name in self.categories or self.is_declared(name)

    def is_declared(self, name: str) -> bool:
        """Whether a numeric column has a declared expectation."""
        return self.expected(name).name in self.declared


DEFAULT = Task(
    name="default",
    prefix="pd-",
    unit="exposure_id",
    units="exposures",
    label="is_default_12m",
    event_date="default_date",
    event="default",
    happened="defaulted",
    declared=DECLARED,
    flags=("is_defaulted", "is_in_default", "is_default"),
    limits=dict.fromkeys(("dpd", "days_past_due"), DEFAULT_DAYS_PAST_DUE),
    answers=frozenset(_ANSWER_NAMES.split()),
    most_months=3,
)
"""Default of an exposure within twelve months."""


@dataclass(frozen=True)
class FeatureColumns:
    """The columns of a frame that are features, by kind, each in alphabetical order.

    Attributes:
        numeric: Numbers and booleans.
        categorical: Text.
        undeclared: Those of both that the task does not declare; used, and named in the report.
        ignored: Columns left out for what they are: keys, dates, answers, protected attributes.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    undeclared: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All features."""
        return self.numeric + self.categorical


def feature_columns(frame: pl.DataFrame, task: Task = DEFAULT) -> FeatureColumns:
    """Sort a frame's columns into features by name and type; absent declared ones are no error.

    Raises:
        FinplatformError: A declared numeric feature arrives as text, or none is left.
    """
    numeric, categorical, ignored = [], [], []
    for name, dtype in sorted(frame.schema.items()):
        if not task.is_feature(name) or not _is_usable(dtype):
            ignored.append(name)
        elif _is_text(dtype):
            categorical.append(name)
        else:
            numeric.append(name)
    if text := [name for name in categorical if task.is_declared(name)]:
        raise FinplatformError(
            f"Numeric feature(s) arrive as text: {', '.join(text)}.",
            "Cast them to numbers in the feature table.",
        )
    if not numeric and not categorical:
        raise FinplatformError(
            "The feature frame holds no feature column.",
            "Join the feature table; keys, dates and identifiers alone explain nothing.",
        )
    undeclared = [name for name in numeric if not task.is_declared(name)]
    return FeatureColumns(
        tuple(numeric), tuple(categorical), (*undeclared, *categorical), tuple(ignored)
    )


def _is_text(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Categorical, pl.Enum)


def _is_usable(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype == pl.Boolean or _is_text(dtype)
