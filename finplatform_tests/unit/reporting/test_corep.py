"""Supervisory templates: their cells are the figures of the reports and add up."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from finplatform.errors import FinplatformError
from finplatform.reporting.corep import FUNDS_ROWS, Template, templates
from finplatform.risk.figures.leverage import leverage_figures
from finplatform.risk.own_funds import FundsLine
from finplatform_tests.unit.risk.figures.test_capital_figures import Bank


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank()


@pytest.fixture(scope="module")
def made(bank: Bank) -> dict[str, Template]:
    leverage = leverage_figures(bank.metrics, bank.ledger, bank.funds, "USD").row(0, named=True)
    found = templates(
        bank.funds.rows(named=True),
        bank.cells.rows(named=True),
        bank.operational.row(0, named=True),
        leverage,
    )
    return {template.code: template for template in found}


def _amount(template: Template, row: str, column: str = "0010", sheet: str = "total") -> Decimal:
    place = (sheet, row, column)
    (found,) = [c.amount for c in template.cells if (c.sheet, c.row, c.column) == place]
    return found


def test_every_template_keeps_its_rules(made: dict[str, Template]) -> None:
    assert list(made) == ["C 01.00", "C 07.00", "C 08.01", "OPE25", "C 47.00"]
    for template in made.values():
        assert template.sums
        assert template.broken() == []


def test_totals_are_those_of_the_capital_report(made: dict[str, Template], bank: Bank) -> None:
    assert _amount(made["C 01.00"], "0010") == bank.adequacy["total_capital"]
    assert _amount(made["C 01.00"], "0020") == bank.adequacy["cet1_capital"]
    assert _amount(made["C 08.01"], "0010", "0260") == bank.adequacy["irb_risk_weighted_assets"]
    sa = bank.floor["sa_credit_risk_weighted_assets"]
    assert _amount(made["C 07.00"], "0010", "0220") == sa
    operational = bank.adequacy["operational_risk_weighted_assets"]
    assert _amount(made["OPE25"], "x070") == operational


def test_sheets_of_classes_hold_the_exposures_of_their_class(
    made: dict[str, Template], bank: Bank
) -> None:
    credit = bank.cells.filter(risk_type="credit")
    for name in credit["exposure_class"].unique():
        part = credit.filter(exposure_class=name)
        assert _amount(made["C 07.00"], "0010", "0220", name) == sum(
            part["sa_risk_weighted_assets"]
        )
        bad = part.filter("is_defaulted")["sa_risk_weighted_assets"]
        assert _amount(made["C 07.00"], "0015", "0220", name) == sum(bad)


@pytest.mark.parametrize("place", ["total", "other_retail"])
def test_a_template_that_does_not_add_up_is_named_and_not_written(
    made: dict[str, Template], place: str
) -> None:
    template = made["C 07.00"]
    first, *_ = [cell for cell in template.cells if cell.sheet == place]
    others = [cell for cell in template.cells if cell is not first]
    wrong = replace(template, cells=(replace(first, amount=first.amount + 1), *others))
    assert f"C 07.00 {place} r0010" in wrong.broken()[0]
    with pytest.raises(FinplatformError, match="do not add up"):
        wrong.text("2026-01-31", "USD")


def test_the_file_has_one_line_for_each_cell(made: dict[str, Template]) -> None:
    template = made["C 47.00"]
    rows = list(csv.DictReader(io.StringIO(template.text("2026-01-31", "USD"))))
    assert len(rows) == len(template.cells)
    assert Decimal(rows[-1]["amount"]) == template.cells[-1].amount


def test_a_date_without_a_statement_or_ledger_has_the_credit_templates_alone(bank: Bank) -> None:
    found = templates([], bank.cells.rows(named=True), None, None)
    assert [template.code for template in found] == ["C 07.00", "C 08.01"]


def _stated(line: FundsLine, amount: int) -> dict[str, object]:
    tier = {"at1": "AT1", "t2_": "T2"}.get(line.value[:3], "CET1")
    return {"line": line.value, "tier": tier, "counted_amount": Decimal(amount)}


def test_own_funds_of_every_line_stand_in_a_row_of_their_own_and_add_up() -> None:
    lines = [_stated(line, 2**position) for position, line in enumerate(FundsLine)]
    (template,) = [t for t in templates(lines, [], None, None) if t.code == "C 01.00"]
    assert template.broken() == []
    for line in lines:
        assert _amount(template, FUNDS_ROWS[str(line["line"])][0]) == line["counted_amount"]
    assert _amount(template, "0010") == 2 ** len(FundsLine) - 1
    cet1 = sum(Decimal(str(line["counted_amount"])) for line in lines if line["tier"] == "CET1")
    assert _amount(template, "0020") == cet1


def test_premium_and_own_shares_are_part_of_the_instruments_and_filters_of_the_adjustments() -> (
    None
):
    amounts = {
        FundsLine.COMMON_SHARES: 100,
        FundsLine.SHARE_PREMIUM: 30,
        FundsLine.OWN_SHARES: -7,
        FundsLine.CASH_FLOW_HEDGE_RESERVE: -2,
        FundsLine.OWN_CREDIT_GAINS: -1,
    }
    lines = [_stated(line, amount) for line, amount in amounts.items()]
    (template, *_) = templates(lines, [], None, None)
    assert _amount(template, "0030") == 123
    assert _amount(template, "0250") == -3
    assert _amount(template, "0020") == 120


def test_a_line_without_a_row_is_named() -> None:
    line = {"line": "gold_bars", "tier": "CET1", "counted_amount": Decimal(1)}
    with pytest.raises(FinplatformError, match="no row for the line of own funds 'gold_bars'"):
        templates([line], [], None, None)
