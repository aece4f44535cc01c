"""The engine and the oracle agree, row by row, on books drawn at random from a fixed seed."""

import ast
import runpy
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.risk import irb
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.exposures import measure
from finplatform.risk.output_floor import RiskWeightedAssets, apply_output_floor

HERE = Path(__file__).parent
ORACLES = sorted(HERE.glob("*_oracle.py"))
COUNT = 10_000
TOLERANCE = 1e-9

# By path, so that the oracle is found whatever way the tests are imported.
oracle: dict[str, Callable[..., Any]] = runpy.run_path(str(HERE / "credit_oracle.py"))


def imported_modules(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.Name) and node.id in {"__import__", "exec", "eval"}:
            yield node.id


@pytest.mark.parametrize("path", ORACLES, ids=lambda path: path.stem)
def test_oracle_imports_the_standard_library_alone(path: Path) -> None:
    foreign = {
        module
        for module in imported_modules(path.read_text(encoding="utf-8"))
        if module.partition(".")[0] not in sys.stdlib_module_names or module == "importlib"
    }
    assert not foreign


def maybe(rng: np.random.Generator, values: np.ndarray, missing: float) -> list[float | None]:
    gone = rng.random(len(values)) < missing
    return [None if hide else float(value) for value, hide in zip(values, gone, strict=True)]


def random_book(exposure_class: ExposureClass, seed: int) -> pl.DataFrame:
    """Draw exposures of one class that reach every branch, with facts missing where they may be."""
    rng = np.random.default_rng(seed)
    drawn = np.where(rng.random(COUNT) < 0.05, 0.0, rng.gamma(0.8, 20_000, COUNT)).round(1)
    undrawn = np.where(rng.random(COUNT) < 0.5, 0.0, rng.gamma(0.8, 9_000, COUNT)).round(1)
    products = ["CREDIT_CARD", "CHECKING", "MORTGAGE", "PERSONAL_LOAN", "BUSINESS_LOAN", "UNHEARD"]
    bounds = rng.choice([0.5, 0.6, 0.8, 0.9, 1.0], COUNT)
    ltv = np.where(rng.random(COUNT) < 0.3, bounds, rng.uniform(0.05, 1.6, COUNT))
    corporate = exposure_class is ExposureClass.CORPORATE
    # A fifth to the cent, one cent beside it on either side, and others.
    owed = np.where(drawn > 0.0, drawn, undrawn)
    share = rng.choice([0, 0.1, 0.2, 0.6], COUNT)
    provision = (share * owed).round(2) + np.where(share, rng.choice([-0.01, 0, 0.01], COUNT), 0)
    provision = np.clip(provision, 0.0, owed).round(2)
    return pl.DataFrame(
        {
            "exposure_id": [f"{exposure_class}-{number}" for number in range(COUNT)],
            "exposure_class": [exposure_class.value] * COUNT,
            "product_type": rng.choice(products, COUNT),
            "drawn": drawn,
            "undrawn": undrawn,
            "pd": np.where(rng.random(COUNT) < 0.05, 0.0, rng.beta(0.5, 12, COUNT) * 0.999),
            "lgd": maybe(rng, rng.uniform(0.0, 1.1, COUNT), 0.2 if corporate else 0.0),
            "ltv": maybe(rng, ltv, 0.1),
            "is_defaulted": rng.random(COUNT) < 0.15,
            "specific_provision": provision,
            "turnover_eur_m": maybe(rng, rng.choice([0, 3, 5, 20, 49.9, 50, 80], COUNT), 0.1),
            "maturity": maybe(rng, rng.uniform(-0.5, 9, COUNT), 0.1),
            "is_transactor": rng.random(COUNT) < 0.3,
            "best_estimate_el": maybe(rng, rng.uniform(0, 0.9, COUNT), 0.5),
            "own_conversion_factor": maybe(rng, rng.uniform(0, 1.1, COUNT), 0.5),
            "is_regulatory_retail": rng.random(COUNT) < 0.8,
            "is_cash_flow_dependent": rng.random(COUNT) < 0.3,
            "has_currency_mismatch": rng.random(COUNT) < 0.2,
        }
    )


