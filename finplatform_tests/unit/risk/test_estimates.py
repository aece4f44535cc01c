"""Which PD, LGD and conversion factor an exposure is measured with."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from finplatform.risk import estimates
from finplatform.risk.estimates import with_estimates
from finplatform.risk.exposure_checks import InvalidExposuresError
from finplatform.risk.loss_parameters import BEST_ESTIMATE, CONVERSION, DOWNTURN, FALLBACK, LGD
from finplatform.risk.metrics import risk_metrics, with_scores

DAY = date(2026, 1, 31)
MONEY = pl.Decimal(18, 2)
NONE = pl.DataFrame()

_BOOK = (
    ("home", "MORTGAGE", "residential_mortgage", False, 0),
    ("card", "CREDIT_CARD", "qrre", False, 50),
    ("firm", "BUSINESS_LOAN", "corporate", False, 0),
    ("small", "PERSONAL_LOAN", "other_retail", False, 0),
    ("bad", "PERSONAL_LOAN", "other_retail", True, 0),
    ("worse", "PERSONAL_LOAN", "other_retail", True, 0),
)


def _book() -> pl.DataFrame:
    rows = [
        {
            "risk_key": number, "date_key": 20260131, "customer_key": 1, "account_key": 1,
            "product_key": 1, "customer_id": "C1", "exposure_id": name, "reporting_date": DAY,
            "exposure_class": kind, "product_type": product, "currency": "USD",
            "credit_score": 700, "is_defaulted": bad, "drawn_amount": Decimal(1000),
            "undrawn_amount": Decimal(undrawn), "ltv": 0.6 if name == "home" else None,
            "days_past_due": {"bad": 100, "worse": 300}.get(name, 0),
            "specific_provision": Decimal(200 if bad else 0), "turnover_eur_m": None,
            "remaining_months": 24,
        }
        for number, (name, product, kind, bad, undrawn) in enumerate(_BOOK)
    ]  # fmt: skip
    money = dict.fromkeys(("drawn_amount", "undrawn_amount", "specific_provision"), MONEY)
    return pl.DataFrame(
        rows, schema_overrides=money | {"turnover_eur_m": pl.Float64, "ltv": pl.Float64}
    )


def _scores() -> pl.DataFrame:
    names = [name for name, _, _, bad, _ in _BOOK if not bad]
    return pl.DataFrame(
        {
            "exposure_id": names,
            "observation_date": [DAY] * len(names),
            "probability_default": [0.02] * len(names),
            "model_version": ["pd-1"] * len(names),
        }
    )


def _grades(pd: float = 0.05) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "exposure_id": [name for name, *_ in _BOOK],
            "observation_date": [DAY] * len(_BOOK),
            "grade": ["D" if bad else "5" for _, _, _, bad, _ in _BOOK],
            "capital_pd": [1.0 if bad else pd for _, _, _, bad, _ in _BOOK],
        }
    )


def _parameter(
    segment: str, parameter: str, used: float, method: str = "ADD_ON", months: int = 0
) -> dict[str, object]:
    return {
        "segment": segment, "parameter": parameter, "months_in_default": months,
        "estimate": used - 0.02, "used_value": used, "method": method,
    }  # fmt: skip


PARAMETERS = pl.DataFrame(
    [
        _parameter("MORTGAGE", DOWNTURN, 0.30),
        _parameter("MORTGAGE", LGD, 0.15, "MEAN_OF_DEFAULTS"),
        _parameter("PERSONAL_LOAN", DOWNTURN, 0.80),
        _parameter("PERSONAL_LOAN", LGD, 0.65, "MEAN_OF_DEFAULTS"),
        _parameter("PERSONAL_LOAN", BEST_ESTIMATE, 0.55, "MEAN_OF_DEFAULTS"),
        _parameter("PERSONAL_LOAN", BEST_ESTIMATE, 0.70, "MEAN_OF_DEFAULTS", 6),
        _parameter("CREDIT_CARD", DOWNTURN, 0.75, FALLBACK),
        _parameter("CREDIT_CARD", LGD, 0.75, FALLBACK),
        _parameter("CREDIT_CARD", CONVERSION, 0.45, "MEAN_OF_DEFAULTS"),
        _parameter("BUSINESS_LOAN", DOWNTURN, 0.40, FALLBACK),
    ]
)


def _by_id(frame: pl.DataFrame) -> dict[str, dict[str, object]]:
    return {row["exposure_id"]: row for row in frame.rows(named=True)}


def _chosen(
    grades: pl.DataFrame = NONE, parameters: pl.DataFrame = NONE
) -> dict[str, dict[str, object]]:
    return _by_id(with_estimates(with_scores(_book(), _scores()), grades, parameters))


def test_capital_takes_the_grade_and_accounting_the_date() -> None:
    found = _by_id(risk_metrics(_book(), _scores(), _grades(), PARAMETERS))
    assert found["home"]["probability_default"] == 0.02
    assert found["home"]["capital_pd"] == 0.05
    assert found["home"]["pd_source"] == estimates.GRADE_PD
    assert found["bad"]["capital_pd"] == found["bad"]["probability_default"] == 1
    assert found["bad"]["pd_source"] == estimates.IN_DEFAULT


def test_without_a_grade_the_pd_of_the_date_stands_in() -> None:
    home = _chosen()["home"]
    assert (home["capital_pd"], home["pd_source"]) == (0.02, estimates.MODEL_PD)


def test_an_estimate_with_enough_defaults_is_used_and_else_a_supervisory_or_expert_value() -> None:
    found = _chosen(_grades(), PARAMETERS)
    assert (found["home"]["lgd"], found["home"]["lgd_source"]) == (0.30, estimates.OWN_LGD)
    assert (found["card"]["lgd"], found["card"]["lgd_source"]) == (0.75, estimates.EXPERT_LGD)
    assert (found["firm"]["lgd"], found["firm"]["lgd_source"]) == (None, estimates.FOUNDATION_LGD)
    assert (found["card"]["own_conversion_factor"], found["card"]["ccf_source"]) == (
        0.45,
        estimates.OWN_CCF,
    )
    assert found["home"]["ccf_source"] is None


def test_too_few_defaults_that_cost_more_than_expected_are_not_forgotten() -> None:
    worse = PARAMETERS.with_columns(
        used_value=pl.when(pl.col("method") == FALLBACK).then(0.9).otherwise("used_value")
    )
    found = _chosen(_grades(), worse)
    assert (found["card"]["lgd"], found["card"]["lgd_source"]) == (0.9, estimates.EXPERT_LGD)
    assert found["firm"]["lgd"] is None


def test_without_parameters_nothing_is_estimated() -> None:
    found = _chosen(_grades())
    assert {row["lgd_source"] for row in found.values()} == {
        estimates.EXPERT_LGD,
        estimates.FOUNDATION_LGD,
    }
    assert found["card"]["ccf_source"] == estimates.STANDARD_CCF
    assert found["bad"]["best_estimate_el"] is None


def test_the_best_estimate_follows_the_months_in_default() -> None:
    found = _chosen(_grades(), PARAMETERS)
    assert (found["bad"]["best_estimate_el"], found["worse"]["best_estimate_el"]) == (0.55, 0.70)
    assert found["small"]["best_estimate_el"] is None


def test_accounting_takes_the_average_loss_without_margin_or_floor() -> None:
    found = _by_id(risk_metrics(_book(), _scores(), _grades(), PARAMETERS))
    assert found["small"]["average_lgd"] == pytest.approx(0.63)
    assert found["small"]["loss_given_default"] == 0.80
    assert found["card"]["average_lgd"] == 0.75


def test_of_what_is_in_default_accounting_takes_what_is_still_lost() -> None:
    found = _by_id(risk_metrics(_book(), _scores(), _grades(), PARAMETERS))
    assert (found["bad"]["average_lgd"], found["worse"]["average_lgd"]) == (0.55, 0.70)


def test_without_a_best_estimate_accounting_takes_what_is_provided_for_the_exposure() -> None:
    fewer = PARAMETERS.filter(pl.col("parameter") != BEST_ESTIMATE)
    provided = _book().with_columns(
        specific_provision=pl.when(pl.col("exposure_id") == "bad")
        .then(pl.col("drawn_amount") * 0.25)
        .when(pl.col("exposure_id") == "worse")
        .then(pl.lit(0))
        .otherwise("specific_provision")
        .cast(pl.Decimal(18, 2))
    )
    found = _by_id(risk_metrics(provided, _scores(), _grades(), fewer))
    assert found["bad"]["average_lgd"] == pytest.approx(0.25)
    assert found["worse"]["average_lgd"] == pytest.approx(0.63)
    assert found["small"]["average_lgd"] == pytest.approx(0.63)


def test_a_worse_grade_and_a_higher_loss_cost_more_capital() -> None:
    def total(pd: float, parameters: pl.DataFrame) -> float:
        metrics = risk_metrics(_book(), _scores(), _grades(pd), parameters)
        performing = metrics.filter(~pl.col("is_defaulted"))
        return float(performing["risk_weighted_assets"].sum())

    assert total(0.05, PARAMETERS) > total(0.02, PARAMETERS)
    worse = PARAMETERS.with_columns(pl.col("used_value") * 1.2)
    assert total(0.05, worse) > total(0.05, PARAMETERS)


def test_an_empty_book_gives_the_columns_and_no_rows() -> None:
    empty = risk_metrics(_book().clear(), _scores().clear(), _grades().clear(), PARAMETERS)
    assert empty.is_empty()
    assert {"pd_source", "lgd_source", "ccf_source", "capital_pd"} <= set(empty.columns)


@pytest.mark.parametrize("pd", [float("nan"), -0.1, 1.5])
def test_a_grade_whose_pd_is_none_stops_the_table_and_names_the_exposures(pd: float) -> None:
    with pytest.raises(InvalidExposuresError, match=r"pd is .*home"):
        risk_metrics(_book(), _scores(), _grades(pd), PARAMETERS)


def test_an_exposure_without_score_and_grade_stops_the_table_and_is_named() -> None:
    scores = _scores().filter(pl.col("exposure_id") != "firm")
    with pytest.raises(InvalidExposuresError, match=r"pd is missing \(firm\)"):
        risk_metrics(_book(), scores, NONE, PARAMETERS)


def test_a_provision_beyond_the_loan_stops_the_table_and_is_named() -> None:
    book = _book().with_columns(specific_provision=pl.lit(Decimal("1000.01")).cast(MONEY))
    with pytest.raises(InvalidExposuresError, match="specific_provision is larger than the loan"):
        risk_metrics(book, _scores(), _grades(), PARAMETERS)


def test_a_parameter_in_percent_stops_the_table_and_names_the_exposures() -> None:
    percent = PARAMETERS.with_columns(pl.col("used_value") * 100)
    with pytest.raises(InvalidExposuresError, match=r"lgd is no fraction \(home, card, small"):
        risk_metrics(_book(), _scores(), _grades(), percent)


@pytest.mark.parametrize(
    ("loan", "fifth"), [("22428.25", "4485.65"), ("14157.60", "2831.52"), ("15.15", "3.03")]
)
def test_a_default_provisioned_at_exactly_a_fifth_weighs_100_percent_in_the_metrics(
    loan: str, fifth: str
) -> None:
    weights = []
    for cents in (-1, 0, 1):
        book = _book().with_columns(
            drawn_amount=pl.lit(Decimal(loan)).cast(MONEY),
            specific_provision=pl.lit(Decimal(fifth) + Decimal(cents).scaleb(-2)).cast(MONEY),
        )
        found = _by_id(risk_metrics(book, _scores(), NONE, NONE))
        weights.append(found["bad"]["sa_risk_weight"])
    assert weights == [1.5, 1.0, 1.0]
