"""The standardised book among the capital figures of a small bank, and its lineage."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from finplatform.contracts.gold import GOLD
from finplatform.risk.adequacy import capital_adequacy, credit_by_country, output_floor_figures
from finplatform.risk.metrics import regulatory_retail
from finplatform.risk.reports.capital_lineage import trace_capital, trace_leverage
from finplatform.risk.reports.leverage import leverage_figures
from finplatform.risk.reports.lineage import FigureLineage
from finplatform.risk.reports.own_funds import own_funds_figures, slotted_by_date
from finplatform.risk.reports.rwa_breakdown import rwa_breakdown
from finplatform.risk.reports.standardised import METRICS, PARTS, standardised_figures
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY, STATEMENT

NONE = pl.DataFrame()


class Bank:
    """A small bank with a standardised book of one month end."""

    def __init__(self) -> None:
        self.metrics, self.parts = standardised_figures(*books.standardised(JANUARY), "USD", {})
        self.loans = books.metrics(JANUARY)
        self.ledger = books.ledger(JANUARY)
        held = books.provisions("1000", JANUARY)
        self.funds = own_funds_figures(
            self.loans, held, STATEMENT, "USD", standardised=self.metrics
        )
        self.cells = rwa_breakdown(
            self.loans, self.ledger, {}, NONE, NONE, "USD", standardised=self.metrics
        )
        self.floor = output_floor_figures(self.cells, "USD").row(0, named=True)
        self.adequacy = capital_adequacy(self.loans, self.cells, self.funds, "USD").row(
            0, named=True
        )
        self.leverage = leverage_figures(
            self.loans, self.ledger, self.funds, "USD", standardised=self.metrics
        ).row(0, named=True)

    def row(self, exposure_id: str) -> dict[str, Any]:
        """One measured exposure."""
        return self.metrics.row(by_predicate=pl.col("exposure_id") == exposure_id, named=True)

    def steps(self) -> list[dict[str, Any]]:
        """The lineage of the capital and leverage ratios."""
        lineage, funds = FigureLineage(JANUARY), self.funds.rows(named=True)
        trace_capital(
            lineage, self.adequacy, self.floor, self.cells.rows(named=True), funds, Decimal(1000),
            JANUARY, parts=self.parts.rows(named=True),
            slotted_provisions=slotted_by_date(self.metrics)[JANUARY][1],
        )  # fmt: skip
        trace_leverage(lineage, self.leverage, funds, JANUARY)
        return lineage.steps


def test_cash_and_a_guarantee_lower_the_weight_of_what_they_cover() -> None:
    bank = Bank()
    # 1,000 drawn and 40% of 500; cash covers 100, a bank at 30% covers 333.33, the rest weighs 75%.
    expected = Decimal("333.33") * Decimal("0.3") + Decimal("766.67") * Decimal("0.75")
    row = bank.row("W1")
    assert row["sa_exposure_amount"] == Decimal(1200)
    assert row["protected_amount"] == Decimal("433.33")
    assert row["sa_risk_weighted_assets"] == expected.quantize(Decimal("0.01"))
    kinds = bank.parts.filter(exposure_id="W1")["part_kind"].to_list()
    assert kinds == ["collateral", "guarantee", "unprotected"]


def test_slotted_loans_and_shares_have_other_weights_in_use_than_in_the_floor() -> None:
    bank = Bank()
    project, shares = bank.row("W2"), bank.row("W3")
    assert (project["approach"], shares["approach"]) == ("IRB", "IRB")
    # Gross of provisions at 250%; net of them at 130%.
    assert project["risk_weighted_assets"] == Decimal("2000.00")
    assert project["sa_risk_weighted_assets"] == Decimal("988.00")
    assert project["expected_loss"] == Decimal("64.00")
    assert shares["risk_weighted_assets"] == Decimal("300.00")
    assert shares["sa_risk_weighted_assets"] == Decimal("250.00")


def test_parts_add_up_to_their_exposure_to_the_cent() -> None:
    bank = Bank()
    sums = bank.parts.group_by("exposure_id").agg(
        pl.col("amount").sum(), pl.col("risk_weighted_assets").sum()
    )
    joined = bank.metrics.join(sums, on="exposure_id", suffix="_parts")
    assert joined.height == bank.metrics.height
    assert joined["amount"].to_list() == joined["sa_exposure_amount"].to_list()
    assert joined["sa_risk_weighted_assets"].to_list() == (
        joined["risk_weighted_assets_parts"].to_list()
    )


@pytest.mark.parametrize("table", ["fact_standardised_metrics", "standardised_parts"])
def test_the_tables_have_the_columns_of_their_contracts(table: str) -> None:
    bank = Bank()
    frame = bank.metrics if table == "fact_standardised_metrics" else bank.parts
    assert set(frame.columns) == set(GOLD[table].fields)


def test_the_cells_hold_every_exposure_once_by_both_approaches() -> None:
    bank = Bank()
    cells = bank.cells.filter(pl.col("source_table") == METRICS)
    assert cells["exposures"].sum() == bank.metrics.height
    for column in ("risk_weighted_assets", "sa_risk_weighted_assets", "expected_loss"):
        assert cells[column].sum() == bank.metrics[column].sum()
    key = ["reporting_date", "risk_type", "exposure_class", "is_defaulted"]
    assert bank.cells.select(key).is_unique().all()
    assert bank.adequacy["credit_risk_weighted_assets"] == (
        bank.cells["risk_weighted_assets"].sum()
    )


def test_expected_loss_of_slotted_loans_stands_against_their_provisions_in_own_funds() -> None:
    bank = Bank()
    alone = own_funds_figures(bank.loans, books.provisions("1000", JANUARY), STATEMENT, "USD")
    shortfall = [
        frame.filter(line="provision_shortfall")["counted_amount"].item()
        for frame in (alone, bank.funds)
    ]
    # Expected loss of 64 above provisions of 40.
    assert shortfall[0] - shortfall[1] == Decimal(24)


def test_leverage_takes_undrawn_amounts_after_conversion() -> None:
    bank = Bank()
    alone = leverage_figures(bank.loans, bank.ledger, bank.funds, "USD")
    assert bank.leverage["exposure_measure"] - alone["exposure_measure"].item() == Decimal(200)


def test_every_step_of_the_lineage_adds_up_and_ends_in_rows() -> None:
    bank = Bank()
    figures: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for step in bank.steps():
        figures[step["figure"]].append(step)
    frames = {METRICS: bank.metrics, PARTS: bank.parts}
    sources = 0
    for name, steps in figures.items():
        if steps[0]["relation"] == "addend":
            assert sum(step["contribution"] for step in steps) == steps[0]["figure_amount"], name
        for step in steps:
            if step["source_table"] in frames:
                condition = f"({step['source_filter']}) and true".replace(
                    f"reporting_date = '{JANUARY}'", "true"
                )
                with pl.SQLContext(frame=frames[step["source_table"]]) as context:
                    rows = context.execute(
                        f"select {step['source_column']} from frame where {condition}", eager=True
                    )
                assert rows.to_series().cast(MONEY).sum() == step["base_amount"], name
                sources += 1
            else:
                is_known = step["source_table"] or step["component"] in figures
                assert is_known or not step["base_amount"], step["component"]
    assert sources >= 10
    kinds = [step["component"] for step in figures["rwa.credit.standardised_corporate"]]
    assert kinds == ["collateral", "guarantee", "unprotected"]


def test_claims_on_the_private_sector_alone_weigh_the_countercyclical_buffer() -> None:
    bank = Bank()
    residence = pl.DataFrame({"customer_key": [0], "country": ["US"]})
    loans = bank.loans.filter(pl.col("customer_key") == 0)
    found = dict(
        credit_by_country(loans, residence, bank.metrics).select("country", "amount").iter_rows()
    )
    private = bank.metrics.filter(pl.col("exposure_id").is_in(["W1", "W2", "W3"]))
    assert found["DE"] == private["risk_weighted_assets"].sum()


def test_a_bank_without_a_standardised_book_has_no_rows() -> None:
    exposures, protection = books.standardised(JANUARY)
    found = standardised_figures(exposures.clear(), protection.clear(), "USD", {})
    assert all(frame.is_empty() for frame in found)


def test_each_date_is_measured_with_its_own_protection() -> None:
    exposures, protection = books.standardised(JANUARY, date(2026, 2, 28))
    february = protection.filter(pl.col("reporting_date") > JANUARY)
    metrics, _ = standardised_figures(exposures, february, "USD", {})
    covered = metrics.filter(exposure_id="W1").sort("reporting_date")["protected_amount"]
    assert covered.to_list() == [Decimal(0), Decimal("433.33")]


@pytest.mark.parametrize(
    ("price", "expected"), [("1", [True, True]), ("2", [False, True])], ids=["euro", "two_euro"]
)
def test_cre20_65_a_borrower_of_more_than_a_million_euro_is_no_regulatory_retail(
    price: str, expected: list[bool]
) -> None:
    book = pl.DataFrame(
        {
            "customer_id": ["large", "large", "home", *(f"C{number}" for number in range(1_200))],
            "exposure_class": ["qrre", "other_retail", "residential_mortgage"]
            + ["other_retail"] * 1_200,
            "is_defaulted": [False] * 1_203,
            "drawn_amount": [Decimal(500_000), Decimal(499_000), Decimal(10**9)]
            + [Decimal(450_000)] * 1_200,
            "undrawn_amount": [Decimal(0)] * 1_203,
        },
        schema_overrides={"drawn_amount": MONEY, "undrawn_amount": MONEY},
    )
    found = regulatory_retail(book, Decimal(price), JANUARY)
    assert [found[0], found[3]] == expected
    assert found[2]
    late = book.with_columns(is_defaulted=pl.col("customer_id") == "large")
    assert regulatory_retail(late, Decimal(price), JANUARY).all()
