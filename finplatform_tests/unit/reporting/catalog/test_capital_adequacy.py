"""Sentences of the capital adequacy page are true of the rows they are computed from."""

from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

PAGE = "capital_adequacy"


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        (
            ("0.0487", "0.0867", "0.1286"),
            "CET1 is the tightest: 4.87% is 0.37 points above its minimum of 4.5%, EUR 7 to spare.",
        ),
        (
            ("0.0787", "0.0590", "0.1286"),
            "Tier 1 is the tightest: 5.90% is 0.10 points below its minimum of 6.0%, EUR 7 short.",
        ),
        (
            ("0.0787", "0.0867", "0.0800"),
            "Total capital is the tightest: 8.00% is exactly its minimum of 8.0%.",
        ),
    ],
)
def test_the_tightest_ratio_is_named(ratios: tuple[str, str, str], said: str) -> None:
    minimums = ("0.045", "0.06", "0.08")
    frame = rows(
        "name ratio minimum capital surplus",
        *(
            (name, Decimal(ratio), Decimal(least), Decimal(1),
             Decimal(7 if Decimal(ratio) >= Decimal(least) else -7))
            for name, ratio, least in zip(
                ("CET1", "Tier 1", "Total capital"), ratios, minimums, strict=True
            )
        ),
    )  # fmt: skip
    assert sentence(PAGE, "Capital ratios", frame) == said


@pytest.mark.parametrize(
    ("ratios", "lowest", "short"),
    [(("0.05", "0.08"), "5.00% on 31 May 2026", "below its minimum with buffers on 1 of 2"
                                                " month-ends"),
     (("0.09", "0.08"), "8.00% on 30 June 2026", "not below its minimum with buffers"),
     (("0.03", "0.02"), "2.00% on 30 June 2026", "below its minimum with buffers on 2 of 2"
                                                 " month-ends")],
)  # fmt: skip
def test_the_lowest_ratio_and_the_months_without_buffers_are_told(
    ratios: tuple[str, str], lowest: str, short: str
) -> None:
    columns = "reporting_date cet1_ratio tier1_ratio total_ratio cet1_minimum cet1_with_buffers"
    frame = rows(
        columns,
        *(
            (day, Decimal(ratio), None, None, Decimal("0.045"), Decimal("0.07"))
            for day, ratio in zip((MAY, JUNE), ratios, strict=True)
        ),
    )
    said = sentence(PAGE, "Ratios over time", frame)
    assert f"its lowest was {lowest}" in said
    assert said.endswith(f"; it was {short}.")


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("0", "earnings may be paid out."),
        ("0.6", "60% of the earnings must be kept."),
        ("1", "100% of the earnings must be kept."),
    ],
)
def test_what_buffers_mean_for_earnings_is_said(kept: str, said: str) -> None:
    frame = rows(
        "reporting_date buffer_available_rate buffer_required_rate earnings_conserved_rate",
        (JUNE, Decimal("0.0186"), Decimal("0.026"), Decimal(kept)),
    )
    assert sentence(PAGE, "Buffers", frame).endswith(said)


@pytest.mark.parametrize("first", ["qrre", "corporate", "other_retail"])
def test_the_class_with_the_most_assets_is_named(first: str) -> None:
    frame = rows(
        "exposure_class standardised_assets assets_in_use approach",
        *(
            (name, Decimal(40), Decimal(80 if name == first else 10), "IRB")
            for name in ("qrre", "corporate", "other_retail")
        ),
    )
    said = sentence(PAGE, "RWA by class", frame)
    assert said.lower().startswith(f"{first.replace('_', ' ')} holds 80.0% of credit rwa (eur 80)")
    assert said.endswith("2.00 times what the standardised approach gives.")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((800, 100, 100, 0), "80.0% of them from credit risk; they are unchanged"),
        ((100, 300, 100, 0), "60.0% of them from market risk; they are down 50.0%"),
        ((400, 300, 300, 1000), "50.0% of them from the output floor; they are up 100.0%"),
    ],
)
def test_the_kind_of_risk_with_the_most_assets_is_named(
    parts: tuple[int, int, int, int], said: str
) -> None:
    frame = rows(
        "reporting_date credit market operational floor_increase total",
        (MAY, Decimal(1000), Decimal(0), Decimal(0), Decimal(0), Decimal(1000)),
        (JUNE, *map(Decimal, parts), Decimal(sum(parts))),
    )
    assert said in sentence(PAGE, "Composition of RWA", frame)


def test_a_floor_that_never_bound_is_said() -> None:
    columns = "reporting_date before_floor output_floor_amount output_floor_rate floor_increase"
    free = rows(columns, (JUNE, Decimal(1000), Decimal(900), Decimal("0.65"), Decimal(0)))
    assert "it raised RWA on no month-end" in sentence(PAGE, "Output floor", free)
    said = sentence(PAGE, "Output floor", ROWS[PAGE, "Output floor"])
    assert said.endswith("it raised RWA on 1 of 2 month-ends.")


def test_the_largest_line_and_deduction_of_own_funds_are_named() -> None:
    said = sentence(PAGE, "Own funds", ROWS[PAGE, "Own funds"])
    assert said == (
        "Total capital is EUR 700; its largest line is common shares (EUR 900); its largest"
        " deduction is provision shortfall (EUR 300)."
    )
    frame = rows(
        "step amount measure",
        ("at1_instruments", Decimal(5), "relative"),
        ("Tier 1", Decimal(5), "total"),
        ("Total capital", Decimal(5), "total"),
    )
    assert sentence(PAGE, "Own funds", frame) == (
        "Total capital is EUR 5; its largest line is AT1 instruments (the only one) (EUR 5);"
        " nothing is deducted."
    )
