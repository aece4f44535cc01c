"""Published tables and worked examples of the Basel Framework on credit risk and capital."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from finplatform.risk import irb, standardised
from finplatform.risk.capital import OwnFunds, buffer_position
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.output_floor import RiskWeightedAssets, apply_output_floor

# PD in percent, then the risk weights in percent of the eight columns below.
CRE99_3_TABLE_1 = """
 0.05  17.47  13.69   6.23   3.46   6.63  12.52   1.68   2.86
 0.10  26.36  20.71  10.69   5.94  11.16  21.08   3.01   5.12
 0.25  43.97  34.68  21.30  11.83  21.15  39.96   6.40  10.88
 0.40  55.75  43.99  29.94  16.64  28.42  53.69   9.34  15.88
 0.50  61.88  48.81  35.08  19.49  32.36  61.13  11.16  18.97
 0.75  73.58  57.91  46.46  25.81  40.10  75.74  15.33  26.06
 1.00  82.06  64.35  56.40  31.33  45.77  86.46  19.14  32.53
 1.30  89.73  70.02  67.00  37.22  50.80  95.95  23.35  39.70
 1.50  93.86  72.99  73.45  40.80  53.37 100.81  25.99  44.19
 2.00 102.09  78.71  87.94  48.85  57.99 109.53  32.14  54.63
 2.50 108.58  83.05 100.64  55.91  60.90 115.03  37.75  64.18
 3.00 114.17  86.74 111.99  62.22  62.79 118.61  42.96  73.03
 4.00 124.07  93.37 131.63  73.13  65.01 122.80  52.40  89.08
 5.00 133.20  99.79 148.22  82.35  66.42 125.45  60.83 103.41
 6.00 141.88 106.21 162.52  90.29  67.73 127.94  68.45 116.37
