"""Own funds, cells of RWA, floor, ratios and leverage of a small bank, and their lineage."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from finplatform.risk.adequacy import capital_adequacy, output_floor_figures
from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import to_cents
from finplatform.risk.reports.capital_lineage import trace_capital, trace_leverage
from finplatform.risk.reports.leverage import deductions_by_date, leverage_figures
from finplatform.risk.reports.lineage import Component, FigureLineage
from finplatform.risk.reports.operational import operational_figures
from finplatform.risk.reports.operational_lineage import trace_operational
from finplatform.risk.reports.own_funds import own_funds_figures
from finplatform.risk.reports.rwa_breakdown import rwa_breakdown
from finplatform.risk.reports.trading_book import trading_book_figures
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, STATEMENT

SECURITIES = pl.DataFrame(
    {
        "symbol": ["FPX500", "FPBOND", "FPGOLD", "EURUSD"],
        "asset_class": ["INDEX", "FIXED_INCOME", "COMMODITY", "FX"],
    }
)


class Bank:
    """All capital figures of one month end."""

    def __init__(
        self,
        *,
        months: int = 24,
        provisions: str = "1000",
        own_funds: pl.DataFrame = STATEMENT,
        posting: str = "0",
    ) -> None:
        self.posting = Decimal(posting)
        self.postings = {JANUARY: self.posting}
        self.metrics = books.metrics(JANUARY)
        self.provisions = Decimal(provisions)
        self.ledger = books.ledger(*(books.month_ends(JANUARY, months) if months else ()))
        held = books.provisions(provisions, JANUARY)
        self.funds = own_funds_figures(self.metrics, held, own_funds, "USD", postings=self.postings)
        found = books.losses((date(2025, 3, 1), "30000"), (date(2019, 3, 1), "100"))
        self.operational, self.items = operational_figures(
            [JANUARY], self.ledger, found, "USD", {JANUARY: Decimal("0.9")}
        )
        self.market = trading_book_figures([JANUARY], self.ledger, SECURITIES, "USD")
        self.cells = rwa_breakdown(
            self.metrics,
            self.ledger,
            deductions_by_date(self.funds),
            self.market,
            self.operational,
            "USD",
        )
        self.floor = output_floor_figures(self.cells, "USD").row(0, named=True)
        self.adequacy = capital_adequacy(self.metrics, self.cells, self.funds, "USD").row(
            0, named=True
        )
        self.leverage = leverage_figures(
            self.metrics, self.ledger, self.funds, "USD", postings=self.postings
        )

    def counted(self, line: str) -> Decimal:
        """What a line of own funds counts."""
        return self.funds.filter(pl.col("line") == line)["counted_amount"].item()

    def lineage(self) -> list[dict[str, Any]]:
        """The lineage of the capital ratios."""
        lineage, as_of = FigureLineage(JANUARY), JANUARY
        trace_capital(
            lineage, self.adequacy, self.floor, self.cells.rows(named=True),
            self.funds.rows(named=True), self.provisions, as_of, posting=self.posting,
        )  # fmt: skip
        for row in self.operational.rows(named=True):
            trace_operational(lineage, row, self.items.rows(named=True), as_of)
        for row in self.leverage.rows(named=True):
            trace_leverage(lineage, row, self.funds.rows(named=True), as_of, self.posting)
        return lineage.steps


def test_expected_loss_that_no_provision_covers_comes_off_cet1() -> None:
    bank = Bank(provisions="1000")
    loss = bank.metrics["expected_loss"].sum()
    assert bank.counted("provision_shortfall") == Decimal(1000) - loss
    assert bank.adequacy["cet1_capital"] == Decimal(2000 + 9000 - 200 + 1000) - loss


@pytest.mark.parametrize("posting", ["500", "-300"])
def test_the_entry_for_credit_losses_moves_cet1_provisions_and_assets_alike(posting: str) -> None:
    before, after = Bank(), Bank(posting=posting)
    entry = Decimal(posting)
    assert after.counted("credit_loss_entry") == -entry
    assert after.counted("provision_shortfall") == before.counted("provision_shortfall") + entry
    # The charge and the smaller shortfall cancel out in CET1.
    assert after.adequacy["cet1_capital"] == before.adequacy["cet1_capital"]
    moved = after.leverage["exposure_measure"].item() - before.leverage["exposure_measure"].item()
    assert moved == -entry


def test_provisions_above_expected_loss_count_as_tier_2_up_to_their_limit() -> None:
    bank = Bank(provisions="9000")
    limit = Decimal("0.006") * bank.metrics["irb_risk_weighted_assets"].sum()
    assert bank.counted("t2_provisions") == limit.quantize(Decimal("0.01"))
    assert "provision_shortfall" not in set(bank.funds["line"])


def test_all_risks_and_the_other_assets_make_rwa() -> None:
    bank = Bank()
    parts = ("credit", "market", "operational")
    total = sum(bank.adequacy[f"{part}_risk_weighted_assets"] for part in parts)
    assert all(bank.adequacy[f"{part}_risk_weighted_assets"] > 0 for part in parts)
    assert bank.floor["before_floor"] == total
    # Other assets weigh 100% without what was deducted; cash and the sovereign weigh nothing.
    assert bank.adequacy["other_assets_risk_weighted_assets"] == Decimal(800 - 200)


def test_the_floor_stands_on_the_standardised_rwa_of_all_risks() -> None:
    bank = Bank()
    assert bank.floor["floor_base"] == (
        bank.adequacy["sa_risk_weighted_assets"]
        + bank.adequacy["other_assets_risk_weighted_assets"]
        + bank.adequacy["market_risk_weighted_assets"]
        + bank.adequacy["operational_risk_weighted_assets"]
    )
    assert bank.floor["output_floor_rate"] == Decimal("0.65")


def test_the_business_indicator_averages_three_years_and_estimates_what_is_missing() -> None:
    full, part = Bank(months=36), Bank(months=18)
    row = full.operational.row(0, named=True)
    # 12 x (120 - 50) is below 2.25% of earning assets of 26,500 x ... , which caps it at 596.25.
    assert row["interest_leases_dividends"] == Decimal("596.25")
    assert row["financial"] == Decimal(360)
    assert row["services"] == Decimal(240) + Decimal(10000)
    assert row["risk_weighted_assets"] == to_cents(Decimal("12.5") * row["capital_requirement"])
    assert part.operational["months_of_income"].item() == 18
    assert part.items.filter(pl.col("item") == "fee_income")["amount"].to_list() == [240] * 3
    assert part.items["is_estimated"].sum() == 12


def test_an_odd_first_month_of_the_books_does_not_stand_for_its_year() -> None:
    odd = books.ledger(*books.month_ends(JANUARY, 13), first_trading=-3000)
    items = operational_figures([JANUARY], odd, books.losses(), "USD", {})[1]
    trading = dict(
        items.filter(pl.col("item") == "trading_result").select("year_ended", "amount").iter_rows()
    )
    # Thirteen months: twelve of -30 and one of -3,000; twelve average months make a year.
    assert trading[JANUARY] == Decimal(-360)
    assert trading[date(2025, 1, 31)] == to_cents(Decimal(-3360) * 12 / 13)


def test_a_bank_without_a_ledger_has_the_capital_of_its_loans_alone() -> None:
    bank = Bank(months=0)
    assert bank.operational.is_empty()
    assert bank.market.is_empty()
    assert (
        bank.adequacy["credit_risk_weighted_assets"] == (bank.adequacy["irb_risk_weighted_assets"])
    )
    assert bank.adequacy["cet1_ratio"] is not None


def test_a_bank_without_a_statement_has_rwa_and_no_ratio() -> None:
    bank = Bank(own_funds=STATEMENT.clear())
    assert bank.adequacy["cet1_ratio"] is None
    assert bank.adequacy["buffer_required_rate"] is None
    assert bank.adequacy["risk_weighted_assets"] > 0


@pytest.mark.parametrize("months", [0, 5, 24, 36])
@pytest.mark.parametrize("provisions", ["0", "1000", "4600", "9000"])
@pytest.mark.parametrize("posting", ["0", "700"])
def test_every_figure_is_the_sum_of_its_addends(months: int, provisions: str, posting: str) -> None:
    bank = Bank(months=months, provisions=provisions, posting=posting)
    steps = pl.DataFrame(bank.lineage(), infer_schema_length=None)
    addends = steps.filter(pl.col("relation") == "addend")
    sums = addends.group_by("figure").agg(
        pl.col("figure_amount").first(), pl.col("contribution").sum()
    )
    assert (sums["figure_amount"] == sums["contribution"]).all()
    inner = steps.filter(pl.col("source_table").is_null() & (pl.col("base_amount") != 0))
    assert set(inner["component"]) <= set(steps["figure"])
    named = inner.join(sums, left_on="component", right_on="figure")
    assert (named["base_amount"] == named["figure_amount_right"]).all()


def test_the_lineage_of_the_cet1_ratio_reaches_the_exposures_and_the_statement() -> None:
    steps = Bank().lineage()
    tables = {step["source_table"] for step in steps if step["source_table"]}
    assert {"gold.fact_risk_metrics", "silver.stg_own_funds", "gold.fact_ledger"} <= tables
    assert {"cet1_ratio", "leverage_ratio", "operational.capital"} <= {
        step["figure"] for step in steps
    }


def test_a_figure_that_its_parts_do_not_make_is_refused() -> None:
    with pytest.raises(RiskInputError, match="miss it by"):
        FigureLineage(JANUARY).total("figure", Decimal(10), [Component("part", Decimal(9))])


def test_a_past_date_uses_the_rules_of_that_date() -> None:
    early = date(2024, 1, 31)
    cells = Bank().cells.with_columns(reporting_date=pl.lit(early))
    floor = output_floor_figures(cells, "USD").row(0, named=True)
    assert floor["output_floor_rate"] == Decimal("0.55")
    later = output_floor_figures(cells, "USD", rules_as_of=date(2028, 1, 31)).row(0, named=True)
    assert later["output_floor_rate"] == Decimal("0.725")


def test_goodwill_and_other_intangible_assets_may_be_stated_apart() -> None:
    parts = {
        "cet1_instruments": "2000.00",
        "retained_earnings": "9000.00",
        "at1_instruments": "300.00",
        "t2_instruments": "400.00",
    }
    apart = books.statement(JANUARY, **parts, goodwill="150.00", other_intangibles="50.00")
    bank, together = Bank(own_funds=apart), Bank()
    assert bank.counted("goodwill") == Decimal(-150)
    assert bank.counted("other_intangibles") == Decimal(-50)
    assert together.counted("intangible_assets") == Decimal(-200)
    assert bank.adequacy["cet1_capital"] == together.adequacy["cet1_capital"]
    assert deductions_by_date(bank.funds) == deductions_by_date(together.funds)
    assert bank.floor["before_floor"] == together.floor["before_floor"]
