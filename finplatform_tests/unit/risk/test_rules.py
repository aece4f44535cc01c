"""Properties of the rules file and of finding rules by date."""

import re
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from finplatform.errors import FinplatformError
from finplatform.risk.errors import MissingRuleError
from finplatform.risk.rules import LATEST, find_rule, parse_rules, rule, rule_rows

HEADER = "rule_id,part,value,valid_from,valid_to,description"


def test_every_rule_cites_a_paragraph_or_is_the_banks_own() -> None:
    basel = r"(RBC|CRE|CAP|OPE|LEV|LEX|LCR|NSF|MAR)\d+\.\d+"
    accounting = r"IFRS9\.B?\d+(\.\d+)+"
    own = r"BANK\.[A-Z]+"
    for row in rule_rows():
        assert re.fullmatch(f"{basel}|{accounting}|{own}", row.paragraph)
        assert row.description


def test_a_rule_holds_from_its_first_to_its_last_day() -> None:
    def calibration(day: date) -> Decimal:
        return rule("RBC90.1:output_floor", day).exact

    assert calibration(date(2025, 12, 31)) == Decimal("0.60")
    assert calibration(date(2026, 1, 1)) == Decimal("0.65")
    assert calibration(LATEST) == Decimal("0.725")


def test_a_rule_before_its_time_is_missing_by_name() -> None:
    with pytest.raises(MissingRuleError, match=r"RBC90\.1:output_floor is not in force on 2022"):
        rule("RBC90.1:output_floor", date(2022, 12, 31))


def test_a_transition_that_is_over_is_not_found() -> None:
    assert find_rule("RBC90.2:output_floor_cap", date(2027, 12, 31)) is not None
    assert find_rule("RBC90.2:output_floor_cap", date(2028, 1, 1)) is None


def test_an_unknown_rule_or_part_is_missing_by_name() -> None:
    with pytest.raises(MissingRuleError, match=r"No rule is called 'CRE1\.1:dreamt'"):
        rule("CRE1.1:dreamt")
    with pytest.raises(MissingRuleError, match=r"has no part 'cash'.*financial"):
        rule("CRE32.16:lgd_floor_corporate").part("cash")


def test_a_band_includes_its_upper_bound_and_the_last_has_no_end() -> None:
    by_ltv = rule("CRE20.82:residential_whole_loan")
    measures = np.array([0.5, 0.5 + 1e-9, 1.0, 99.0, np.inf])
    np.testing.assert_array_equal(by_ltv.band(measures), [0.20, 0.25, 0.50, 0.70, 0.70])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("no colon,,1,2023-01-01,,x", "Line 2"),
        ("CRE1.1:a,,one,2023-01-01,,x", "Line 2"),
        ("CRE1.1:a,,1,yesterday,,x", "Line 2"),
        ("CRE1.1:a,,1", "Line 2"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, message: str) -> None:
    with pytest.raises(FinplatformError, match=message):
        parse_rules([HEADER, line])


def test_two_figures_for_one_day_are_refused() -> None:
    first, second = "CRE1.1:a,p,1,2023-01-01,2023-12-31,x", "CRE1.1:a,p,2,2023-12-31,,x"
    with pytest.raises(FinplatformError, match=r"CRE1\.1:a \(part p\) has two figures on 2023-12"):
        parse_rules([HEADER, first, second])
    assert len(parse_rules([HEADER, first, second.replace("2023-12-31", "2024-01-01")])) == 2
