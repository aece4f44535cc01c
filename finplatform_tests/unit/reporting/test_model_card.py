"""The card says what the model's facts and tables say, in both forms."""

from datetime import date
from typing import Any

import pytest

from finplatform.reporting.model_card import CardSource, card_html, card_markdown, sections

_FIGURES = {
    "auc": 0.8146, "auc_interval": [0.77, 0.85], "gini": 0.6292, "ks": 0.48,
    "ks_interval": [0.40, 0.55], "brier": 0.0626, "calibration_intercept": -0.2,
    "calibration_slope": 0.85, "mean_pd": 0.1032, "observed_rate": 0.081,
}  # fmt: skip
_FACTS: dict[str, Any] = {
    "code_version": "9.9",
    "seed": 42,
    "libraries": {"numpy": "2"},
    "selection": {"setting": "100"},
    "weights": {"credit_score": 0.45, "age": 0.1},
    "coefficients": [
        {"column": "credit_score", "is_sign_as_expected": True},
        {"column": "annual_income", "is_sign_as_expected": False},
    ],
    "features": {"dropped": {"credit_limit": "all missing"}},
    "data": {
        "split": "overlapping",
        "train_from": "2024-11-30", "train_to": "2025-06-30",
        "test_from": "2025-07-31", "test_to": "2025-10-31",
        "train_fingerprint": "a" * 64, "test_fingerprint": "b" * 64,
        "counts": {
            "feature_rows": 41_376, "without_outcome": 28_684,
            "train_rows": 8_371, "train_exposures": 1_144, "train_defaulted_exposures": 168,
            "test_rows": 4_321, "test_exposures": 1_151, "test_defaulted_exposures": 127,
        },
    },
    "metrics": {
        "headline": "out_of_time_unseen_borrowers",
        "train": {k: v for k, v in _FIGURES.items() if "interval" not in k},
        "out_of_time": _FIGURES,
        "out_of_time_unseen_borrowers": _FIGURES,
    },
}  # fmt: skip
_TABLES: dict[str, list[dict[str, Any]]] = {
    "rating_scale": [
        {
            "grade": "4", "grade_pd": 0.04, "long_run_default_rate": 0.03,
            "margin_of_conservatism": 0.01, "tested_exposures": 300, "tested_defaults": 9,
            "binomial_p_value": 0.8, "jeffreys_p_value": 0.75,
        },
        {
            "grade": "5", "grade_pd": 0.08, "long_run_default_rate": None,
            "margin_of_conservatism": None, "tested_exposures": 0, "tested_defaults": 0,
            "binomial_p_value": None, "jeffreys_p_value": None,
        },
    ],
    "pd_feature_drift": [
        {
            "observation_date": date(2026, 10, 31), "feature": name, "kind": "FEATURE",
            "stability_index": index, "chance_level": 0.02, "outside_rate": 0.0,
            "traffic_light": light,
        }
        for name, index, light in (("cash_out_6m", 0.3965, "RED"), ("age", 0.01, "GREEN"))
    ],
    "grade_overrides": [{"status": "IN_USE", "reason_code": "POLICY"}] * 2,
}  # fmt: skip


@pytest.fixture
def source() -> CardSource:
    return CardSource("Bank & <Sons>", "pd-1", "logistic", "2026-01-31", _FACTS, _TABLES)


def test_both_forms_hold_the_figures_with_their_intervals(source: CardSource) -> None:
    for text in (card_markdown(source), card_html(source)):
        for told in (
            "0.815 (0.770 to 0.850)", "2024-11-30 to 2025-06-30", "8,371", "90 days past due",
            "cash_out_6m", "0.397", "annual_income", "credit_limit (all missing)", "9.9",
        ):  # fmt: skip
            assert told in text, told


def test_the_sample_to_be_quoted_is_marked(source: CardSource) -> None:
    rows = next(part.rows for part in sections(source) if part.title == "Performance")
    assert [row[0].endswith("(to be quoted)") for row in rows] == [False, False, True]


def test_what_is_green_is_counted_and_not_shown(source: CardSource) -> None:
    part = next(part for part in sections(source) if part.title == "Stability")
    assert [row[0] for row in part.rows] == ["cash_out_6m"]
    assert "1 features are green" in part.paragraphs[0]


def test_names_are_escaped_and_the_page_fetches_nothing(source: CardSource) -> None:
    html = card_html(source)
    assert "Bank &amp; &lt;Sons&gt;" in html
    assert "<Sons>" not in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_every_table_has_as_many_cells_as_headings(source: CardSource) -> None:
    for part in sections(source):
        assert {len(row) for row in part.rows} <= {len(part.header)}, part.title


def test_an_expert_prior_says_that_nothing_was_estimated() -> None:
    card = card_markdown(CardSource("Bank", "prior-1", "expert prior"))
    assert "Nothing was estimated" in card
    assert "AUC" not in card


def test_tables_without_rows_make_a_card_all_the_same() -> None:
    bare = CardSource("Bank", "pd-1", "logistic", "2026-01-31", _FACTS)
    assert "Nothing has been scored yet." in card_markdown(bare)
    assert "No analyst has overridden a grade." in card_html(bare)
