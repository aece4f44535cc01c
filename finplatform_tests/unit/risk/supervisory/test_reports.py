"""The supervisory cells of a bank add up, are those of its reports, and none is silent."""

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from finplatform.contracts.gold import GOLD
from finplatform.risk.errors import RiskInputError
from finplatform.risk.own_funds import FundsLine
from finplatform.risk.supervisory.cells import GAP_KINDS, Cells
from finplatform.risk.supervisory.evaluation import Outcome
from finplatform.risk.supervisory.internal_cells import CORPORATES, SLOTTED, SME_CORPORATES
from finplatform.risk.supervisory.leverage_cells import converted_by_factor, leverage_cells
from finplatform.risk.supervisory.model_files import tables
from finplatform.risk.supervisory.own_funds_cells import LINE_ROWS, Earnings, own_funds_cells
from finplatform.risk.supervisory.reports import date_cells, judge_cells, supervisory_figures
from finplatform.risk.supervisory.standardised_cells import WEIGHT_ROWS, weight_row
from finplatform_tests.unit.risk.reports.books import JANUARY
from finplatform_tests.unit.risk.supervisory.small_bank import (
    INTERNAL_TOTAL,
    TOTAL,
    filled,
    given,
    loans,
    reports,
)

BANKS, COMPANIES, DEFAULT, EQUITY = (
    "eba_qEC:qx19",
    "eba_qEC:qx2036",
    "eba_qEC:qx12",
    "eba_qEC:qx1",
)
SA, IRB = "C_07.00.a", "C_08.01.a"


@pytest.fixture(scope="module")
def cells() -> Cells:
    return filled()


def test_no_published_rule_fails_and_many_compare_filled_cells(cells: Cells) -> None:
    outcomes = [(rule.rule, found) for rule, found in judge_cells(cells)]
    failed = [name for name, found in outcomes if found.outcome is Outcome.FAILED]
    assert failed == []
    passed = [name for name, found in outcomes if found.outcome is Outcome.PASSED]
    assert len(passed) > 100


def test_every_cell_of_all_exposures_has_a_figure_or_a_reason(cells: Cells) -> None:
    for table in tables().values():
        for row, column in table.cells:
            place = (table.code, row, column, table.total)
            assert (place in cells.amounts) != (
                place in cells.gaps and place not in cells.amounts
            ), place
    assert {gap.kind for gap in cells.gaps.values()} <= set(GAP_KINDS)
    assert all(source for source in cells.sources.values())


def test_totals_are_those_of_the_capital_reports(cells: Cells) -> None:
    made = reports()
    floor = made["gold.output_floor"].row(0, named=True)
    adequacy = made["gold.capital_adequacy"].row(0, named=True)
    assert cells.of("C_01.00", "0010", "0010") == adequacy["total_capital"]
    assert cells.of("C_01.00", "0020", "0010") == adequacy["cet1_capital"]
    assert cells.of("C_02.00.a", "0010", "0010") == floor["risk_weighted_assets"]
    assert cells.of("C_02.00.a", "0040", "0010") == floor["credit_risk_weighted_assets"]
    assert cells.of("C_02.00.a", "0036", "0010") == floor["before_floor"]
    for tier, row in (("cet1", "0010"), ("tier1", "0030"), ("total", "0050")):
        assert cells.of("C_03.00", row, "0010") == adequacy[f"{tier}_ratio"]
    measure = made["gold.leverage"]["exposure_measure"].item()
    assert cells.of("C_47.00", "0290", "0010") == measure


def test_a_guaranteed_part_moves_from_the_debtor_to_the_guarantor(cells: Cells) -> None:
    # 1,000.00 drawn and 500.00 undrawn at 40%: 1,200.00, of which a bank covers 333.33.
    covered = Decimal("333.33") * 1500 / 1200
    assert abs(cells.of(SA, "0010", "0090", COMPANIES) + covered) < Decimal("0.05")
    assert cells.of(SA, "0010", "0050", COMPANIES) == cells.of(SA, "0010", "0090", COMPANIES)
    assert cells.of(SA, "0010", "0100", BANKS) == -cells.of(SA, "0010", "0090", COMPANIES)
    assert cells.of(SA, "0010", "0200", BANKS) == Decimal("333.33")
    assert cells.of(SA, "0010", "0090", TOTAL) + cells.of(SA, "0010", "0100", TOTAL) == 0


