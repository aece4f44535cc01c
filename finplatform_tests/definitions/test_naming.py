"""Names of columns keep the rules of `docs/naming.md`."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from finplatform.contracts.contract import Contract, dtype_of
from finplatform.orchestration.build import all_contracts
from finplatform.settings import get_settings
from finplatform.warehouse import dbt

PAGE = Path(__file__).parents[2] / "docs" / "naming.md"

IN_PER_CENT = {
    "bi.get_daily_transaction_summary.success_rate",
    "bi.vw_customer_insights.card_rate",
    "bi.vw_customer_insights.success_rate",
    "bi.vw_merchant_performance.sla_breach_rate",
    "bi.vw_merchant_performance.success_rate",
    "bi.vw_payment_analytics.success_rate",
    "gold.credit_risk_portfolio.loss_rate_percentage",
}
"""Columns in per cent without `_pct`: printed by the requirements, or next to such a column."""

TIMESTAMPS_OF_SOURCES = {
    "bronze.transaction_events.transaction_date",
    "bronze.transactions.transaction_date",
    "masked.transactions.transaction_date",
}
"""Timestamps that the operational schema names `_date`."""

SOURCE_SPELLINGS = {"bronze.loan_payments.installment_number"}
"""Spellings of sources that silver changes."""

_WINDOW_OR_BOUND = re.compile(r"(_lower|_upper)?(_\d+[dm])?$")


class Column(NamedTuple):
    """A column of a contract.

    Attributes:
        path: `schema.table.column`.
        name: Column.
        stem: Name without interval bound and lookback window.
        dtype: Polars dtype.
        description: Description.
    """

    path: str
    name: str
    stem: str
    dtype: pl.DataType
    description: str


def _columns(contracts: Mapping[str, Contract]) -> Iterator[Column]:
    for table, contract in contracts.items():
        for name, field in contract.fields.items():
            stem = _WINDOW_OR_BOUND.sub("", name)
            yield Column(f"{table}.{name}", name, stem, dtype_of(field), field.description or "")


@pytest.fixture(scope="module")
def columns() -> list[Column]:
    return list(_columns(all_contracts(dbt.load_manifest(get_settings()))))


def _is_boolean(column: Column) -> bool:
    return column.dtype == pl.Boolean


@pytest.mark.parametrize(
    ("pattern", "has_type"),
    [
        (r"_id$", lambda dtype: dtype == pl.String),
        (r"_code$", lambda dtype: dtype == pl.String),
        (r"_key$", lambda dtype: dtype.is_integer()),
        (r"_count$|^num_", lambda dtype: dtype.is_integer()),
        (r"_at$", lambda dtype: isinstance(dtype, pl.Datetime)),
        (r"(?<!_to)_date$", lambda dtype: dtype == pl.Date),
        (r"_amount$", lambda dtype: isinstance(dtype, pl.Decimal)),
        (r"_(usd|eur_m)$", lambda dtype: dtype.is_numeric()),
        (r"_(rate|share|ratio|probability|pct)$", lambda dtype: dtype.is_numeric()),
        (r"_(days|months|years|hours|minutes|seconds|ms)$", lambda dtype: dtype.is_numeric()),
    ],
)
def test_a_suffix_has_one_type(
    columns: list[Column], pattern: str, has_type: Callable[[pl.DataType], bool]
) -> None:
    named = [c for c in columns if re.search(pattern, c.stem) and not _is_boolean(c)]
    assert named
    wrong = [c.path for c in named if not has_type(c.dtype)]
    assert set(wrong) <= TIMESTAMPS_OF_SOURCES


def test_booleans_have_a_prefix_and_nothing_else_has_it(columns: list[Column]) -> None:
    prefixed = re.compile(r"(is|has|covers|are)_")
    wrong = [c.path for c in columns if _is_boolean(c) != bool(prefixed.match(c.name))]
    assert not wrong


def test_per_cent_is_named_pct_and_every_other_rate_is_a_fraction(columns: list[Column]) -> None:
    """Descriptions name the unit: one in per cent has the suffix, one with the suffix the unit."""
    unit = re.compile(r"\bper cent\b")
    wrong = {
        c.path
        for c in columns
        if c.dtype.is_numeric() and bool(unit.search(c.description)) != c.stem.endswith("_pct")
    }
    assert wrong == IN_PER_CENT


def test_extremes_are_named_max_and_min(columns: list[Column]) -> None:
    other = re.compile(r"(highest|largest|greatest|worst|lowest|smallest|least)_")
    assert not [c.path for c in columns if other.match(c.name)]


def test_one_spelling_of_instalment(columns: list[Column]) -> None:
    assert {c.path for c in columns if "installment" in c.name} == SOURCE_SPELLINGS


def test_no_abbreviation_of_plain_words(columns: list[Column]) -> None:
    words = re.compile(r"(^|_)(amt|cnt|qty|nr|dt|desc|cust|acct|txn|trx|pymt)(_|$)")
    assert not [c.path for c in columns if words.search(c.name)]


def test_exceptions_are_explained_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    excepted = IN_PER_CENT | TIMESTAMPS_OF_SOURCES | SOURCE_SPELLINGS
    assert not [path for path in excepted if f"`{path.rsplit('.', 1)[1]}`" not in page]
