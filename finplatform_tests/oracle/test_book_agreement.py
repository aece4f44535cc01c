"""The standardised book and its oracle agree on 10,000 exposures drawn from a fixed seed."""

import runpy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.institutions import BankGrade
from finplatform.risk.mitigation import TRANSACTIONS
from finplatform.risk.protection import PROTECTION_KINDS
from finplatform.risk.specialised import LendingKind, SlottingCategory
from finplatform.risk.standardised_book import BookOptions, measure_standardised
from finplatform.risk.standardised_checks import FLAGS, OFF_BALANCE_KINDS, SLOTTED_CLASSES

HERE = Path(__file__).parent
COUNT, SEED = 10_000, 227
TOLERANCE = 1e-9
AS_OF = date(2026, 6, 30)
RATINGS = ["AAA", "AA", "A", "BBB", "BB", "B", "CCC", None, None]

book: dict[str, Callable[..., Any]] = runpy.run_path(str(HERE / "book_oracle.py"))
classes: dict[str, Any] = runpy.run_path(str(HERE / "classes_oracle.py"))


def chosen(rng: np.random.Generator, values: list[Any], count: int = COUNT) -> list[Any]:
    return [values[place] for place in rng.integers(0, len(values), count)]


def random_book(rng: np.random.Generator) -> pl.DataFrame:
    """Exposures of every class with every fact present or missing, in cents."""
    names = [member.value for member in AssetClass]
    slotted = [member.value for member in SLOTTED_CLASSES]
    drawn = rng.integers(0, 10**8, COUNT) * (rng.random(COUNT) < 0.95)
    undrawn = rng.integers(1, 10**7, COUNT) * (rng.random(COUNT) < 0.4)
    held = ((drawn + undrawn) * rng.choice([0, 0.1, 0.2, 0.5], COUNT)).astype(np.int64)
    kinds, bad = chosen(rng, names), rng.random(COUNT) < 0.15
    good = [category.value for category in SlottingCategory if category != "default"]
    categories = [
        ("default" if late else name) if kind in slotted and take else None
        for kind, late, name, take in zip(
            kinds, bad, chosen(rng, good), rng.random(COUNT) < 0.5, strict=True
        )
    ]
    flags = {name: rng.random(COUNT) < 0.3 for name in FLAGS}
    return pl.DataFrame(
        {
            "exposure_id": [f"E{number}" for number in range(COUNT)],
            "counterparty_id": [f"P{number // 2}" for number in range(COUNT)],
            "exposure_class": kinds,
            "drawn_amount": drawn / 100,
            "undrawn_amount": undrawn / 100,
            "specific_provision": held / 100,
            "is_defaulted": bad,
            "off_balance_kind": chosen(rng, [*OFF_BALANCE_KINDS, None]),
            "rating": chosen(rng, RATINGS),
            "sovereign_rating": chosen(rng, RATINGS),
            "issuer_rating": chosen(rng, RATINGS),
            "bank_grade": chosen(rng, [*(grade.value for grade in BankGrade), None]),
            "lending_kind": chosen(rng, [*(kind.value for kind in LendingKind), None]),
            "slotting_category": categories,
            "ltv": chosen(rng, [0.3, 0.5, 0.55, 0.6, 0.8, 0.9, 1.0, 1.2, None]),
            "turnover_eur_m": chosen(rng, [0.0, 20.0, 50.0, 50.01, 900.0, None]),
            "years": chosen(rng, [0.1, 0.25, 1.0, 2.0, 4.9, 5.0, 8.0, None]),
            **flags,
        },
        infer_schema_length=None,
    )


def random_protection(rng: np.random.Generator) -> pl.DataFrame:
    """Up to several protections of each exposure, of every kind and provider."""
    count = COUNT
    providers = ["sovereign", "bank", "corporate", "public_sector", "multilateral_bank", "equity"]
    years = chosen(rng, [0.1, 0.25, 0.251, 0.9, 1.0, 3.0, 5.0, 9.0, None], count)
    return pl.DataFrame(
        {
            "protection_id": [f"G{number:05d}" for number in range(count)],
            "exposure_id": [f"E{number}" for number in rng.integers(0, COUNT // 2, count)],
            "protection_kind": chosen(rng, list(PROTECTION_KINDS), count),
            "amount": rng.integers(0, 6 * 10**7, count) / 100,
            "provider_class": chosen(rng, providers, count),
            "provider_rating": chosen(rng, RATINGS, count),
            "provider_grade": chosen(rng, [*(grade.value for grade in BankGrade), None], count),
            "is_own_currency": rng.random(count) < 0.3,
            "instrument_years": chosen(rng, [0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 12.0], count),
            "protection_years": years,
            "original_years": [
                None if year is None else year + more
                for year, more in zip(years, chosen(rng, [0.0, 0.5, 2.0], count), strict=True)
            ],
            "has_currency_mismatch": rng.random(count) < 0.3,
            "transaction_kind": chosen(rng, list(TRANSACTIONS), count),
            "revaluation_days": chosen(rng, [1.0, 5.0, 20.0], count),
            "covers_restructuring": rng.random(count) < 0.6,
            "first_loss_amount": rng.integers(0, 10**4, count) * (rng.random(count) < 0.3) / 100,
        },
        infer_schema_length=None,
    )


@pytest.mark.parametrize("is_simple", [False, True], ids=["comprehensive", "simple"])
def test_a_book_of_10_000_exposures_with_protection(is_simple: bool) -> None:
    rng = np.random.default_rng(SEED)
    exposures, protection = random_book(rng), random_protection(rng)
    found = measure_standardised(exposures, protection, AS_OF, BookOptions(is_simple=is_simple))
    held: dict[str, list[dict[str, Any]]] = {}
    for one in protection.iter_rows(named=True):
        held.setdefault(one["exposure_id"], []).append(one)
    rows = exposures.to_dicts()
    retail = book["regulatory"](rows)
    assert 0.1 < np.mean(list(retail.values())) < 0.9
    expected = []
    for row in rows:
        facts = book["facts"](row, classes["weight"], retail.get(row["counterparty_id"], True))
        expected.append(
            book["measured"](
                facts,
                held.get(row["exposure_id"], []),
                classes["weight"],
                is_simple,
                classes["HAIRCUTS"],
            )
        )
    for name in ("sa_ead", "sa_rwa", "ead", "rwa", "expected_loss"):
        np.testing.assert_allclose(
            found.exposures[name],
            [row[name] for row in expected],
            rtol=TOLERANCE,
            atol=1e-6,
            err_msg=name,
        )


def test_the_parts_of_an_exposure_add_up_to_it_and_never_weigh_more() -> None:
    rng = np.random.default_rng(SEED + 1)
    found = measure_standardised(random_book(rng), random_protection(rng), AS_OF)
    weighed = found.parts.group_by("exposure_id").agg(
        pl.col("amount").sum(), weighted=pl.col("rwa").sum()
    )
    sums = found.exposures.join(weighed, on="exposure_id")
    assert sums.height == COUNT
    for part, whole in (("amount", "sa_ead"), ("weighted", "sa_rwa")):
        np.testing.assert_allclose(sums[part], sums[whole], rtol=TOLERANCE, atol=1e-6)
    assert (sums["sa_rwa"] <= sums["sa_ead"] * sums["debtor_weight"] + 1e-6).all()