def test_collateral_of_the_comprehensive_approach_reduces_the_exposure(cells: Cells) -> None:
    assert cells.of(SA, "0010", "0130", COMPANIES) < 0
    assert cells.of(SA, "0010", "0070", COMPANIES) == 0
    assert cells.of(SA, "0010", "0200", TOTAL) < cells.of(SA, "0010", "0110", TOTAL)


def test_undrawn_amounts_stand_by_conversion_factor_and_off_balance(cells: Cells) -> None:
    assert cells.of(SA, "0080", "0010", COMPANIES) == Decimal("500.00")
    assert cells.of(SA, "0070", "0010", COMPANIES) == Decimal("1000.00")
    assert cells.of(SA, "0080", "0175", TOTAL) == cells.of(SA, "0080", "0150", TOTAL)
    assert cells.of(SA, "0080", "0150", TOTAL) > 0


def test_what_is_in_default_has_a_sheet_of_its_own_but_for_equity(cells: Cells) -> None:
    assert cells.of(SA, "0010", "0010", DEFAULT) == Decimal("333.33")
    assert cells.of(SA, "0010", "0030", DEFAULT) == Decimal("-100.01")
    assert cells.of(SA, "0010", "0040", DEFAULT) == Decimal("233.32")
    assert cells.of(SA, "0015", "0010", TOTAL) == 0
    assert cells.of(SA, "0064", "0200", EQUITY) == Decimal("100.00")


def test_a_small_company_stands_in_the_row_of_small_firms(cells: Cells) -> None:
    assert cells.of(SA, "0020", "0010", COMPANIES) == Decimal("1500.00")


@pytest.mark.parametrize(
    ("weight", "row"),
    [*((weight, row) for weight, row in WEIGHT_ROWS.items()), (0.64, "0280"), (3.0, "0280")],
)
def test_a_weight_stands_in_the_row_whose_label_it_is(weight: float, row: str) -> None:
    assert weight_row(weight) == row
    label = tables()[SA].rows[row].label
    assert label == (f"{weight:.0%}" if row != "0280" else "Other risk weights")


def test_corporates_are_without_own_estimates_and_retail_with(cells: Cells) -> None:
    sums = loans().group_by("exposure_class").agg(pl.col("risk_weighted_assets").sum())
    by_class = dict(sums.iter_rows())
    assert cells.of(IRB, "0010", "0260", CORPORATES[False]) == by_class["corporate"]
    assert cells.of(IRB, "0010", "0260", SME_CORPORATES[False]) == by_class["corporate"]
    assert cells.of(IRB, "0010", "0260", "eba_qAE:qx2009") == by_class["qrre"]
    assert (IRB, "0010", "0260", CORPORATES[True]) not in cells.amounts


def test_slotted_loans_stand_in_their_row_and_sheet(cells: Cells) -> None:
    slotted = reports()["gold.fact_standardised_metrics"].filter(
        exposure_class="specialised_lending"
    )
    assert cells.of(IRB, "0080", "0260", INTERNAL_TOTAL) == slotted["risk_weighted_assets"].sum()
    assert cells.of(IRB, "0010", "0280", SLOTTED) == slotted["expected_loss"].sum()
    assert cells.of(IRB, "0010", "0290", SLOTTED) == Decimal("-40.00")