def in_decimals(book: pl.DataFrame) -> pl.DataFrame:
    """Return the book as tables store it: amounts in cents, rates with nine decimals."""
    amounts = pl.col("drawn", "undrawn", "specific_provision").round(2).cast(pl.Decimal(18, 2))
    rates = pl.col("pd", "lgd", "ltv", "best_estimate_el", "own_conversion_factor", "maturity")
    return book.with_columns(
        amounts,
        rates.round(9).cast(pl.Decimal(18, 9)),
        pl.col("turnover_eur_m").cast(pl.Decimal(12, 3)),
    )


@pytest.mark.parametrize("to_input", [lambda book: book, in_decimals], ids=["floats", "decimals"])
@pytest.mark.parametrize("exposure_class", ExposureClass)
def test_engine_agrees_with_oracle_on_every_figure_of_every_exposure(
    exposure_class: ExposureClass, to_input: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    book = to_input(random_book(exposure_class, seed=20230101))
    measured = measure(book, date(2025, 6, 30))
    expected = pl.DataFrame(
        [
            oracle["standardised"](exposure) | oracle["internal"](exposure)
            for exposure in book.iter_rows(named=True)
        ]
    )
    for column in expected.columns:
        np.testing.assert_allclose(
            measured[column].to_numpy(),
            expected[column].to_numpy(),
            rtol=TOLERANCE,
            atol=TOLERANCE,
            err_msg=column,
        )


@pytest.mark.parametrize("exposure_class", ExposureClass)
def test_unfloored_weights_agree_with_oracle_to_1e_9(exposure_class: ExposureClass) -> None:
    rng = np.random.default_rng(31)
    pd, lgd = rng.uniform(1e-4, 0.9999, COUNT), rng.uniform(0.0, 1.0, COUNT)
    maturity, turnover = rng.uniform(0.0, 7.0, COUNT), rng.uniform(0.0, 60.0, COUNT)
    weights = irb.risk_weight(
        pd, lgd, exposure_class, maturity=maturity, turnover_eur_m=turnover, floors=False
    )
    expected = [
        12.5 * oracle["capital_requirement"](exposure_class.value, *facts)
        for facts in zip(
            *(values.tolist() for values in (pd, lgd, maturity, turnover)), strict=True
        )
    ]
    np.testing.assert_allclose(weights, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("exposure_class", ExposureClass)
def test_large_financial_institutions_agree_with_oracle(exposure_class: ExposureClass) -> None:
    rng = np.random.default_rng(317)
    pd, lgd = rng.uniform(1e-3, 0.9, COUNT), rng.uniform(0.0, 1.0, COUNT)
    capital = irb.capital_requirement(
        pd, lgd, exposure_class, floors=False, is_large_financial=True
    )
    expected = [
        oracle["capital_requirement"](exposure_class.value, *facts, is_large_financial=True)
        for facts in zip(pd.tolist(), lgd.tolist(), strict=True)
    ]
    np.testing.assert_allclose(capital, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("year", "calibration"), [(2023, 0.5), (2026, 0.65), (2028, 0.725)])
@pytest.mark.parametrize("has_cap", [False, True])
def test_output_floor_agrees_with_oracle(year: int, calibration: float, has_cap: bool) -> None:
    rng = np.random.default_rng(90)
    for nominated, base in rng.integers(1, 1_000, (500, 2)).tolist():
        floored = apply_output_floor(
            RiskWeightedAssets(Decimal(nominated)),
            RiskWeightedAssets(Decimal(base)),
            date(year, 3, 31),
            has_transitional_cap=has_cap,
        )
        cap = 0.25 if has_cap and year < 2028 else None
        assert float(floored.rwa) == pytest.approx(
            oracle["floored_rwa"](nominated, base, calibration, cap), abs=TOLERANCE
        )
