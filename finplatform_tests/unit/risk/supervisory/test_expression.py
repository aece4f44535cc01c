"""Expressions of validation rules are read as published, with the precedence that they mean."""

import pytest

from finplatform.risk.errors import RiskInputError
from finplatform.risk.supervisory.expression import (
    Call,
    Number,
    Selection,
    Where,
    parse,
    parse_selection,
    selections,
)
from finplatform.risk.supervisory.model_files import rules


def test_what_a_rule_says_once_holds_for_each_of_its_cells() -> None:
    node = parse("with {tC_01.00, c0010, default: 0, interval: true}: {r0010} = {r0015} + {r0750}")
    for cell in selections(node):
        assert cell.table == "C_01.00"
        assert cell.spans["c"] == (("0010", "0010"),)
        assert cell.default == 0.0
        assert cell.interval is True
    assert [cell.spans["r"][0][0] for cell in selections(node)] == ["0010", "0015", "0750"]


def test_a_cell_that_says_its_own_default_keeps_it() -> None:
    node = parse("with {tC_47.00, c0010, default: 0}: {r0010, default: null} >= {r0020}")
    assert [cell.default for cell in selections(node)] == [None, 0.0]


def test_products_bind_before_sums_and_sums_before_comparisons() -> None:
    node = parse("{tC_47.00, r0010} = {tC_47.00, r0020} + {tC_47.00, r0030} * 20%")
    assert isinstance(node, Call)
    assert node.name == "="
    total = node.operands[1]
    assert isinstance(total, Call)
    assert total.name == "+"
    product = total.operands[1]
    assert isinstance(product, Call)
    assert (product.name, product.operands[1]) == ("*", Number(0.2))


def test_ranges_lists_and_all_codes_are_told_apart() -> None:
    found = parse_selection("tC_07.00.a, (r0010, r0140-0280), c*, default: null, interval: false")
    assert found == Selection(
        "C_07.00.a",
        {"r": (("0010", "0010"), ("0140", "0280")), "c": (("*", "*"),)},
        None,
        False,
    )


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        ("in {[eba_qEC:qx16] , [eba_qEC:qx23]}", ("eba_qEC:qx16", "eba_qEC:qx23")),
        ("=[eba_qEC:qx16]", ("eba_qEC:qx16",)),
    ],
)
def test_a_condition_names_the_sheets(condition: str, members: tuple[str, ...]) -> None:
    node = parse(f"isnull({{tC_07.00.a, r0015, c0010}} [ where qEBB {condition}])")
    assert isinstance(node, Call)
    (where,) = node.operands
    assert isinstance(where, Where)
    assert where.members == members


@pytest.mark.parametrize(
    "text",
    ["{tC_01.00, q0010} = 1", "{tC_01.00, r0010} = ", "if {tC_01.00, r0010} then 1 else", "1 ?"],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(RiskInputError, match="not understood"):
        parse(text)


def test_all_but_the_rules_of_other_templates_are_understood() -> None:
    refused = []
    for rule in rules():
        try:
            parse(rule.expression)
        except RiskInputError:
            refused.append(rule.rule)
    assert refused == [
        *("v10664_m", "v10666_m", "v23336_m", "v6272_m", "v9999_m"),
    ]