def test_averages_are_weighted_by_exposure_and_debtors_counted_once(cells: Cells) -> None:
    book = loans().filter(exposure_class="corporate")
    exposure = book["exposure_amount"].cast(float)
    average = float((book["capital_pd"] * exposure).sum() / exposure.sum())
    assert float(cells.of(IRB, "0010", "0010", CORPORATES[False])) == pytest.approx(
        average, abs=1e-6
    )
    assert cells.of(IRB, "0010", "0300", CORPORATES[False]) == book["customer_key"].n_unique()
    assert cells.of(IRB, "0010", "0300", INTERNAL_TOTAL) == loans()["customer_key"].n_unique() + 1


def test_undivided_intangible_assets_are_not_called_goodwill(cells: Cells) -> None:
    assert cells.of("C_01.00", "0529", "0010") == Decimal("-200.00")
    for row in ("0300", "0310", "0340", "0350"):
        assert cells.gaps["C_01.00", row, "0010", ""].kind == "not_in_data"


LINE_WORDS = {
    FundsLine.COMMON_SHARES: "capital instruments",
    FundsLine.SHARE_PREMIUM: "share premium",
    FundsLine.OWN_SHARES: "cet1 instruments",
    FundsLine.OTHER_COMPREHENSIVE_INCOME: "other comprehensive income",
    FundsLine.OTHER_RESERVES: "other reserves",
    FundsLine.MINORITY_INTEREST: "minority interest",
    FundsLine.GAIN_ON_SALE: "securitised assets",
    FundsLine.CASH_FLOW_HEDGE_RESERVE: "cash flow hedge",
    FundsLine.OWN_CREDIT_GAINS: "own credit risk",
    FundsLine.GOODWILL: "goodwill",
    FundsLine.OTHER_INTANGIBLES: "other intangible assets",
    FundsLine.INTANGIBLES: "deductions - other",
    FundsLine.MORTGAGE_SERVICING_RIGHTS: "deductions - other",
    FundsLine.TAX_ASSETS_FROM_LOSSES: "do not arise from temporary differences",
    FundsLine.TAX_ASSETS_FROM_TIMING: "and arise from temporary differences",
    FundsLine.PROVISION_SHORTFALL: "irb shortfall",
    FundsLine.PENSION_ASSETS: "defined benefit pension",
    FundsLine.INSIGNIFICANT_HOLDINGS: "does not have a significant investment",
    FundsLine.SIGNIFICANT_HOLDINGS: "has a significant investment",
    FundsLine.RETAINED_EARNINGS: "retained earnings",
    FundsLine.CREDIT_LOSS_ENTRY: "retained earnings",
    FundsLine.AT1_INSTRUMENTS: "capital instruments",
    FundsLine.AT1_MINORITY_INTEREST: "issued by subsidiaries that are given recognition in at1",
    FundsLine.AT1_DEDUCTIONS: "at1 capital elements or deductions - other",
    FundsLine.T2_INSTRUMENTS: "capital instruments",
    FundsLine.T2_MINORITY_INTEREST: "issued by subsidiaries that are given recognition in t2",
    FundsLine.T2_PROVISIONS: "irb excess of provisions",
    FundsLine.T2_DEDUCTIONS: "t2 capital elements or deductions - other",
}


@pytest.mark.parametrize("line", list(FundsLine))
def test_a_line_of_own_funds_stands_in_rows_whose_label_says_so(line: FundsLine) -> None:
    rows = tables()["C_01.00"].rows
    for row in LINE_ROWS[line]:
        assert LINE_WORDS[line] in rows[row].label.lower(), (line, row)


def test_own_funds_of_every_line_add_up() -> None:
    tiers = {"at1": "AT1", "t2_": "T2"}
    lines = {
        line.value: (tiers.get(line.value[:3], "CET1"), Decimal(2**position))
        for position, line in enumerate(FundsLine)
    }
    made = Cells()
    own_funds_cells(made, lines, None)
    assert made.of("C_01.00", "0010", "0010") == 2 ** len(FundsLine) - 1
    assert made.of("C_01.00", "0529", "0010") == sum(
        lines[line.value][1]
        for line in (FundsLine.INTANGIBLES, FundsLine.MORTGAGE_SERVICING_RIGHTS)
    )
    assert made.of("C_01.00", "0300", "0010") == lines["goodwill"][1]
    assert made.of("C_01.00", "0340", "0010") == lines["other_intangibles"][1]


