"""Sentences of the page of the default model are true of the rows they are computed from."""

from decimal import Decimal
from typing import Any

import pytest

from finplatform_tests.unit.reporting.catalog.charts import chart, rows, sentence
from finplatform_tests.unit.reporting.catalog.risk_rows import JUNE, MAY, ROWS

PAGE = "pd_model"


@pytest.mark.parametrize(
    ("observed", "inside", "worst"),
    [((0.01, 0.02, 0.9), 2, "3"), ((0.5, 0.02, 0.3), 2, "1"), ((0.01, 0.25, 0.3), 2, "2")],
)
def test_grades_outside_their_interval_are_told(
    observed: tuple[float, float, float], inside: int, worst: str
) -> None:
    promised = (0.01, 0.02, 0.3)
    frame = rows(
        "grade grade_pd default_rate lower upper tested_exposures tested_defaults",
        *(
            (str(place + 1), pd, rate, rate - 0.005, rate + 0.005, 9, 1)
            for place, (pd, rate) in enumerate(zip(promised, observed, strict=True))
        ),
    )
    said = sentence(PAGE, "Reliability of grades", frame)
    assert said.startswith(f"{inside} of 3 grades have a PD within the 95% interval")
    assert f"grade {worst} is furthest off" in said


@pytest.mark.parametrize(
    ("aucs", "said"),
    [
        ((0.9, 0.8), "0.900, is that of logistic out of time; the model in use, logistic, has 0.900"
                     " out of time."),
        ((0.7, 0.8), "0.800, is that of boosting out of time; the model in use, logistic, has 0.700"
                     " out of time."),
        ((None, 0.6), "0.600, is that of boosting out of time (the only one); no candidate is in"
                      " use."),
    ],
)  # fmt: skip
def test_the_best_candidate_need_not_be_the_one_in_use(
    aucs: tuple[float | None, float], said: str
) -> None:
    made = zip(("LOGISTIC", "BOOSTING"), ("CHAMPION", "CHALLENGER"), aucs, strict=True)
    frame = rows(
        "family sample candidate role auc lower upper",
        *(
            (family, "out of time", f"{family}, out of time", role, auc, None, None)
            for family, role, auc in made
            if auc is not None
        ),
    )
    assert sentence(PAGE, "AUC of candidates", frame) == f"The largest AUC, {said}"


@pytest.mark.parametrize(
    ("points", "grade"),
    [(((0.5, 0.05), (0.7, 0.4)), 8), (((0.5, 0.3), (0.9, 0.4)), 7), (((0.1, 0.1), (0.2, 0.1)), 7)],
)
def test_the_curve_is_read_where_it_is_highest_above_chance(
    points: tuple[tuple[float, float], ...], grade: int
) -> None:
    frame = rows(
        "reporting_date grade caught_share refused_share",
        (JUNE, None, Decimal(0), Decimal(0)),
        *((JUNE, 8 - place, *point) for place, point in enumerate(points)),
        (JUNE, 6, Decimal(1), Decimal(1)),
    )
    said = sentence(PAGE, "ROC curve", frame)
    assert said.startswith(
        f"On 30 June 2026, the curve is highest above chance from grade {grade} on, with"
    )


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((0.05, 0.095), "furthest off on 31 May 2026: 9.00% is too high against 5.00%."),
        ((0.085, 0.2), "furthest off on 30 June 2026: 10.00% is too low against 20.00%."),
        ((0.09, 0.1), "The mean PD is not off on 2 month-ends whose outcome is known."),
        ((None, None), "The mean PD is 10.00% on 30 June 2026; no outcome is known yet."),
    ],
)
def test_the_month_that_was_furthest_off_is_named(rates: tuple[Any, Any], said: str) -> None:
    frame = rows(
        "reporting_date mean_pd default_rate observed defaults",
        (MAY, 0.09, rates[0], 1, 1),
        (JUNE, 0.10, rates[1], 1, 1),
    )
    assert said in sentence(PAGE, "Calibration by month", frame)


def test_the_middle_exposure_of_each_group_is_found_by_counting() -> None:
    assert sentence(PAGE, "Score distribution", ROWS[PAGE, "Score distribution"]) == (
        "Of the exposures scored on 30 June 2026, the middle exposure that did not default scored"
        " 700 to 724, the middle exposure that defaulted scored 500 to 524."
    )


def test_groups_have_the_same_bins() -> None:
    frame = ROWS[PAGE, "Score distribution"]
    traces = chart(PAGE, "Score distribution").draw(frame).data
    bins = {(trace.xbins.start, trace.xbins.end, trace.xbins.size) for trace in traces}
    assert [trace.name for trace in traces] == ["did not default", "defaulted"]
    assert bins == {(500, 725, 25)}


@pytest.mark.parametrize(
    ("index", "light"), [(0.05, "green"), (0.1, "green"), (0.2, "amber"), (0.3, "red")]
)
def test_drift_is_judged_by_its_limits(index: float, light: str) -> None:
    frame = rows("reporting_date stability_index", (MAY, 0.34), (JUNE, index))
    said = sentence(PAGE, "Drift of grades", frame)
    assert f"by {index:.2f} since the first month ({light}); the most was 0.34 on 31 May" in said


@pytest.mark.parametrize(
    ("ratios", "least", "below"),
    [((0.75, 1.0), "18 to 24", "1 of 2 groups is below"),
     ((1.0, 0.9), "65 and more", "none of 2 groups is below"),
     ((0.7, 0.6), "65 and more", "2 of 2 groups are below")],
)  # fmt: skip
def test_groups_below_four_fifths_are_counted(
    ratios: tuple[float, float], least: str, below: str
) -> None:
    frame = rows(
        "attribute group_name group_label adverse_impact_ratio adverse_impact_lower"
        " adverse_impact_upper selection_rate is_below_four_fifths",
        *(
            ("AGE_GROUP", name, f"age_group, {name.lower()}", ratio, None, None, 0.5, ratio < 0.8)
            for name, ratio in zip(("18_24", "65_PLUS"), ratios, strict=True)
        ),
    )
    said = sentence(PAGE, "Selection of groups", frame)
    assert said.startswith(f"The least often selected is age group {least}, at")
    assert below in said


def test_the_most_drifted_feature_group_and_reason_are_named() -> None:
    said = sentence(PAGE, "Drift of features", ROWS[PAGE, "Drift of features"])
    assert said == "Cash out 6m has moved most, with a PSI of 0.51 (red); 3 of 42 features are red."
    said = sentence(PAGE, "Calibration of groups", ROWS[PAGE, "Calibration of groups"])
    assert said == "Observed over expected defaults are furthest from 1 for sex m: 1.20."
    said = sentence(PAGE, "Overrides", ROWS[PAGE, "Overrides"])
    assert said == (
        "Analysts made 4 decisions, most often for early warning (3); 2 of them are in use."
    )
    said = sentence(PAGE, "Discrimination by month", ROWS[PAGE, "Discrimination by month"])
    assert said.endswith("it was lowest on 31 May 2026 with 0.790.")