10.00 171.63 130.23 204.41 113.56  75.54 142.69  93.21 158.47
15.00 196.92 152.81 235.72 130.96  88.60 167.36 115.43 196.23
20.00 211.76 167.48 253.12 140.62 100.28 189.41 131.09 222.86
"""
# Class, LGD in percent, yearly sales in EUR million.
CRE99_3_COLUMNS = (
    (ExposureClass.CORPORATE, 40, 50),
    (ExposureClass.CORPORATE, 40, 5),
    (ExposureClass.RESIDENTIAL_MORTGAGE, 45, 50),
    (ExposureClass.RESIDENTIAL_MORTGAGE, 25, 50),
    (ExposureClass.OTHER_RETAIL, 45, 50),
    (ExposureClass.OTHER_RETAIL, 85, 50),
    (ExposureClass.QRRE, 50, 50),
    (ExposureClass.QRRE, 85, 50),
)
EUR = Decimal


def test_cre99_3_table_1_illustrative_irb_risk_weights_all_144_cells() -> None:
    rows = np.array([line.split() for line in CRE99_3_TABLE_1.strip().splitlines()], dtype=float)
    published, pd = rows[:, 1:], rows[:, :1] / 100
    classes, lgd, turnover = zip(*CRE99_3_COLUMNS, strict=True)
    weights = irb.risk_weight(
        pd, np.array(lgd) / 100, classes, turnover_eur_m=turnover, floors=False
    )
    assert published.size == 144
    np.testing.assert_allclose(weights * 100, published, rtol=0, atol=0.01)


def test_cre99_3_inputs_are_on_the_floors_and_only_a_qrre_revolver_is_below() -> None:
    classes, lgd, turnover = zip(*CRE99_3_COLUMNS, strict=True)
    is_qrre = np.array(classes) == ExposureClass.QRRE

    def weights(*, floors: bool, is_transactor: bool) -> np.ndarray:
        return irb.risk_weight(
            0.0005,
            np.array(lgd) / 100,
            classes,
            turnover_eur_m=turnover,
            floors=floors,
            is_transactor=is_transactor,
        )

    free = weights(floors=False, is_transactor=False)
    np.testing.assert_array_equal(weights(floors=True, is_transactor=True), free)
    raised = weights(floors=True, is_transactor=False) > free
    np.testing.assert_array_equal(raised, is_qrre)


def test_cre99_8_purchased_receivables_default_and_dilution_risk() -> None:
    default, dilution = irb.capital_requirement([0.0095, 0.0055], [0.45, 1.0], "corporate")
    np.testing.assert_allclose(12.5 * default * 100, 90.62, atol=0.01)
    np.testing.assert_allclose(12.5 * dilution * 100, 161.44, atol=0.01)
    # The exposure to default risk is net of the capital for dilution (CRE34.5).
    k_default = (default + 0.0095 * 0.45) * (1 - dilution)
    k_dilution = dilution + 0.0055
    np.testing.assert_allclose(k_default * 100, 6.69, atol=0.005)
    np.testing.assert_allclose(k_dilution * 100, 13.47, atol=0.005)
    np.testing.assert_allclose((k_default + k_dilution) * 100, 20.16, atol=0.01)


@pytest.mark.parametrize(
    ("as_of", "has_cap", "rwa", "is_binding"),
    [
        (date(2028, 1, 1), False, "101.5", True),
        (date(2027, 12, 31), True, "95", True),
        (date(2026, 6, 30), False, "91.0", True),
        (date(2023, 1, 1), False, "76", False),
    ],
)
def test_rbc20_13_output_floor_example(
    as_of: date, has_cap: bool, rwa: str, is_binding: bool
) -> None:
    nominated = RiskWeightedAssets(EUR(45 + 5 + 12), EUR(2), EUR(12))
    base = RiskWeightedAssets(EUR(80 + 32 + 12), EUR(4), EUR(12))
    floored = apply_output_floor(nominated, base, as_of, has_transitional_cap=has_cap)
    assert (floored.before_floor, floored.floor_base) == (76, 140)
    assert floored.rwa == Decimal(rwa)
    assert floored.is_binding is is_binding
    assert floored.is_capped is has_cap


def test_rbc90_1_calibration_changes_on_the_first_of_january() -> None:
    one = RiskWeightedAssets(EUR(1))
    dates = [
        date(year, month, day) for year in range(2023, 2030) for month, day in ((1, 1), (12, 31))
    ]
    calibrations = [apply_output_floor(one, one, day).calibration for day in dates]
    published = ["0.50", "0.55", "0.60", "0.65", "0.70", "0.725", "0.725"]
    assert calibrations == [Decimal(share) for share in published for _ in range(2)]


LTV_BOUNDS = [0.0, 0.5, 0.6, 0.8, 0.9, 1.0]


@pytest.mark.parametrize(
    ("rents", "published"),
    [
        pytest.param(False, [20, 25, 30, 40, 50, 70], id="cre20_82_table_11"),
        pytest.param(True, [30, 35, 45, 60, 75, 105], id="cre20_84_table_12"),
    ],
)
def test_residential_tables_give_a_bound_to_the_band_below(
    rents: bool, published: list[int]
) -> None:
    def weights(ltv: list[float]) -> list[int]:
        weight = standardised.risk_weight(
            "residential_mortgage", ltv=ltv, is_cash_flow_dependent=rents
        )
        return [round(100 * share) for share in weight]

    assert weights(LTV_BOUNDS) == [published[0], *published[:-1]]
    assert weights([bound + 1e-9 for bound in LTV_BOUNDS]) == published


@pytest.mark.parametrize(
    ("cet1", "conserved"),
    [
        ("4.50", 1),
        ("5.125", 1),
        ("5.13", "0.8"),
        ("5.75", "0.8"),
        ("5.76", "0.6"),
        ("6.375", "0.6"),
        ("6.38", "0.4"),
        ("7.0", "0.4"),
        ("7.01", 0),
    ],
)
def test_rbc30_4_table_of_earnings_to_keep(cet1: str, conserved: str) -> None:
    own_funds = OwnFunds(EUR(cet1), EUR(0), additional_tier1=EUR("1.5"), tier2=EUR(2))
    position = buffer_position(own_funds, EUR(100), date(2025, 12, 31))
    assert position.earnings_conserved == Decimal(conserved)


@pytest.mark.parametrize(
    ("cet1", "conserved"), [("8", 1), ("10.45", "0.4"), ("10.51", 0)], ids="cet1_{0}".format
)
def test_rbc30_4_bank_whose_own_funds_are_all_cet1(cet1: str, conserved: str) -> None:
    position = buffer_position(OwnFunds(EUR(cet1), EUR(0)), EUR(100), date(2025, 12, 31))
    assert position.earnings_conserved == Decimal(conserved)
