"""Rows of every chart about risk and capital, as its query gives them, few and round."""

from datetime import date
from decimal import Decimal

import pandas as pd

from finplatform_tests.unit.reporting.catalog.charts import rows

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)

ROWS: dict[tuple[str, str], pd.DataFrame] = {
    ("capital_adequacy", "Capital ratios"): rows(
        "name ratio minimum capital surplus",
        ("CET1", Decimal("0.0787"), Decimal("0.0450"), Decimal(787), Decimal(337)),
        ("Tier 1", Decimal("0.0867"), Decimal("0.0600"), Decimal(867), Decimal(267)),
        ("Total capital", Decimal("0.0986"), Decimal("0.0800"), Decimal(986), Decimal(186)),
    ),
    ("capital_adequacy", "Ratios over time"): rows(
        "reporting_date cet1_ratio tier1_ratio total_ratio cet1_minimum cet1_with_buffers",
        (MAY, Decimal("0.065"), Decimal("0.08"), Decimal("0.1"), Decimal("0.045"), Decimal("0.07")),
        (JUNE, Decimal("0.08"), Decimal("0.09"), Decimal("0.1"), Decimal("0.045"), Decimal("0.07")),
    ),
    ("capital_adequacy", "What moved the ratio"): rows(
        "part reporting_date risk_type_or_tier name is_defaulted amount assets ratio",
        ("adequacy", MAY, "CET1", "ratio", False, Decimal(100), Decimal(1000), Decimal("0.1")),
        ("adequacy", JUNE, "CET1", "ratio", False, Decimal(120), Decimal(1500), Decimal("0.08")),
        ("class", MAY, "credit", "qrre", False, Decimal(800), Decimal(900), None),
        ("class", JUNE, "credit", "qrre", False, Decimal(1200), Decimal(1350), None),
        ("class", MAY, "operational", "all", False, Decimal(50), Decimal(100), None),
        ("class", JUNE, "operational", "all", False, Decimal(75), Decimal(150), None),
        ("line", MAY, "CET1", "common_shares", False, Decimal(100), None, None),
        ("line", JUNE, "CET1", "common_shares", False, Decimal(120), None, None),
    ),
    ("capital_adequacy", "Own funds"): rows(
        "step amount measure",
        ("common_shares", Decimal(900), "relative"),
        ("provision_shortfall", Decimal(-300), "relative"),
        ("CET1", Decimal(600), "total"),
        ("at1_instruments", Decimal(100), "relative"),
        ("Tier 1", Decimal(700), "total"),
        ("Total capital", Decimal(700), "total"),
    ),
    ("capital_adequacy", "RWA by class"): rows(
        "exposure_class standardised_assets assets_in_use approach",
        ("residential_mortgage", Decimal(200), Decimal(900), "IRB"),
        ("qrre", Decimal(50), Decimal(100), "IRB"),
    ),
    ("capital_adequacy", "Composition of RWA"): rows(
        "reporting_date credit market operational floor_increase total",
        (MAY, Decimal(800), Decimal(100), Decimal(100), Decimal(0), Decimal(1000)),
        (JUNE, Decimal(900), Decimal(100), Decimal(100), Decimal(100), Decimal(1200)),
    ),
    ("capital_adequacy", "Output floor"): rows(
        "reporting_date before_floor output_floor_amount output_floor_rate floor_increase",
        (MAY, Decimal(1000), Decimal(900), Decimal("0.65"), Decimal(0)),
        (JUNE, Decimal(1000), Decimal(1100), Decimal("0.65"), Decimal(100)),
    ),
    ("capital_adequacy", "Buffers"): rows(
        "reporting_date buffer_available_rate buffer_required_rate earnings_conserved_rate",
        (JUNE, Decimal("0.0186"), Decimal("0.026"), Decimal("0.6")),
    ),
    ("pd_model", "Reliability of grades"): rows(
        "grade grade_pd default_rate lower upper tested_exposures tested_defaults",
        ("1", 0.01, 0.0, 0.0, 0.04, 90, 0),
        ("2", 0.30, 0.10, 0.05, 0.2, 100, 10),
    ),
    ("pd_model", "AUC of candidates"): rows(
        "family sample candidate role auc lower upper",
        ("LOGISTIC", "out of time", "LOGISTIC, out of time", "CHAMPION", 0.83, 0.8, 0.86),
        (
            "LOGISTIC",
            "borrowers not seen",
            "LOGISTIC, borrowers not seen",
            "CHAMPION",
            0.81,
            0.78,
            0.84,
        ),
        ("BOOSTING", "out of time", "BOOSTING, out of time", "CHALLENGER", 0.86, None, None),
    ),
    ("pd_model", "ROC curve"): rows(
        "reporting_date grade caught_share refused_share",
        (JUNE, None, Decimal(0), Decimal(0)),
        (JUNE, 8, Decimal("0.5"), Decimal("0.05")),
        (JUNE, 7, Decimal("0.7"), Decimal("0.4")),
        (JUNE, 6, Decimal(1), Decimal(1)),
    ),
    ("pd_model", "Calibration by month"): rows(
        "reporting_date mean_pd default_rate observed defaults",
        (MAY, 0.09, 0.08, 100, 8),
        (JUNE, 0.10, None, 0, 0),
    ),
    ("pd_model", "Discrimination by month"): rows(
        "reporting_date auc ks", (MAY, 0.79, 0.4), (JUNE, 0.83, 0.5)
    ),
    ("pd_model", "Score distribution"): rows(
        "outcome observation_date score_from exposures outcome_share",
        ("did not default", JUNE, 600, 4, Decimal("0.4")),
        ("did not default", JUNE, 700, 6, Decimal("0.6")),
        ("defaulted", JUNE, 500, 2, Decimal(1)),
    ),
    ("pd_model", "Drift of features"): rows(
        "feature stability_index traffic_light features red_features",
        ("cash_out_6m", 0.51, "RED", 42, 3),
        ("age", 0.05, "GREEN", 42, 3),
    ),
    ("pd_model", "Drift of grades"): rows(
        "reporting_date stability_index", (MAY, 0.34), (JUNE, 0.2)
    ),
    ("pd_model", "Selection of groups"): rows(
        "attribute group_name group_label adverse_impact_ratio adverse_impact_lower"
        " adverse_impact_upper selection_rate is_below_four_fifths",
        ("AGE_GROUP", "18_24", "age_group, 18_24", 0.75, 0.6, 0.9, 0.6, True),
        ("AGE_GROUP", "65_PLUS", "age_group, 65_plus", 1.0, None, None, 0.8, False),
    ),
    ("pd_model", "Calibration of groups"): rows(
        "attribute group_name group_label calibration_ratio calibration_lower calibration_upper",
        ("SEX", "F", "sex, f", 0.95, 0.8, 1.1),
        ("SEX", "M", "sex, m", 1.2, 1.0, 1.4),
    ),
    ("pd_model", "Overrides"): rows(
        "reason_code in_use pending ended refused decisions",
        ("EARLY_WARNING", 2, 0, 1, 0, 3),
        ("POLICY", 0, 0, 0, 1, 1),
    ),
    ("credit_portfolio", "Exposures by class"): rows(
        "exposure_class product_type exposures drawn_amount",
        ("residential_mortgage", "MORTGAGE", 3, Decimal(800)),
        ("other_retail", "AUTO_LOAN", 5, Decimal(150)),
        ("other_retail", "PERSONAL_LOAN", 2, Decimal(50)),
    ),
    ("credit_portfolio", "Exposures by grade"): rows(
        "grade exposures drawn_amount",
        ("1", 5, Decimal(300)),
        ("2", 4, Decimal(600)),
        ("D", 1, Decimal(100)),
    ),
    ("credit_portfolio", "Exposures by place"): rows(
        "country_name place exposures drawn_amount drawn_share",
        ("United States", "TX, US", 8, Decimal(800), Decimal("0.8")),
        ("France", "France", 2, Decimal(200), Decimal("0.2")),
    ),
    ("credit_portfolio", "PD distribution"): rows(
        "log_pd_from exposures drawn_amount mean_pd",
        (-2.0, 6, Decimal(600), 0.01),
        (-1.0, 4, Decimal(400), 0.135),
    ),
    ("credit_portfolio", "Risk profiles"): rows(
        "risk_profile product_category total_exposure avg_default_probability exposure_count",
        ("HIGH", "LENDING", Decimal(100), 0.25, 2),
        ("LOW", "CARDS", Decimal(900), 0.02, 9),
    ),
    ("credit_portfolio", "Concentration"): rows(
        "dimension members herfindahl_index effective_number top_share",
        ("debtor", 1000, 0.004, 250.0, 0.15),
        ("country", 3, 0.5, 2.0, 0.68),
    ),
    ("credit_portfolio", "Large exposures"): rows(
        "rank group_id exposure_amount tier1_share is_large is_breach excess_amount limit_share"
        " breaches",
        (1, "a", Decimal(300), 0.30, True, True, Decimal(50), 0.25, 1),
        (2, "b", Decimal(90), 0.09, False, False, Decimal(0), 0.25, 1),
    ),
    ("credit_portfolio", "Arrears"): rows(
        "bucket exposures drawn_amount drawn_share",
        ("not overdue", 8, Decimal(900), Decimal("0.9")),
        ("1 to 30 days", 1, Decimal(70), Decimal("0.07")),
        ("over 90 days", 1, Decimal(30), Decimal("0.03")),
    ),
    ("credit_portfolio", "Non-performing share"): rows(
        "reporting_date exposure_class exposure_amount defaulted_amount defaulted_share",
        (MAY, "all classes", Decimal(100), Decimal(9), Decimal("0.09")),
        (JUNE, "all classes", Decimal(100), Decimal(5), Decimal("0.05")),
        (JUNE, "qrre", Decimal(50), Decimal(4), Decimal("0.08")),
        (JUNE, "corporate", Decimal(50), Decimal(1), Decimal("0.02")),
    ),
    ("credit_portfolio", "Migration of grades"): rows(
        "from_date to_date from_grade to_grade exposures grade_share",
        (MAY, JUNE, "1", "1", 6, Decimal("0.75")),
        (MAY, JUNE, "1", "D", 2, Decimal("0.25")),
        (MAY, JUNE, "3", "2", 2, Decimal(1)),
    ),
    ("credit_portfolio", "Loss given default"): rows(
        "segment used_value estimate defaults open_defaults measure",
        ("MORTGAGE", 0.2, 0.2, 30, 2, "average"),
        ("CREDIT_CARD", 0.6, None, 1, 2, "average"),
        ("MORTGAGE", 0.9, 0.9, 30, 2, "downturn"),
    ),
    ("expected_loss", "Allowance by stage"): rows(
        "reporting_date stage_1 stage_2 stage_3 allowance",
        (MAY, Decimal(10), Decimal(10), Decimal(80), Decimal(100)),
        (JUNE, Decimal(20), Decimal(30), Decimal(75), Decimal(125)),
    ),
    ("expected_loss", "Roll-forward"): rows(
        "step amount measure opened_on reporting_date",
        ("opening", Decimal(100), "absolute", MAY, JUNE),
        ("new loans", Decimal(10), "relative", MAY, JUNE),
        ("repaid", Decimal(-40), "relative", MAY, JUNE),
        ("remeasured", Decimal(30), "relative", MAY, JUNE),
        ("closing", Decimal(100), "total", MAY, JUNE),
    ),
    ("expected_loss", "Coverage by stage"): rows(
        "stage exposures exposure_amount allowance coverage",
        ("stage 1", 9, Decimal(900), Decimal(9), Decimal("0.01")),
        ("stage 3", 1, Decimal(100), Decimal(40), Decimal("0.4")),
    ),
    ("expected_loss", "Coverage by product"): rows(
        "product_type stage exposure_amount allowance coverage",
        ("MORTGAGE", "stage 1", Decimal(900), Decimal(9), Decimal("0.01")),
        ("CREDIT_CARD", "stage 1", Decimal(50), Decimal(5), Decimal("0.1")),
        ("CREDIT_CARD", "stage 3", Decimal(50), Decimal(25), Decimal("0.5")),
    ),
    ("expected_loss", "Stage migration"): rows(
        "from_date to_date from_stage to_stage exposures stage_share",
        (MAY, JUNE, 1, 1, 7, Decimal("0.875")),
        (MAY, JUNE, 1, 2, 1, Decimal("0.125")),
        (MAY, JUNE, 2, 1, 2, Decimal(1)),
    ),
    ("expected_loss", "Allowance in the ledger"): rows(
        "reporting_date expected_credit_loss ledger_allowance proposed_posting",
        (JUNE, Decimal(300), Decimal(100), Decimal(200)),
    ),
    ("expected_loss", "CET1 under stress"): rows(
        "reporting_date scenario cet1_ratio minimum_ratio",
        (JUNE, "before stress", Decimal("0.08"), Decimal("0.045")),
        (JUNE, "mild", Decimal("0.06"), Decimal("0.045")),
        (JUNE, "severe", Decimal("0.01"), Decimal("0.045")),
    ),
    ("expected_loss", "Losses under stress"): rows(
        "reporting_date scenario expected_loss stressed_loss credit_loss",
        (JUNE, "mild", Decimal(100), Decimal(150), Decimal(50)),
        (JUNE, "severe", Decimal(100), Decimal(250), Decimal(150)),
    ),
    ("expected_loss", "Stress by quarter"): rows(
        "reporting_date before_stress mild adverse severe",
        (MAY, Decimal("0.08"), Decimal("0.07"), None, Decimal("0.02")),
        (JUNE, Decimal("0.09"), Decimal("0.07"), None, Decimal("0.05")),
    ),
    ("expected_loss", "Reverse stress"): rows(
        "name value value_before severity reporting_date",
        ("Multiple of the severe scenario", 0.25, 0.3, 0.25, JUNE),
        ("Points of unemployment", 1.4, 1.6, 0.25, JUNE),
        ("Fall of property values", 0.075, 0.09, 0.25, JUNE),
        ("CET1 ratio then", 0.0449, None, 0.25, JUNE),
    ),
    ("market_risk", "Value at risk"): rows(
        "reporting_date historical filtered historical_shortfall filtered_shortfall",
        (MAY, Decimal(900), Decimal(800), Decimal(990), Decimal(880)),
        (JUNE, Decimal(700), None, Decimal(750), None),
    ),
    ("market_risk", "Backtest of the book"): rows(
        "reporting_date historical filtered historical_zone filtered_zone",
        (MAY, 10, 3, "red", "green"),
        (JUNE, 6, 6, "amber", "amber"),
    ),
    ("market_risk", "Value at risk by security"): rows(
        "portfolio historical filtered shortfall",
        ("FPX500", 0.03, 0.02, 0.035),
        ("TRADING_BOOK", 0.01, 0.012, 0.013),
    ),
    ("market_risk", "Exceptions by security"): rows(
        "portfolio exceptions zone portfolios outside",
        ("TRADING_BOOK", 2, "green", 30, 1),
        ("FPGOLD", 6, "amber", 30, 1),
    ),
    ("market_risk", "Prices"): rows(
        "symbol security_name data_date price_index",
        ("FPX", "Shares", MAY, Decimal(100)),
        ("FPX", "Shares", JUNE, Decimal(120)),
        ("FPB", "Bonds", MAY, Decimal(100)),
        ("FPB", "Bonds", JUNE, Decimal(90)),
    ),
    ("market_risk", "Volatility"): rows(
        "symbol month_end volatility_rate",
        ("FPX", MAY, 0.3),
        ("FPB", MAY, 0.05),
        ("FPX", JUNE, 0.1),
        ("FPB", JUNE, 0.15),
    ),
    ("market_risk", "Capital by risk class"): rows(
        "risk_class position_amount capital_requirement risk_weighted_assets requirement_rate",
        ("foreign_exchange", Decimal(100), Decimal(75), Decimal(937), Decimal("0.75")),
        ("equity", Decimal(100), Decimal(25), Decimal(312), Decimal("0.25")),
    ),
    ("liquidity", "Ratios and minimums"): rows(
        "name ratio minimum_ratio surplus",
        ("Liquidity coverage", Decimal("1.88"), Decimal(1), Decimal(88)),
        ("Net stable funding", Decimal("0.95"), Decimal(1), Decimal(-5)),
        ("Leverage", Decimal("0.12"), Decimal("0.03"), Decimal(9)),
    ),
    ("liquidity", "Liquidity coverage ratio"): rows(
        "reporting_date coverage_ratio minimum_ratio liquid_assets net_outflow",
        (MAY, Decimal("0.9"), Decimal(1), Decimal(90), Decimal(100)),
        (JUNE, Decimal("1.2"), Decimal(1), Decimal(120), Decimal(100)),
    ),
    ("liquidity", "Net stable funding ratio"): rows(
        "reporting_date stable_funding_ratio minimum_ratio", (JUNE, Decimal("1.165"), Decimal(1))
    ),
    ("liquidity", "Liquid assets"): rows(
        "account_name account_group amount amount_share",
        ("Cash", "CASH", Decimal(75), Decimal("0.75")),
        ("Treasuries", "SECURITIES", Decimal(25), Decimal("0.25")),
    ),
    ("liquidity", "Outflows and inflows"): rows(
        "step amount measure",
        ("stable_deposit", Decimal(60), "relative"),
        ("undrawn_retail", Decimal(40), "relative"),
        ("retail_repayment", Decimal(-30), "relative"),
        ("net outflow", Decimal(70), "total"),
    ),
    ("liquidity", "Stable funding"): rows(
        "kind amount weighted_amount",
        ("stable_deposit", Decimal(100), Decimal(90)),
        ("other_funding", Decimal(100), Decimal(10)),
    ),
    ("liquidity", "Funding needed"): rows(
        "kind amount weighted_amount",
        ("low_weight_mortgage", Decimal(100), Decimal(60)),
        ("level_1", Decimal(900), Decimal(40)),
    ),
    ("liquidity", "Leverage ratio"): rows(
        "reporting_date leverage_ratio minimum_ratio",
        (MAY, Decimal("0.11"), Decimal("0.03")),
        (JUNE, Decimal("0.12"), Decimal("0.03")),
    ),
    ("liquidity", "Exposure measure"): rows(
        "step amount measure tier1_capital leverage_ratio",
        ("assets", Decimal(1000), "absolute", Decimal(100), Decimal("0.1")),
        ("specific provisions", Decimal(-50), "relative", Decimal(100), Decimal("0.1")),
        ("undrawn limits", Decimal(50), "relative", Decimal(100), Decimal("0.1")),
        ("exposure measure", Decimal(1000), "total", Decimal(100), Decimal("0.1")),
    ),
}
"""Rows by page and chart."""