def test_retained_earnings_are_divided_where_the_books_explain_them() -> None:
    lines = {"retained_earnings": ("CET1", Decimal(900))}
    made = Cells()
    own_funds_cells(made, lines, Earnings(Decimal(800), Decimal(150)))
    rows = {row: made.of("C_01.00", row, "0010") for row in ("0140", "0150", "0160", "0170")}
    assert rows == {"0140": 800, "0150": 100, "0160": 150, "0170": -50}
    # More eligible profit than the books have profit: they are of something else.
    unexplained = Cells()
    own_funds_cells(unexplained, lines, Earnings(Decimal(700), Decimal(150)))
    assert unexplained.of("C_01.00", "0140", "0010") == 900
    assert ("C_01.00", "0150", "0010", "") not in unexplained.amounts


def test_off_balance_items_stand_by_their_factor_and_add_up_to_the_measure() -> None:
    row = {
        "on_balance_amount": Decimal(1000),
        "specific_provisions": Decimal(30),
        "tier1_deductions": Decimal(20),
        "undrawn_exposure": Decimal(90),
        "exposure_measure": Decimal(1040),
        "minimum_ratio": Decimal("0.03"),
        "tier1_capital": Decimal(104),
        "leverage_ratio": Decimal("0.1"),
    }
    made = Cells()
    converted = converted_by_factor([(Decimal(100), Decimal(40)), (Decimal(20), Decimal(20))])
    leverage_cells(made, row, converted, Decimal("0.1"))
    rows = {code: made.of("C_47.00", code, "0010") for code in ("0150", "0160", "0165", "0180")}
    assert rows == {"0150": 30, "0160": 0, "0165": 40, "0180": 20}
    assert made.of("C_47.00", "0190", "0010") == 970


def test_the_rows_of_the_warehouse_keep_their_contract() -> None:
    found, judged = supervisory_figures(given(), "USD")
    for table, rows in (("supervisory_cells", found), ("supervisory_rules", judged)):
        contract = GOLD[table]
        contract.schema.validate(rows.select(contract.columns).cast(dict(contract.dtypes)))
    assert set(found["reporting_date"]) == {JANUARY}
    assert found.select(list(GOLD["supervisory_cells"].key)).is_unique().all()
    labels = {(row["table_code"], row["row_code"]): row["row_label"] for row in found.to_dicts()}
    for (table, row), label in labels.items():
        assert label == tables()[table].rows[row].label


def test_a_bank_of_loans_alone_has_templates_without_a_rule_that_fails() -> None:
    none = pl.DataFrame(schema={"reporting_date": pl.Date})
    bare = replace(given(is_full=False), own_funds=none, adequacy=none, leverage=none, results=none)
    cells = date_cells(bare, JANUARY, JANUARY)
    assert [
        rule.rule for rule, found in judge_cells(cells) if found.outcome is Outcome.FAILED
    ] == []
    assert not any(table in ("C_01.00", "C_03.00", "C_47.00") for table, *_ in cells.amounts)
    assert cells.of(SA, "0010", "0220", TOTAL) > 0
    assert cells.of(IRB, "0080", "0260", INTERNAL_TOTAL) == 0


def test_a_cell_that_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(RiskInputError, match="has no cell r9999 c0010"):
        Cells().put("C_01.00", "9999", "0010", Decimal(1), "nowhere")
    with pytest.raises(RiskInputError, match="has no cell"):
        Cells().put("C_01.00", "0010", "0010", Decimal(1), "nowhere", sheet=TOTAL)


def test_a_cell_names_every_source_that_adds_to_it(cells: Cells) -> None:
    assert "gold.fact_ledger" in cells.sources[SA, "0010", "0220", TOTAL]
    assert "gold.standardised_parts" in cells.sources[SA, "0010", "0220", TOTAL]
